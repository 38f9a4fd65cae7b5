import ControlSocket
package import DaemonConfiguration
import DeliveryModel
import Folders
import Synchronization
import SystemSupport

/// How much content may be held at once from reading to the answer: memory for small files, open descriptors for others.
/// A pure value. What does not fit waits unread; what fits better goes before it.
///
/// Each folder is asked for a little at a time, and what has been asked for but not read yet takes none of the memory that
/// all share: a folder that hangs holds up its own files alone.
struct ContentAllowance: Sendable {
  /// In bytes: 128 of the largest files that are kept in memory, far more than connections.
  static let memory: Int64 = 32 << 20
  /// Bytes that a folder may be asked for at once, or one file.
  static let unreadMemory: Int64 = 2 << 20
  /// Larger files that a folder may be asked for at once.
  static let unreadDescriptors = 4

  /// A file to be read.
  struct Job: Sendable, Equatable {
    var number: Int64
    var folder = ""
    /// What it takes of the memory; nil for a file that is held by its descriptor.
    var bytes: Int64?
  }

  private struct Held {
    let job: Job
    var isRead = false
  }

  /// What a folder has been asked for and has not given.
  private struct Unread {
    var bytes: Int64 = 0
    var descriptors = 0

    var isEmpty: Bool { bytes == 0 && descriptors == 0 }
  }

  private var descriptorLimit: Int
  private var waiting: [Job] = []
  private var held: [Int64: Held] = [:]
  private var unread: [String: Unread] = [:]
  /// Of what was read.
  private var bytes: Int64 = 0
  private var descriptors = 0
  private var mayFit = false

  init(descriptors: Int) {
    descriptorLimit = max(1, descriptors)
  }

  /// Another number of descriptors is there from now on. What is held beyond it is let go of in its time.
  mutating func resize(descriptors: Int) {
    descriptorLimit = max(1, descriptors)
    mayFit = !waiting.isEmpty
  }

  mutating func ask(_ job: Job) {
    waiting.append(job)
    mayFit = true
  }

  /// The jobs that may be done now, in the order they were asked for. `lingering`: descriptors that are let go of and not
  /// closed yet.
  mutating func admitted(lingering: Int = 0) -> [Int64] {
    guard mayFit else { return [] }
    // Nobody tells when they are closed.
    mayFit = lingering > 0
    var (admitted, left): ([Int64], [Job]) = ([], [])
    for job in waiting {
      guard fits(job, lingering) else {
        left.append(job)
        continue
      }
      held[job.number] = Held(job: job)
      if let size = job.bytes {
        unread[job.folder, default: Unread()].bytes += max(size, 1)
      } else {
        unread[job.folder, default: Unread()].descriptors += 1
        descriptors += 1
      }
      admitted.append(job.number)
    }
    waiting = left
    return admitted
  }

  private func fits(_ job: Job, _ lingering: Int) -> Bool {
    guard held[job.number] == nil else { return false }
    let asked = unread[job.folder] ?? Unread()
    guard let size = job.bytes else {
      return descriptors + lingering < descriptorLimit && asked.descriptors < Self.unreadDescriptors
    }
    return (bytes + asked.bytes + size <= Self.memory || bytes == 0)
      && (asked.bytes + size <= Self.unreadMemory || asked.bytes == 0)
  }

  /// The folder has given the content, which is held from now on.
  mutating func read(_ number: Int64) {
    guard let entry = held[number], !entry.isRead else { return }
    held[number]?.isRead = true
    noLongerUnread(entry.job)
    bytes += entry.job.bytes ?? 0
    mayFit = !waiting.isEmpty
  }

  /// The content is let go, or is not wanted any more.
  mutating func release(_ number: Int64) {
    if let entry = held.removeValue(forKey: number) {
      if entry.isRead { bytes -= entry.job.bytes ?? 0 } else { noLongerUnread(entry.job) }
      if entry.job.bytes == nil { descriptors -= 1 }
    } else {
      waiting.removeAll { $0.number == number }
    }
    mayFit = !waiting.isEmpty
  }

  private mutating func noLongerUnread(_ job: Job) {
    guard var asked = unread[job.folder] else { return }
    if let size = job.bytes { asked.bytes -= max(size, 1) } else { asked.descriptors -= 1 }
    unread[job.folder] = asked.isEmpty ? nil : asked
  }
}

extension ContentAllowance.Job {
  /// `isUnread`: nothing of it is read, whatever its size.
  init(_ delivery: Delivery, isUnread: Bool = false) {
    let size = delivery.file.identity.size
    self.init(
      number: delivery.number, folder: delivery.file.folder,
      bytes: isUnread ? 0 : size <= FileReading.inMemoryLimit ? size : nil)
  }
}

/// How the descriptors that this process may have are shared out, so that there is always one left.
///
/// They must never run out: once a second libdispatch opens a file below `/proc` for each of its threads, and ends the
/// process where it cannot (`_dispatch_workq_count_runnable_workers` in its `event/workqueue.c`).
package struct DescriptorBudget: Sendable, Equatable {
  /// Files that are sent from their descriptors, each held until the answer.
  let contents: Int
  /// Connections; as many again may rest.
  package let connections: Int
  /// Clients of the control socket at once.
  package let clients: Int

  /// What the daemon needs whatever it delivers.
  static let base = 48
  /// Each folder: its root, its kernel queue, what wakes its thread; the directory and the file of a scan; the root and the
  /// file of a reading; and what a move holds.
  static let perFolder = 3 + 2 + 2 + FollowUps.descriptors
  /// A connection or a program, while somebody is told of an alert.
  static let perReceiver = 6
  /// Below this it would hardly deliver.
  static let least = 16

  /// For a configuration, with all descriptors that the process may have.
  package init(for configuration: Configuration) throws {
    try self.init(
      limit: ResourceLimits.raiseOpenFiles(), folders: configuration.folders.count,
      receivers: configuration.alerts.policy?.channels.count ?? 0)
  }

  /// `limit`: how many descriptors may be open at once (`RLIMIT_NOFILE`). `receivers` of alerts.
  package init(limit: Int, folders: Int, receivers: Int = 0) throws(TooFewDescriptors) {
    let needed = Self.base + Self.perFolder * folders + Self.perReceiver * receivers
    guard limit >= needed + Self.least else {
      throw TooFewDescriptors(limit: limit, needed: needed + Self.least)
    }
    let spare = limit - needed
    // Two are in what it needs whatever it delivers; more where there is room for more than the least.
    let more = min(ControlServer.mostClients - 2, (spare - Self.least) / 4)
    clients = 2 + more
    contents = (spare - more) / 2
    connections = (spare - more) / 4
  }
}

/// The limit of open files is too low to work with.
package struct TooFewDescriptors: Error, Sendable, Equatable, CustomStringConvertible {
  let limit: Int
  let needed: Int

  package var description: String {
    """
    only \(limit) files may be open at once, and the daemon needs \(needed) with its folders; raise LimitNOFILE= in the \
    unit, or 'ulimit -n' in a shell
    """
  }
}

/// Bounds how many large files are read at once, so that memory and disks are not shared out among too many. A reader that
/// does not come on for a moment counts no more: what hangs in one folder keeps nobody else from being read.
final class ReadingSlots: Sendable {
  /// One reader's.
  final class Slot: Sendable {
    private let lastSign: Atomic<Int64>

    fileprivate init() { lastSign = Atomic(MonotonicInstant.now.nanoseconds) }

    /// Some more has been read.
    func comeOn() { lastSign.store(MonotonicInstant.now.nanoseconds, ordering: .relaxed) }

    fileprivate func comesOn(at now: MonotonicInstant) -> Bool {
      now - MonotonicInstant(nanoseconds: lastSign.load(ordering: .relaxed)) < ReadingSlots.patience
    }
  }

  /// Without a sign for so long a slot is another's.
  static let patience = Duration.seconds(1)

  private let limit: Int
  private let taken = Mutex<[ObjectIdentifier: Slot]>([:])
  private let freed = Semaphore()

  init(limit: Int) {
    self.limit = limit
  }

  /// Waits for a slot and holds it while `work` runs. Blocks: on a thread of the folder's own.
  func holding<Value>(_ work: (Slot) -> Value) -> Value {
    let slot = Slot()
    while !take(slot) { _ = freed.wait(until: .now + Self.patience) }
    defer {
      _ = taken.withLock { $0.removeValue(forKey: ObjectIdentifier(slot)) }
      freed.signal()
    }
    return work(slot)
  }

  private func take(_ slot: Slot) -> Bool {
    taken.withLock { taken in
      let now = MonotonicInstant.now
      guard taken.values.count(where: { $0.comesOn(at: now) }) < limit else { return false }
      slot.comeOn()
      taken[ObjectIdentifier(slot)] = slot
      return true
    }
  }
}
