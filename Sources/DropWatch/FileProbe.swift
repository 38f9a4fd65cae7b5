import DeliveryModel
import Glibc
import SystemSupport

/// One look at a file that may be at rest: open, stat, lease, stat. It reads nothing and disturbs nobody.
enum FileProbe {
  struct Observation {
    let identity: FileIdentity
    let owner: UInt32
    let lease: LeaseProbe.Answer
    /// Whether both stats agree.
    let steady: Bool
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

  static func run(_ path: RelativePath, in root: RootDirectory) -> Outcome {
    do throws(SystemCallError) {
      let file = try root.openFile(path)
      let first = try file.status()
      guard first.kind == .file else { return .ignored(.special) }
      guard first.links > 0 else { return .gone }
      let lease = LeaseProbe.ask(file.number)
      var second = try file.status()
      let steady = first.identity == second.identity
      second.identity.generation = FileGeneration.of(file.number)
      return .observed(
        Observation(identity: second.identity, owner: second.owner, lease: lease, steady: steady))
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
