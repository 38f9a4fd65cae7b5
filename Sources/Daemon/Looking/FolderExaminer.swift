import Cryptography
import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// Answers one question about a folder, on a thread that may never come back from it.
struct FolderExaminer: Sendable {
  /// Nil where it is not valid: then there are paths alone.
  private let configuration: Configuration?
  private let roots: ResolvedRoots

  init(_ configuration: Configuration?) {
    self.configuration = configuration
    roots = ResolvedRoots(configuration?.folders ?? [])
  }

  /// Blocks. To examine a folder, the thread takes on the rights of the service's user, and keeps them.
  func answer(_ question: FolderQuestion) -> FolderAnswer {
    switch question {
    case .examine(let path): .examined(examine(path))
    case .root(let path): .root(try? RootDirectory(path).seen())
    case .place(let path): find(path) { .place(Self.place($0)) }
    case .content(let path): find(path, Self.content)
    }
  }

  private func examine(_ path: String) -> FolderAnswer.Examination {
    let probe = FolderProbe.fileSystem
    var examination = FolderAnswer.Examination(
      presence: probe.look(path), isWritable: probe.isWritable(path), root: try? RootDirectory(path).seen(),
      findings: [:])
    guard case .directory = examination.presence, let configuration else { return examination }
    let access = FolderAccess(configuration)
    for folder in configuration.folders where folder.path.isSameText(as: path) {
      examination.findings[folder.name] = access.examine(folder)
      examination.directories[folder.name] = DirectoryCount(folder)
    }
    return examination
  }

  private func find(_ path: [UInt8], _ body: (FolderPlace) -> FolderAnswer) -> FolderAnswer {
    switch FolderPlace.search(path, configuration?.folders ?? [], roots.all) {
    case .found(let place): body(place)
    case .outside(let unanswered): .outside(unanswered: unanswered)
    }
  }

  private static func place(_ place: FolderPlace, isFile: Bool? = nil) -> FolderAnswer.Place {
    FolderAnswer.Place(folder: place.folder.name, path: place.path.bytes, isFile: isFile ?? place.isFile)
  }

  private static func content(_ place: FolderPlace) -> FolderAnswer {
    do {
      let file = try RootDirectory(place.folder.path).openFile(place.path)
      var hasher = SHA256Hasher()
      try file.readChunks(of: 1 << 20) { hasher.update($0) }
      return .content(Self.place(place, isFile: true), sha256: hasher.finalize().bytes, reason: "")
    } catch let error as SystemCallError {
      return .content(Self.place(place, isFile: false), sha256: nil, reason: error.meaning)
    } catch {
      return .content(Self.place(place, isFile: false), sha256: nil, reason: "\(error)")
    }
  }
}
