import CCurl

/// One libcurl easy handle, used for one exchange after the other. It owns the memory that libcurl reads during a
/// transfer. Lives on the transport's thread.
final class EasyHandle {
  /// How the handle was last set up to send a body.
  private enum Mode { case none, head, inlined, streamed }

  private let curl: UnsafeMutableRawPointer
  private let errorText: UnsafeMutablePointer<CChar>
  private let inlined: UnsafeMutableRawBufferPointer
  private var headers = HeaderList()
  private var mode = Mode.none
  private var method: HTTPMethod?
  private var uploadBuffer: Int?
  private var timeLimit: Duration?
  private var isFresh = false
  private var isLast = false

  /// libcurl sends head and body of a request in one call if the body is smaller than this (its MAX_INITIAL_POST_SIZE).
  static let inlineLimit: Int64 = 65_535

  /// Throws where libcurl refuses an option or has no memory.
  init(configuration: TransportConfiguration) throws(TransportError) {
    guard let curl = curl_easy_init() else {
      throw TransportError(kind: .other, message: "libcurl has no memory for a transfer")
    }
    self.curl = curl
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    inlined = .allocate(byteCount: Int(Self.inlineLimit), alignment: 16)
    try configure(configuration)
  }

  deinit {
    curl_easy_cleanup(curl)
    errorText.deallocate()
    inlined.deallocate()
  }

  // MARK: Options

  func set(_ option: CURLoption, _ value: Int) throws(TransportError) {
    try check(ccurl_set_long(curl, option, value), option)
  }

  func set(_ option: CURLoption, _ value: String?) throws(TransportError) {
    let code = value.map { $0.withCString { ccurl_set_pointer(curl, option, $0) } }
    try check(code ?? ccurl_set_pointer(curl, option, nil), option)
  }

  func set(_ option: CURLoption, offset value: Int64) throws(TransportError) {
    try check(ccurl_set_offset(curl, option, curl_off_t(value)), option)
  }

  func set(_ option: CURLoption, function: @escaping ccurl_data_function) throws(TransportError) {
    try check(ccurl_set_data_function(curl, option, function), option)
  }

  func setSeekFunction(_ function: @escaping curl_seek_callback) throws(TransportError) {
    try check(ccurl_set_seek_function(curl, function), CURLOPT_SEEKFUNCTION)
  }

  func setSocketFunction(_ function: @escaping curl_sockopt_callback) throws(TransportError) {
    try check(ccurl_set_socket_function(curl, function), CURLOPT_SOCKOPTFUNCTION)
  }

  func setCloseFunction(_ function: @escaping curl_closesocket_callback) throws(TransportError) {
    try check(ccurl_set_close_function(curl, function), CURLOPT_CLOSESOCKETFUNCTION)
  }

  func setRequestFunction(_ function: @escaping curl_prereq_callback) throws(TransportError) {
    try check(ccurl_set_request_function(curl, function), CURLOPT_PREREQFUNCTION)
  }

  /// Makes `context` what the callbacks of `option` are given; the caller keeps it alive as long as this handle.
  func set(_ option: CURLoption, context: AnyObject) throws(TransportError) {
    try check(ccurl_set_pointer(curl, option, Unmanaged.passUnretained(context).toOpaque()), option)
  }

  /// Makes `errorText` the place of libcurl's own description of a failure.
  func collectErrors() throws(TransportError) {
    try check(ccurl_set_pointer(curl, CURLOPT_ERRORBUFFER, errorText), CURLOPT_ERRORBUFFER)
  }

  private func check(_ code: CURLcode, _ option: CURLoption) throws(TransportError) {
    guard code != CURLE_OK else { return }
    let reason = String(cString: curl_easy_strerror(code))
    throw TransportError(kind: .other, message: "libcurl refuses option \(option.rawValue): \(reason)")
  }

  // MARK: One request

  /// Sets the handle up for a request whose body is read through the read callback. Returns the bytes of its headers.
  func prepare(_ request: HTTPRequest, streaming length: Int64) throws(TransportError) -> Int {
    if mode != .streamed {
      // A handle with POSTFIELDS set would not rewind the body for a second connection: unset it, then upload.
      try switchTo(.streamed)
      try set(CURLOPT_POSTFIELDS, String?.none)
      try set(CURLOPT_UPLOAD, 1)
    }
    let buffer = length < 1 << 20 ? 1 << 16 : 1 << 18
    if uploadBuffer != buffer {
      uploadBuffer = buffer
      try set(CURLOPT_UPLOAD_BUFFERSIZE, buffer)
    }
    try set(CURLOPT_INFILESIZE_LARGE, offset: length)
    return try prepare(request)
  }

  /// Sets the handle up for a request whose body of `length` bytes `fill` writes into the handle's memory.
  /// Returns the bytes of its headers; nil where `fill` could not.
  func prepare(
    _ request: HTTPRequest, inlining length: Int, fill: (UnsafeMutableRawBufferPointer) throws(TransportError) -> Bool
  ) throws(TransportError) -> Int? {
    guard try fill(UnsafeMutableRawBufferPointer(rebasing: inlined[..<length])) else { return nil }
    if mode != .inlined {
      try switchTo(.inlined)
      try check(ccurl_set_pointer(curl, CURLOPT_POSTFIELDS, inlined.baseAddress), CURLOPT_POSTFIELDS)
    }
    try set(CURLOPT_POSTFIELDSIZE_LARGE, offset: Int64(length))
    return try prepare(request)
  }

  /// Sets the handle up for a request without a body. Returns the bytes of its headers.
  func prepareWithoutBody(_ request: HTTPRequest) throws(TransportError) -> Int {
    let wanted = request.method == .head ? Mode.head : Mode.none
    if mode != wanted {
      try switchTo(wanted)
      if wanted == .head { try set(CURLOPT_NOBODY, 1) }
    }
    return try prepare(request)
  }

  /// CURLOPT_HTTPGET undoes UPLOAD and NOBODY; each mode begins from there.
  private func switchTo(_ wanted: Mode) throws(TransportError) {
    try set(CURLOPT_HTTPGET, 1)
    mode = wanted
  }

  private func prepare(_ request: HTTPRequest) throws(TransportError) -> Int {
    if method != request.method {
      method = request.method
      try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
    try demandFreshConnection(false)
    try closeAfterwards(false)
    if timeLimit != request.timeLimit {
      timeLimit = request.timeLimit
      try set(CURLOPT_TIMEOUT_MS, timeLimit.map { max(1, $0.milliseconds) } ?? 0)
    }
    try set(CURLOPT_URL, request.url)
    errorText[0] = 0
    var code = CURLE_OK
    let size = headers.fill(request.headers) { list in
      code = ccurl_set_pointer(curl, CURLOPT_HTTPHEADER, list)
    }
    try check(code, CURLOPT_HTTPHEADER)
    return size
  }

  /// Whether the next attempt must not use a connection that was used before.
  func demandFreshConnection(_ wanted: Bool) throws(TransportError) {
    guard isFresh != wanted else { return }
    isFresh = wanted
    try set(CURLOPT_FRESH_CONNECT, wanted ? 1 : 0)
  }

  /// Whether the connection is closed once the answer is there. May be changed while the answer arrives: libcurl looks at
  /// its end.
  func closeAfterwards(_ wanted: Bool) throws(TransportError) {
    guard isLast != wanted else { return }
    isLast = wanted
    try set(CURLOPT_FORBID_REUSE, wanted ? 1 : 0)
  }

  // MARK: What libcurl knows

  /// Whether bytes of the connection wait in the TLS library.
  var hasPendingBytes: Bool { ccurl_has_pending(curl) != 0 }

  /// libcurl's description of the failure; empty if it has none.
  var failureText: String { String(cString: errorText) }

  /// The system's error number of a failed connection; 0 if there is none.
  var systemError: Int32 { Int32(truncatingIfNeeded: ccurl_get_long(curl, CURLINFO_OS_ERRNO)) }

  var status: Int { ccurl_get_long(curl, CURLINFO_RESPONSE_CODE) }

  /// What the proxy answered when it was asked for a connection to the server; 0 without a proxy or an answer.
  var proxyStatus: Int { ccurl_get_long(curl, CURLINFO_HTTP_CONNECTCODE) }

  /// Bytes of the body handed to the kernel.
  var sent: Int64 { Int64(ccurl_get_offset(curl, CURLINFO_SIZE_UPLOAD_T)) }

  /// Whether the connection stands and the request is being sent.
  var isConnected: Bool { ccurl_get_offset(curl, CURLINFO_PRETRANSFER_TIME_T) > 0 }

  /// Goes on with a body whose read callback asked for a pause.
  func resume() { curl_easy_pause(curl, CURLPAUSE_CONT) }
}

// MARK: - Multi handle

/// libcurl's multi handle: all transfers of one thread, and the connections they share.
///
/// Unchecked because libcurl allows any thread to call `wakeUp`, and no other function, while one thread uses the handle
/// (curl_multi_wakeup(3)); the transport's thread is the only caller of the others.
final class MultiHandle: @unchecked Sendable {
  private let multi: UnsafeMutableRawPointer
  /// What the connections' sockets report to; it lives as long as they do.
  let sockets = SocketRegistry()

  /// `idleConnections`: how many are kept open for reuse.
  init(idleConnections: Int) throws(TransportError) {
    guard CurlLibrary.isReady, let multi = curl_multi_init() else {
      throw TransportError(kind: .other, message: "libcurl cannot be initialised")
    }
    self.multi = multi
    _ = ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    keep(idleConnections: idleConnections)
  }

  func keep(idleConnections: Int) { _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, idleConnections) }

  /// Closes every connection. No transfer may be left.
  deinit { curl_multi_cleanup(multi) }

  func add(_ easy: EasyHandle) -> Bool { curl_multi_add_handle(multi, easy.pointer) == CURLM_OK }

  /// Ends the transfer if it is under way, closing its connection.
  func remove(_ easy: EasyHandle) { curl_multi_remove_handle(multi, easy.pointer) }

  func perform() {
    var running: Int32 = 0
    curl_multi_perform(multi, &running)
  }

  /// The next transfer that ended since: the context set as CURLOPT_PRIVATE and libcurl's verdict.
  func nextFinished<Context: AnyObject>(_ type: Context.Type) -> (Context, CURLcode)? {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let context = ccurl_get_private(message.pointee.easy_handle)
      else { continue }
      let result = ccurl_message_result(message)
      return (Unmanaged<Context>.fromOpaque(context).takeUnretainedValue(), result)
    }
    return nil
  }

  /// Waits until a connection is ready, `wakeUp` is called or the time has passed.
  func wait(milliseconds: Int) {
    curl_multi_poll(multi, nil, 0, Int32(clamping: milliseconds), nil)
  }

  /// Ends the current or the next `wait`. From any thread.
  func wakeUp() { curl_multi_wakeup(multi) }
}

extension EasyHandle {
  fileprivate var pointer: UnsafeMutableRawPointer { curl }
}

/// libcurl's process-wide state.
enum CurlLibrary {
  /// Initialises the library at the first use; false if that failed.
  static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}
