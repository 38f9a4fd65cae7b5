import SystemSupport

/// When everything is durable that lay in a folder at one moment. A pure value that keeps no names, however many files there
/// are.
///
/// A scan of everything that begins after that moment meets whatever lay there: the receiver has it, or it is being settled.
/// What is being settled by the end of that scan is waited for, whatever becomes of it; and then, in their order, the files
/// that were handed over by then.
struct SnapshotRule: Equatable {
  enum State: Equatable {
    /// So many scans of everything are to end: one that was under way may have passed the place already.
    case scanning(left: Int)
    /// Files that were first noticed by then are being settled, or may not be read.
    case settling(upTo: MonotonicInstant)
    /// Waits until the receiver has so many of those that were handed over.
    case accepting(upTo: UInt64)
    case complete
  }

  /// How the folder stands.
  struct Picture: Equatable {
    /// When the first was noticed of those that are being settled.
    var oldest: MonotonicInstant?
    /// Entries of before the scan's end that may not be read.
    var unreadable: Int
    /// Files handed over, and accepted of these, in order; both grow for ever.
    var offered: UInt64
    var accepted: UInt64
  }

  private(set) var state: State
  /// What could not be read and now can be is noticed anew.
  private var wasUnreadable = false

  /// `isScanning`: whether a scan of everything is under way.
  init(isScanning: Bool) {
    state = .scanning(left: isScanning ? 2 : 1)
  }

  /// Up to when what was noticed counts; nil before that is known, and once all of it was handed over.
  var mark: MonotonicInstant? { if case .settling(let mark) = state { mark } else { nil } }

  /// Whether a scan of everything is still to begin or to end.
  var needsScan: Bool { if case .scanning = state { true } else { false } }

  /// The folder was lost, or is watched anew: what was known of it is no more.
  mutating func restart() {
    if state != .complete { state = .scanning(left: 1) }
  }

  /// A scan of everything has ended; `isWhole`: all of it could be looked through.
  mutating func scanned(isWhole: Bool, at now: MonotonicInstant) {
    guard case .scanning(let left) = state else { return }
    state = isWhole && left <= 1 ? .settling(upTo: now) : .scanning(left: 1)
  }

  /// Takes in how the folder stands.
  mutating func look(_ picture: Picture, at now: MonotonicInstant) {
    if case .settling(let mark) = state {
      if picture.unreadable > 0 {
        wasUnreadable = true
        return
      }
      if wasUnreadable {
        wasUnreadable = false
        state = .settling(upTo: now)
        if picture.oldest != nil { return }
      } else if let oldest = picture.oldest, oldest <= mark {
        return
      }
      state = .accepting(upTo: picture.offered)
    }
    if case .accepting(let target) = state, picture.accepted >= target { state = .complete }
  }
}
