import DeliveryModel
import SystemSupport

/// What an event says about a file.
enum SettleSignal: Sendable, Hashable, CaseIterable {
  case created
  case modified
  case attributes
  /// A writer closed it.
  case closed
  /// It was renamed to this path.
  case movedIn
}

/// What is to be done about a file now.
enum SettleStep: Equatable {
  /// Take its identity.
  case look(RelativePath)
  /// Ask for writers, take its identity.
  case probe(RelativePath)
}

/// What a probe found.
enum SettleProbe: Equatable {
  /// Somebody has it open for writing.
  case inUse
  /// It is empty, and a file that a program still fills is to take its place.
  case awaitsPartner
  /// It could not be asked; it may be possible later.
  case failed
  /// Nothing moves; `lease` if the kernel proved that no writer is left.
  case quiet(FileIdentity, lease: Bool)
}

/// One file being settled.
struct SettleEntry {
  enum Stage { case look, probe }

  let received: Timestamp
  let noticed: MonotonicInstant
  var discovery: Discovery
  var lastEvent: MonotonicInstant
  /// Whether a writer closed it, or it was renamed here, after all that is known to have been written.
  var finished = false
  /// Whether an event proves that this is a state never seen before.
  var isNew = false
  /// Whether changed attributes are all that the kernel told of it, without a gap.
  var isOnlyAttributes = false
  /// Whether a scan found it that the journal knows in another state.
  var isKnownOtherwise = false
  /// Whether it was found open for writing when it was last asked about.
  var isHeldOpen = false
  /// How long it had not changed when a scan met it first.
  var restedBefore = Duration.zero
  /// Whether it was told that it waits unusually long.
  var isWarned = false
  /// Its identity at or after the last event.
  var observed: FileIdentity?
  var stage = Stage.look
  /// When something is to be done.
  var deadline: MonotonicInstant
  /// For when its timer is set; `deadline` may have moved on.
  var armed: MonotonicInstant
  /// The timer that counts.
  var serial: UInt64 = 0
  private var interval = Duration.zero

  init(received: Timestamp, discovery: Discovery, at now: MonotonicInstant) {
    self.received = received
    noticed = now
    self.discovery = discovery
    lastEvent = now
    deadline = now
    armed = now
  }

  mutating func note(_ signal: SettleSignal, at now: MonotonicInstant, looking: Bool) {
    if signal != .attributes { isOnlyAttributes = false }
    lastEvent = now
    restedBefore = .zero
    observed = nil
    stage = looking ? .look : .probe
    interval = .zero
    if discovery == .rescan || discovery == .poll { discovery = .event }
    switch signal {
    case .created, .modified:
      finished = false
      isNew = true
    case .closed: finished = true
    case .movedIn:
      finished = true
      isNew = true
    case .attributes: break
    }
  }

  /// What is known to have been done to it.
  var trace: FileTrace {
    if isNew { return .written }
    if isOnlyAttributes { return .attributes }
    return discovery == .event && !isKnownOtherwise ? .closed : .found
  }

  /// It changed without an event.
  mutating func changed(to identity: FileIdentity, at now: MonotonicInstant) {
    lastEvent = now
    restedBefore = .zero
    observed = identity
    finished = false
    isOnlyAttributes = false
    stage = .probe
  }

  /// 1, 2, 4 … seconds, up to `limit`.
  mutating func nextInterval(upTo limit: Duration) -> Duration {
    interval = interval == .zero ? .seconds(1) : min(interval * 2, limit)
    return interval
  }
}
