import DaemonConfiguration
package import DeliveryModel

/// What a command wants to know that only a folder's file system can tell: it may hang, and is asked by another process. See
/// ``FolderLooks``.
package enum FolderQuestion: Codable, Sendable, Equatable {
  /// What stands at the path, and what the service may do in the folders that have it. Of one path once.
  case examine(path: String)
  /// What tells the directory at the path from another one.
  case root(path: String)
  /// In which folder a path lies that a person typed, and what there is.
  case place(path: [UInt8])
  /// The same, and the digest of the file.
  case content(path: [UInt8])

  /// As bytes.
  var path: [UInt8] {
    switch self {
    case .examine(let path), .root(let path): Array(path.utf8)
    case .place(let path), .content(let path): path
    }
  }
}

/// What came of a ``FolderQuestion``.
package enum FolderAnswer: Codable, Sendable, Equatable {
  case examined(Examination)
  /// Nil where there is no directory.
  case root(FolderRoot?)
  case place(Place)
  /// The bytes of the digest, or why there is none.
  case content(Place, sha256: [UInt8]?, reason: String)
  /// In none of the folders, as far as they answer; the names of those that do not.
  case outside(unanswered: [String])
  /// A call has not returned.
  case silence
  /// Nobody could be asked; why.
  case failure(String)

  package struct Examination: Codable, Sendable, Equatable {
    var presence: FolderProbe.Answer
    var isWritable: Bool
    var root: FolderRoot?
    /// By the folder's name.
    var findings: [String: [FolderAccess.Finding]]
    /// Those that would be watched, by the folder's name.
    var directories: [String: DirectoryCount] = [:]
  }

  package struct Place: Codable, Sendable, Equatable {
    var folder: String
    /// Below its root.
    var path: [UInt8]
    var isFile: Bool
  }
}
