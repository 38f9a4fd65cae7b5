import DeliveryModel

/// How much content may be held at once from reading to the answer: memory for small files, open descriptors for others.
/// A pure value. What does not fit waits unread; what fits better goes before it.
struct ContentAllowance: Sendable {
  /// In bytes: 128 of the largest files that are kept in memory, far more than connections.
  static let memory: Int64 = 32 << 20

  private let descriptorLimit: Int
  private var waiting: [Job] = []
  private var held: [Int64: Int64] = [:]
  private var bytes: Int64 = 0
  private var descriptors = 0
  private var mayFit = false

  /// A file to be read.
  struct Job: Sendable, Equatable {
    var number: Int64
    /// What it takes of the memory; nil for a file that is held by its descriptor.
    var bytes: Int64?
  }

  init(descriptors: Int) {
    descriptorLimit = max(1, descriptors)
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
      held[job.number] = job.bytes ?? -1
      if let size = job.bytes { bytes += size } else { descriptors += 1 }
      admitted.append(job.number)
    }
    waiting = left
    return admitted
  }

  private func fits(_ job: Job, _ lingering: Int) -> Bool {
    guard held[job.number] == nil else { return false }
    return job.bytes.map { bytes + $0 <= Self.memory || bytes == 0 } ?? (descriptors + lingering < descriptorLimit)
  }

  /// The content is let go, or is not wanted any more.
  mutating func release(_ number: Int64) {
    if let size = held.removeValue(forKey: number) {
      if size < 0 { descriptors -= 1 } else { bytes -= size }
    } else {
      waiting.removeAll { $0.number == number }
    }
    mayFit = !waiting.isEmpty
  }
}

extension ContentAllowance.Job {
  init(_ delivery: Delivery) {
    let size = delivery.file.identity.size
    self.init(number: delivery.number, bytes: size <= FileReading.inMemoryLimit ? size : nil)
  }
}
