import CCurl

extension EasyHandle {
  /// Sets what is the same for every request.
  func configure(_ configuration: TransportConfiguration) throws(TransportError) {
    try collectErrors()
    try configureProtocol(userAgent: configuration.userAgent)
    try configureConnection(configuration)
    try configureTrust(caBundle: configuration.caBundle, lifetime: configuration.bundleLifetime)
  }

  private func configureProtocol(userAgent: String) throws(TransportError) {
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    // The path is signed as it stands: no squashing of `/../`.
    try set(CURLOPT_PATH_AS_IS, 1)
    // A redirect would send the session token to a host that the answer names.
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    try set(CURLOPT_USERAGENT, userAgent)
  }

  private func configureConnection(_ configuration: TransportConfiguration) throws(TransportError) {
    try set(CURLOPT_NOSIGNAL, 1)
    // Without it, giving up a transfer waits for the name service and holds up all others meanwhile.
    try set(CURLOPT_QUICK_EXIT, 1)
    try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, configuration.connectTimeout.milliseconds))
    try set(CURLOPT_MAXAGE_CONN, Int(max(1, configuration.idleTimeout.components.seconds)))
    // Together with the count of `SocketRegistry`: a way that is gone without a word shows within two minutes, however
    // long an answer may take, and one over a NAT that forgets what is idle stays known.
    try set(CURLOPT_TCP_KEEPALIVE, 1)
    try set(CURLOPT_TCP_KEEPIDLE, 15)
    try set(CURLOPT_TCP_KEEPINTVL, 15)
    // An empty string, unlike none, keeps libcurl from reading the environment.
    try set(CURLOPT_PROXY, configuration.proxy ?? "")
    try set(CURLOPT_NOPROXY, Self.beside)
  }

  /// OpenSSL's own, but AES-128 first: it takes an eighth less time than AES-256.
  private static let ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"

  /// What is beside the machine and never behind a proxy: itself, and the places that hand out credentials.
  private static let beside =
    "localhost,127.0.0.0/8,[::1],169.254.169.254,169.254.170.2,169.254.170.23,[fd00:ec2::254],[fd00:ec2::23]"

  private func configureTrust(caBundle: String?, lifetime: Duration) throws(TransportError) {
    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_TLS13_CIPHERS, Self.ciphers)
    guard let caBundle else { return }
    try set(CURLOPT_CAINFO, caBundle)
    // Else a day.
    try set(CURLOPT_CA_CACHE_TIMEOUT, Int(lifetime.components.seconds))
    // The bundle replaces the system's certificates, which libcurl would otherwise still find in its default folder.
    try set(CURLOPT_CAPATH, String?.none)
  }
}
