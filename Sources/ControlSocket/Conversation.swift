import SystemSupport

/// What one client has sent and not been answered: one request at a time, each within its time. A pure value.
struct Conversation {
  /// What is to be done now.
  enum Step: Equatable {
    case nothing
    /// To answer this line; ``answered(at:)`` tells when that is done.
    case answer([UInt8])
    /// To say so, and end.
    case refuse(ControlRefusal)
    /// To end: everything is said, and the client sends no more.
    case leave
  }

  private enum State: Equatable {
    /// Waits for a whole line, until then.
    case asking(until: MonotonicInstant)
    case answering
    case over
  }

  /// In which a whole request must have come, from the connection or the answer before.
  static let patience = Duration.seconds(10)

  private var state: State
  private var lines = LineAssembler(limit: ControlProtocol.requestLimit)
  private var hasEnded = false

  init(at now: MonotonicInstant) {
    state = .asking(until: now + Self.patience)
  }

  /// Whether anything is to be read: not while an answer is made.
  var reads: Bool { if case .asking = state { !hasEnded } else { false } }

  /// When ``expire(at:)`` has something to do.
  var deadline: MonotonicInstant? { if case .asking(let until) = state { until } else { nil } }

  /// A piece has come; an empty one says that no more will.
  mutating func received(_ piece: [UInt8]) -> Step {
    if piece.isEmpty { hasEnded = true } else { lines.append(piece) }
    return advance()
  }

  /// The answer is complete.
  mutating func answered(at now: MonotonicInstant) -> Step {
    guard state == .answering else { return .nothing }
    state = .asking(until: now + Self.patience)
    return advance()
  }

  mutating func expire(at now: MonotonicInstant) -> Step {
    guard case .asking(let until) = state, until <= now else { return .nothing }
    state = .over
    return .refuse(ControlRefusal(.tooSlow, "no request came for \(Self.patience.components.seconds) s"))
  }

  private mutating func advance() -> Step {
    guard case .asking = state else { return .nothing }
    switch lines.next() {
    case .line(let line):
      state = .answering
      return .answer(line)
    case .tooLong:
      state = .over
      return .refuse(
        ControlRefusal(.tooLong, "a request is one line of at most \(ControlProtocol.requestLimit) bytes"))
    case .partial:
      if hasEnded { state = .over }
      return hasEnded ? .leave : .nothing
    }
  }
}
