import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// What a user finds who looks into a folder: opens some files, asks for leases, changes nothing.
struct FolderSurvey {
  /// Files to open at most.
  let limit: Int
  private(set) var opened = 0
  private(set) var refused = 0
  /// Opened files that gave no lease.
  private(set) var unleased = 0
  /// A directory on another device than the folder, though no mount leads there: a subvolume.
  private(set) var apart: RelativePath?
  /// Places at which other file systems are mounted.
  private(set) var mounts: [RelativePath] = []
  private var device: UInt64?
  private(set) var closedDirectory: (path: RelativePath, error: SystemCallError)?
  private(set) var closedFile: (path: RelativePath, error: SystemCallError)?

  /// Entries that are looked at, so that a folder of a million files takes no longer.
  private static let longestList = 5000

  init(limit: Int) {
    self.limit = limit
  }

  mutating func run(_ folder: FolderSettings) {
    do throws(SystemCallError) {
      let root = try RootDirectory(folder.path)
      var directories = [RelativePath.root]
      var entries = 0
      while let directory = directories.popLast(), opened + refused < limit, entries < Self.longestList {
        entries += visit(directory, in: root, folder.recursive, &directories)
      }
    } catch {
      closedDirectory = (.root, error)
    }
  }

  /// Returns how many entries were seen.
  private mutating func visit(
    _ directory: RelativePath, in root: RootDirectory, _ recursive: Bool, _ directories: inout [RelativePath]
  ) -> Int {
    var seen = 0
    do throws(SystemCallError) {
      let reader = try root.openDirectory(directory)
      let here = try reader.status().identity.device
      if let device, device != here, apart == nil { apart = directory }
      if directory.bytes.isEmpty { device = here }
      while let entries = try reader.next(), seen < Self.longestList {
        seen += entries.count
        for entry in entries {
          let path = directory.appending(entry.name)
          if entry.kind == .directory, recursive { directories.append(path) }
          if entry.kind == .file, opened + refused < limit { open(path, in: root) }
        }
      }
    } catch {
      if error.name == "EXDEV", !directory.bytes.isEmpty {
        mounts.append(directory)
      } else if closedDirectory == nil {
        closedDirectory = (directory, error)
      }
    }
    return seen
  }

  private mutating func open(_ path: RelativePath, in root: RootDirectory) {
    do throws(SystemCallError) {
      let file = try root.openFile(path)
      opened += 1
      if LeaseProbe.ask(file.number) == .unavailable { unleased += 1 }
    } catch {
      // Gone meanwhile, or somebody's lease: no matter of rights.
      guard error.name == "EACCES" || error.name == "EPERM" else { return }
      refused += 1
      if closedFile == nil { closedFile = (path, error) }
    }
  }
}
