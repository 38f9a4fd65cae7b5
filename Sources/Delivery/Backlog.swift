import DeliveryJournal
import DeliveryModel

/// When it is worth asking the journal for more deliveries, per state: so that it is asked when something may be due,
/// and never otherwise.
struct Backlog: Sendable {
  private struct AdmissionControl: Sendable {
    /// The earliest moment at which something may be due; nil for never.
    var due: Timestamp? = Timestamp(milliseconds: 0)
    var isAsking = false
    var isSearching = false
  }

  private var pending = AdmissionControl()
  private var uploaded = AdmissionControl()

  /// Fewer than this are not worth a query while more are under way.
  static let batch = 128

  /// The query to make now, if any. No delay is longer than `horizon`: what is due later was set by a clock that has
  /// since gone back.
  mutating func request(
    _ state: DeliveryState, appetite: Int, folderLimit: Int = .max, inHand: [String: Int] = [:],
    without: Set<String> = [], now: Timestamp,
    horizon: Duration = .seconds(86_400), heldCount: Int, held: () -> Set<Int64>
  ) -> DueRequest? {
    let lane = state == .uploaded ? uploaded : pending
    guard appetite > 0, !lane.isAsking, let due = lane.due, due <= now else { return nil }
    guard appetite >= Self.batch || appetite == 1 || heldCount < Self.batch else { return nil }
    mutate(state) {
      $0.isAsking = true
      $0.due = nil
    }
    return DueRequest(
      state: state, dueBefore: now, horizon: horizon, excluding: held(), limit: appetite,
      folderLimit: folderLimit, inHand: inHand, without: without)
  }

  /// Whether a query beside the ordinary ones may be made, one at a time: see ``DeliveryMachine/Search``.
  func maySearch(_ state: DeliveryState) -> Bool { !(state == .uploaded ? uploaded : pending).isSearching }

  /// One is made.
  mutating func search(_ state: DeliveryState) { mutate(state) { $0.isSearching = true } }

  /// The query is answered: a full answer means that there may be more.
  mutating func loaded(_ request: DueRequest, count: Int, nextDue: Timestamp?) {
    guard request.purpose == .ordinary else { return mutate(request.state) { $0.isSearching = false } }
    mutate(request.state) { $0.isAsking = false }
    guard let next = count == request.limit ? request.dueBefore : nextDue else { return }
    note(next, request.state)
  }

  /// The query could not be answered; it is to be made again at `next`.
  mutating func notLoaded(_ request: DueRequest, next: Timestamp) {
    guard request.purpose == .ordinary else { return mutate(request.state) { $0.isSearching = false } }
    mutate(request.state) { $0.isAsking = false }
    note(next, request.state)
  }

  /// A durable change may make something due.
  mutating func committed(_ change: JournalChange, now: Timestamp) {
    switch change {
    case .received, .completionTakenBack: note(now, .pending)
    case .failed(_, _, _, let next):
      note(next, .pending)
      note(next, .uploaded)
    case .recognized, .crashed, .prepared, .identified, .asked, .known, .digested, .attemptBegan, .uploaded, .logged,
      .withdrawn, .unchanged,
      .parked, .retried,
      .multipartBegan, .partUploaded, .multipartForgotten, .judged, .errand, .checksumFound, .alert:
      break
    case .completionBegan(_, let until): note(until, .pending)
    }
  }

  /// Something outside the usual order may have become due: a retry by hand, a lane that opened.
  mutating func mayHaveDue(_ now: Timestamp) {
    note(now, .pending)
    note(now, .uploaded)
  }

  func nextDue(_ state: DeliveryState) -> Timestamp? { state == .uploaded ? uploaded.due : pending.due }
}

extension Backlog {
  private mutating func note(_ moment: Timestamp, _ state: DeliveryState) {
    mutate(state) { $0.due = min($0.due ?? moment, moment) }
  }

  private mutating func mutate(_ state: DeliveryState, _ change: (inout AdmissionControl) -> Void) {
    if state == .uploaded { change(&uploaded) } else { change(&pending) }
  }
}
