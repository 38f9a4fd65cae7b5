import AWSConfiguration
import AWSSigning
import DeliveryModel

/// Two files that hold one value each: what systemd's `LoadCredential=` provides.
///
/// A relative name is looked up in `CREDENTIALS_DIRECTORY`; see systemd.exec(5).
struct CredentialFiles: CredentialSource {
  let accessKeyIDFile: String
  let secretAccessKeyFile: String
  /// The value of `CREDENTIALS_DIRECTORY`.
  let directory: String?

  var name: String { "the files of access_key_id_file and secret_access_key_file" }

  func look() throws(ServiceFailure) -> SourceAnswer {
    .found(
      AWSCredentials(
        accessKeyID: try value(accessKeyIDFile, "access_key_id_file", isSecret: false),
        secretAccessKey: try value(secretAccessKeyFile, "secret_access_key_file", isSecret: true), sessionToken: nil,
        expiration: nil))
  }

  /// `LoadCredential=` makes a copy when the service starts; see systemd.exec(5).
  var isCopy: Bool { Self.isCopy(secretAccessKeyFile, in: directory) || Self.isCopy(accessKeyIDFile, in: directory) }

  static func isCopy(_ path: String, in directory: String?) -> Bool {
    if !path.hasPrefix("/") { return true }
    if path.hasPrefix("/run/credentials/") { return true }
    guard let directory, !directory.isEmpty else { return false }
    return path.hasPrefix(directory.hasSuffix("/") ? directory : directory + "/")
  }

  private func value(_ file: String, _ key: String, isSecret: Bool) throws(ServiceFailure) -> String {
    try Self.line(of: try path(of: file), what: "the credential file (\(key))", isSecret: isSecret, limit: 1024)
  }

  /// The one line of a file; `what` begins the message of a failure. A secret that everybody may read is refused.
  static func line(
    of path: String, what: String, isSecret: Bool = false, limit: Int
  ) throws(ServiceFailure) -> String {
    let shown = "\(what) \(EscapedText.escape(path))"
    let content: SmallFile.Content
    do {
      content = try SmallFile.read(path)
    } catch {
      throw .credentials("credential-file", "\(shown) \(SmallFile.describe(error))")
    }
    if isSecret, content.isPublic {
      throw .credentials("credential-file", "\(shown) is readable by everybody; take that away with chmod o-r")
    }
    guard let text = text(content.bytes, limit: limit) else {
      throw .credentials("credential-file", "\(shown) does not hold exactly one line of text\(hint(path))")
    }
    return text
  }

  /// What systemd handed over is of the service's start, and empty where there was nothing then.
  private static func hint(_ path: String) -> String {
    path.hasPrefix("/run/credentials/")
      ? "; systemd hands it over when the service starts: after a change, systemctl restart s3loggerd" : ""
  }

  private func path(of file: String) throws(ServiceFailure) -> String {
    guard !file.isEmpty else {
      throw .credentials("credential-file", "access_key_id_file and secret_access_key_file belong together: set both")
    }
    if file.hasPrefix("/") { return file }
    guard let directory, !directory.isEmpty else {
      throw .credentials(
        "credential-file",
        "the credential file \(EscapedText.escape(file)) has a relative name, but systemd gave no CREDENTIALS_DIRECTORY"
          + " (LoadCredential= in the unit)")
    }
    return directory + "/" + file
  }

  /// The one line, without a byte-order mark and the space around it that editors leave.
  private static func text(_ bytes: [UInt8], limit: Int) -> String? {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let body = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
    guard let first = body.firstIndex(where: { $0 > 0x20 }), let last = body.lastIndex(where: { $0 > 0x20 }) else {
      return nil
    }
    return BoundedText.token(String(validating: body[first...last], as: UTF8.self), limit: limit)
  }
}
