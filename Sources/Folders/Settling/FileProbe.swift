import DeliveryModel
import Glibc
import SystemSupport

/// One look at a file that may be at rest: open, lease, stat. It reads nothing and disturbs nobody.
///
/// The stat comes after the lease: a lease that was granted proves that whoever wrote had closed the file by then, so that
/// the stat is of what they left. Whether it is what was seen before is for the caller to compare.
enum FileProbe {
  struct Observation {
    var identity: FileIdentity
    let owner: UInt32
    /// Names that it has.
    let links: UInt64
    let lease: LeaseProbe.Answer
    /// Nil where nobody asked.
    let rights: AccessRights?
  }

  enum Outcome {
    case observed(Observation)
    case gone
    case ignored(IgnoreReason)
    case unreadable(SystemCallError)
    /// Another process keeps a lease on it.
    case inUse
    case failed(SystemCallError)
  }

  static func run(_ path: RelativePath, in root: RootDirectory, wantsRights: Bool = false) -> Outcome {
    do throws(SystemCallError) {
      let file = try root.openFile(path)
      let lease = LeaseProbe.ask(file.number)
      var status = try file.status()
      guard status.kind == .file else { return .ignored(.special) }
      guard status.links > 0 else { return .gone }
      status.identity.generation = FileGeneration.of(file.number)
      return .observed(
        Observation(
          identity: status.identity, owner: status.owner, links: status.links, lease: lease,
          rights: wantsRights ? try? file.rights() : nil))
    } catch {
      return outcome(of: error)
    }
  }

  static func outcome(of error: SystemCallError) -> Outcome {
    switch error.code {
    case ENOENT, ENOTDIR: .gone
    case ELOOP: .ignored(.symbolicLink)
    case EXDEV: .ignored(.mount)
    case ENXIO: .ignored(.special)
    case EACCES, EPERM: .unreadable(error)
    case EAGAIN: .inUse
    default: .failed(error)
    }
  }
}
