/// The files that hold keys: a key that others can read is not one.
enum SecretFiles {
  /// Where the unit and its drop-ins take systemd's credentials from, each under its own name.
  private static let sources = "/etc/s3loggerd/"

  /// Remarks upon each that everyone may read, or whose source systemd copies it from.
  static func check(
    _ aws: AWSSettings?, _ alerts: AlertSettings, _ custody: CustodySettings?, _ environment: Environment,
    _ probe: FolderProbe, _ findings: Findings
  ) {
    var files = [
      ("aws", "access_key_id_file", aws?.keyFiles?.accessKeyID),
      ("aws", "secret_access_key_file", aws?.keyFiles?.secretAccessKey),
      ("alerts", "webhook_secret_file", alerts.webhook?.secretFile),
      ("custody", "signing_key_file", custody?.signingKeyFile),
    ]
    if case .file(let path)? = alerts.webhook?.address { files.append(("alerts", "webhook_url_file", path)) }
    let credentials = environment.credentialsDirectory + "/"
    for case (let section, let name, let path?) in files {
      let source = path.hasPrefix(credentials) ? sources + path.dropFirst(credentials.count) : nil
      for place in [path, source].compactMap({ $0 }) where probe.isReadByAll(place) {
        findings.warning(
          .document.appending(section).appending(name),
          "\(ShownValue.quoted(place)) can be read by everyone on this machine; run chmod go-r on it, and replace the key if"
            + " somebody may have read it")
      }
    }
  }
}
