/// Exchanges that wait for a free transfer, in order. Taking from the front costs no shifting.
struct JobQueue {
  private var jobs: [Job] = []
  private var first = 0

  var isEmpty: Bool { first == jobs.count }

  mutating func append(_ job: Job) { jobs.append(job) }

  /// Puts a job before all others.
  mutating func prepend(_ job: Job) { jobs.insert(job, at: first) }

  mutating func next() -> Job? {
    guard first < jobs.count else { return nil }
    let job = jobs[first]
    jobs[first].request.body = .none
    first += 1
    if first == jobs.count {
      jobs.removeAll(keepingCapacity: true)
      first = 0
    } else if first > 64 && first > jobs.count / 2 {
      jobs.removeFirst(first)
      first = 0
    }
    return job
  }

  /// Takes out the jobs of these tickets.
  mutating func remove(_ tickets: Set<Ticket>) -> [Job] {
    let removed = jobs[first...].filter { tickets.contains($0.ticket) }
    if !removed.isEmpty {
      jobs = jobs[first...].filter { !tickets.contains($0.ticket) }
      first = 0
    }
    return removed
  }
}
