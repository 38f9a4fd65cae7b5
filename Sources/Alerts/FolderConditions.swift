import DeliveryModel
import Status
import SystemSupport

/// Decides when a folder's condition is reported, and when its end is. A pure value.
///
/// A condition is reported once it has lasted for ``patience``, and its end once nothing was seen of it for as long: a share that
/// comes and goes makes one alert.
struct FolderConditions {
  enum Notice: Sendable, Equatable {
    case begins(folder: String, FolderCondition)
    case ends(folder: String, isConfigured: Bool)
  }

  fileprivate enum State {
    case suspected(since: MonotonicInstant)
    /// It was told, and lasts.
    case told
    /// It was told, and has not been seen since then.
    case easing(until: MonotonicInstant)
  }

  private var states: [String: State] = [:]

  static let patience = Duration.seconds(300)
  /// A file that is held open, told of by the run before this one, shows itself within this time.
  static let patienceAfterStart = Duration.seconds(35 * 60)

  /// `told` are the folders of which a run before this one told, and not that it is over.
  init(told: Set<String> = [], at now: MonotonicInstant) {
    for folder in told { states[folder] = .easing(until: now + Self.patienceAfterStart) }
  }

  /// The folders of which was told, and not that it is over.
  var told: Set<String> {
    Set(states.filter { if case .suspected = $0.value { false } else { true } }.keys)
  }

  /// What is to be reported now, and when to look again at the latest; nil where only a change matters.
  mutating func look(
    _ conditions: [String: FolderCondition], of configured: Set<String>, at now: MonotonicInstant
  ) -> (notices: [Notice], next: MonotonicInstant?) {
    var notices: [Notice] = []
    for folder in Set(states.keys).union(conditions.keys).sorted() {
      let isConfigured = configured.contains(folder)
      if isConfigured, let condition = conditions[folder] {
        if see(condition, of: folder, at: now) { notices.append(.begins(folder: folder, condition)) }
      } else if miss(folder, isConfigured: isConfigured, at: now) {
        notices.append(.ends(folder: folder, isConfigured: isConfigured))
      }
    }
    return (notices, states.values.compactMap(\.deadline).min())
  }

  /// The condition is there. Whether it is to be reported now.
  private mutating func see(_ condition: FolderCondition, of folder: String, at now: MonotonicInstant) -> Bool {
    switch states[folder] {
    case .told, .easing:
      states[folder] = .told
      return false
    case .suspected(let since) where !condition.isOld && now - since < Self.patience: return false
    case nil where !condition.isOld:
      states[folder] = .suspected(since: now)
      return false
    case .suspected, nil:
      states[folder] = .told
      return true
    }
  }

  /// No condition is there. Whether its end is to be reported now.
  private mutating func miss(_ folder: String, isConfigured: Bool, at now: MonotonicInstant) -> Bool {
    var end = now + Self.patience
    switch states[folder] {
    case nil: return false
    case .suspected:
      states[folder] = nil
      return false
    case .told: break
    case .easing(let until): end = until
    }
    let isOver = !isConfigured || now >= end
    states[folder] = isOver ? nil : .easing(until: end)
    return isOver
  }
}

extension FolderConditions.State {
  fileprivate var deadline: MonotonicInstant? {
    switch self {
    case .suspected(let since): since + FolderConditions.patience
    case .told: nil
    case .easing(let until): until
    }
  }
}
