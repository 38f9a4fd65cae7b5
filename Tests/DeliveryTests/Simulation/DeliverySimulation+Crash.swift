import DeliveryModel

@testable import Delivery

extension DeliverySimulation {
  /// The process dies: what is not in the journal is gone. Requests under way may still reach the services. What it had
  /// in hand the next process knows.
  mutating func crash(inHand: Set<Int64> = []) throws {
    for request in inFlight where random.chance(500) { _ = try cloud.perform(request, content: content(of: request)) }
    if case .commit(let batch)? = journalJobs.first, random.chance(500) { try journal.commit(batch) }
    forgetProcess()
    try journal.countCrash(inHand, at: wall)
  }

  /// The process dies while it reads a file.
  mutating func crashReading(_ delivery: Delivery) throws {
    note(.deathWhileReading)
    try crash(inHand: [delivery.number])
  }

  /// The disk with the journal is replaced while the daemon is down.
  mutating func loseJournal() throws {
    note(.journalLost)
    try crash()
    journal = SimulatedJournal(generation: journal.generation + 1)
    unscanned = folder.documents.mapValues(\.content)
  }

  private mutating func forgetProcess() {
    machine = Self.machine(bucket, swarm, finding: journal.finding, now: now)
    backlog = Backlog()
    commits = CommitQueue()
    journalJobs = []
    hashJobs = []
    readings = []
    partMemory = [:]
    inFlight = []
    contents = [:]
    offering = []
    offeredPaths = [:]
    isRefreshing = false
    attemptsLoaded = [:]
    clock = 0
    clockWatch = ClockWatch()
  }

  /// The daemon is stopped: what is under way is cancelled, what is ready is committed, and it starts again.
  mutating func stop() throws {
    note(.stop)
    machine.canSign = false
    for request in inFlight {
      if random.chance(300) { _ = try cloud.perform(request, content: content(of: request)) }
      machine.cancelled(request.delivery.number, request.lane)
    }
    inFlight = []
    try turn()
    while try workJournal() { try turn() }
    try crash()
  }
}
