package import DeliveryModel

/// What cannot be done in the folders about delivered and refused files: kept for each file until that very follow-up is
/// done, or there is nothing left to do it with. That another file could be moved says nothing about this one.
package struct FollowUpTroubles: Sendable, Equatable {
  /// What came of one follow-up; nil for no trouble.
  package struct Outcome: Sendable, Equatable {
    package var folder: String
    package var number: Int64
    package var kind: Errand.Kind
    package var reason: String?

    package init(folder: String, number: Int64, kind: Errand.Kind, reason: String?) {
      self.folder = folder
      self.number = number
      self.kind = kind
      self.reason = reason
    }
  }

  private struct Task: Hashable {
    let number: Int64
    let kind: Errand.Kind
  }

  private var byFolder: [String: [Task: String]] = [:]

  /// Of one folder. What is more is taken up once there is room: each is tried again within the hour.
  private static let limit = 10_000

  package init() {}

  package mutating func take(_ outcomes: [Outcome]) {
    for outcome in outcomes {
      let task = Task(number: outcome.number, kind: outcome.kind)
      if let reason = outcome.reason {
        let isKnown = byFolder[outcome.folder]?[task] != nil
        guard isKnown || byFolder[outcome.folder, default: [:]].count < Self.limit else { continue }
        byFolder[outcome.folder, default: [:]][task] = reason
      } else if byFolder[outcome.folder]?.removeValue(forKey: task) != nil, byFolder[outcome.folder]?.isEmpty == true {
        byFolder[outcome.folder] = nil
      }
    }
  }

  package mutating func keep(_ folders: Set<String>) { byFolder = byFolder.filter { folders.contains($0.key) } }

  /// By folder: the reason of the first file, and how many files there are.
  package var texts: [String: String] {
    byFolder.compactMapValues { tasks in
      let first = tasks.min { ($0.key.number, $0.key.kind.rawValue) < ($1.key.number, $1.key.kind.rawValue) }
      let count = Set(tasks.keys.map(\.number)).count
      let isCut = tasks.count >= Self.limit
      return first.map { "\($0.value) (\(isCut ? "at least " : "")\(count.counted("file")))" }
    }
  }
}
