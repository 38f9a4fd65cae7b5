/// What went wrong in a history.
enum Mishap: Hashable {
  case service(ServiceTrouble)
  case death
  case deathWhileReading
  case stop
  case journalLost
  case departed
  case restored
  case copied
  case diskFull
  case reload
  case clockSet
  case fileUnreadable
  case fileChanged
  case uploadsForgotten
  case parked

  var name: String {
    switch self {
    case .service(let trouble): "service: " + trouble.rawValue
    case .death: "death"
    case .deathWhileReading: "death while a file is read"
    case .stop: "stop"
    case .journalLost: "journal lost"
    case .departed: "file taken away"
    case .restored: "earlier content put back"
    case .copied: "equal file put in place"
    case .diskFull: "disk full"
    case .reload: "reload"
    case .clockSet: "clock set"
    case .fileUnreadable: "file unreadable"
    case .fileChanged: "file changed under way"
    case .uploadsForgotten: "unfinished uploads forgotten"
    case .parked: "parked until retried"
    }
  }
}

/// How often each of them happened, and in how many histories.
struct Tally {
  private(set) var histories = 0
  private(set) var deliveries = 0
  private var sums: [Mishap: (times: Int, histories: Int)] = [:]

  mutating func add(_ mishaps: [Mishap: Int], deliveries count: Int) {
    histories += 1
    deliveries += count
    for (mishap, times) in mishaps { add(mishap, times, histories: 1) }
  }

  mutating func add(_ other: Tally) {
    histories += other.histories
    deliveries += other.deliveries
    for (mishap, sum) in other.sums { add(mishap, sum.times, histories: sum.histories) }
  }

  private mutating func add(_ mishap: Mishap, _ times: Int, histories: Int) {
    let before = sums[mishap] ?? (0, 0)
    sums[mishap] = (before.times + times, before.histories + histories)
  }

  /// One line a kind: how often, and in how many of a hundred histories.
  var lines: [String] {
    sums.map { mishap, sum in (mishap.name, sum) }.sorted { $0.0 < $1.0 }.map { name, sum in
      "  \(name): \(sum.times), in \(sum.histories * 100 / max(1, histories)) % of the histories"
    }
  }
}
