import DeliveryModel

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
