import AWSClients
import Cryptography
import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// The file that `check --online` asks about: one that the folder would take, under the key that it would have. There is no
/// such file.
struct TrialObject {
  let folder: FolderSettings
  /// When it would have been received.
  let at: Timestamp

  /// What every object is made of here.
  static let bytes: [UInt8] = []

  private static let name = "s3loggerd-check"

  /// A policy may be about the end of a key, too: the extension is one that the folder includes.
  var path: RelativePath {
    for pattern in folder.include {
      guard let last = pattern.utf8.split(separator: UInt8(ascii: "/")).last, last.starts(with: "*.".utf8)
      else { continue }
      let end = Array(last.dropFirst())
      let isPlain = end.allSatisfy { byte in !"*?[]{}\\".utf8.contains(byte) }
      if isPlain { return RelativePath(unchecked: Array(Self.name.utf8) + end) }
    }
    return RelativePath(unchecked: Array(Self.name.utf8))
  }

  /// The object's key, or why there can be none.
  var key: Result<String, ObjectKeyError> {
    folder.key.render(
      ObjectKeyTemplate.Values(
        folder: folder.name, path: path, received: at, host: HostName.current, owner: Self.name,
        id: DeliveryID(digest: SHA256.digest(of: Array(Self.name.utf8)))))
  }

  /// Everything that its requests say.
  func upload(key: String) -> ObjectUpload {
    ObjectUpload(
      key: key, size: Int64(Self.bytes.count), sha256: SHA256.digest(of: Self.bytes), deliveryID: "check",
      sourcePath: path, modified: at, host: HostName.current, contentType: "text/plain",
      tags: ObjectTags(folder.tags.map { ($0.name, $0.value) }))
  }
}
