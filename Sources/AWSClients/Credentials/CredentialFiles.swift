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

  func load() throws(ServiceFailure) -> AWSCredentials? {
    AWSCredentials(
      accessKeyID: try value(accessKeyIDFile, isSecret: false),
      secretAccessKey: try value(secretAccessKeyFile, isSecret: true), sessionToken: nil, expiration: nil)
  }

  private func value(_ file: String, isSecret: Bool) throws(ServiceFailure) -> String {
    let path = try path(of: file)
    let shown = EscapedText.escape(path)
    let content: SmallFile.Content
    do {
      content = try SmallFile.read(path)
    } catch {
      throw .credentials("credential-file", "the credential file \(shown) \(SmallFile.describe(error))")
    }
    if isSecret, content.isPublic {
      throw .credentials(
        "credential-file", "the credential file \(shown) is readable by everybody; take that away with chmod o-r")
    }
    guard let text = Self.text(content.bytes) else {
      throw .credentials("credential-file", "the credential file \(shown) does not hold exactly one line of text")
    }
    return text
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
  static func text(_ bytes: [UInt8]) -> String? {
    let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    let body = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
    guard let first = body.firstIndex(where: { $0 > 0x20 }), let last = body.lastIndex(where: { $0 > 0x20 }) else {
      return nil
    }
    return BoundedText.token(String(validating: body[first...last], as: UTF8.self), limit: 1024)
  }
}
