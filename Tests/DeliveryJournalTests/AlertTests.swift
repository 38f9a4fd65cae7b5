import DeliveryModel
import Synchronization
import TestSupport
import Testing

@testable import DeliveryJournal

@Suite struct AlertTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
    journal.alerts.policy = AlertPolicy(channels: [.webhook], events: Set(AlertNotice.Event.allCases))
  }

  private func park(_ path: String, folder: String = "inbox", at moment: Timestamp = now) async throws {
    let number = try await journal.receive(settled(path, folder: folder))
    _ = try await journal.commit([.parked(number: number, code: "c", reason: "no right", at: moment)])
  }

  private func next(at moment: Timestamp = now, _ channel: AlertChannel = .webhook) async throws -> Alert? {
    try await journal.nextAlert(channel, at: moment).alert
  }

  /// Takes the next one, as its receiver would.
  private func take(at moment: Timestamp = now) async throws -> Alert {
    let alert = try #require(try await next(at: moment))
    try await journal.alertSent(alert, at: moment)
    return alert
  }

  private func raise(_ event: AlertNotice.Event, _ subject: String, at moment: Timestamp = now) async throws {
    _ = try await journal.commit([.alert(AlertNotice(event, subject, at: moment))])
  }

  @Test("A parked file's alert is written with it, says which it is, and survives a restart with the same name")
  func parked() async throws {
    try await park("contracts/ä.pdf")
    let alert = try #require(try await next())
    #expect(alert.notice.subject == "inbox" && alert.notice.path == "contracts/ä.pdf")
    #expect(alert.notice.reason == "no right" && alert.notice.number == 1 && alert.count == 1)
    try await journal.alertFailed(alert, "it answers 500", next: now + .seconds(30))
    journal.close()
    let after = try directory.journal()
    #expect(try await after.nextAlert(.webhook, at: now).next == now + .seconds(30))
    let again = try #require(try await after.nextAlert(.webhook, at: now + .seconds(30)).alert)
    #expect(again.id == alert.id && again.notice == alert.notice && again.tries == 1)
    try await after.alertSent(again, at: now)
    #expect(try await after.nextAlert(.webhook, at: now + .seconds(9999)).alert == nil)
  }

  @Test("A reminder of what lasts is for receivers that were not told of it, and its end for all")
  func reminder() async throws {
    try await raise(.blocked, "s3")
    _ = try await take()
    journal.alerts.policy?.channels = [.webhook, .command]
    for _ in 0..<2 {
      var notice = AlertNotice(.blocked, "s3", at: now + .seconds(60), reason: "no right")
      notice.isReminder = true
      _ = try await journal.commit([.alert(notice)])
    }
    let told = try #require(try await next(at: now + .seconds(60), .command))
    #expect(told.notice.event == .blocked && told.notice.reason == "no right" && told.count == 1)
    #expect(try await journal.nextAlert(.webhook, at: now + .seconds(7200)).alert == nil)
    try await journal.alertSent(told, at: now)
    #expect(try await next(at: now + .seconds(7200), .command) == nil)
    try await raise(.recovered, "s3", at: now + .seconds(90))
    for channel in AlertChannel.allCases {
      #expect(try await next(at: now + .seconds(90), channel)?.notice.event == .recovered)
    }
  }

  @Test("A receiver that fails is known by the first it did not take and the last reason, over a restart too")
  func untaken() async throws {
    for folder in ["a", "b", "c"] { try await park("x", folder: folder, at: now + .seconds(folder == "a" ? 0 : 60)) }
    #expect(try await journal.untakenAlerts() == [:], "nothing was tried yet")
    let first = try #require(try await next())
    try await journal.alertFailed(first, "it answers 500", next: now + .seconds(1))
    let second = try #require(try await next(at: now + .seconds(60)))
    try await journal.alertFailed(second, "it answers 401", next: now + .seconds(62))
    journal.close()
    let after = try directory.journal()
    #expect(
      try await after.untakenAlerts() == [.webhook: Journal.Untaken(since: now, reason: "it answers 401", count: 3)])
    for alert in [first, second] { try await after.alertSent(alert, at: now) }
    #expect(try await after.untakenAlerts() == [:])
  }

  @Test("A clock that was set back holds up no alert for longer than the pauses are")
  func clockSetBack() async throws {
    try await park("a")
    try await journal.alertFailed(try #require(try await next()), "it answers 500", next: now + .seconds(30))
    let (none, later) = try await journal.nextAlert(.webhook, at: now + .seconds(-800), longestPause: .seconds(900))
    #expect(none == nil && later == now + .seconds(30))
    #expect(try await journal.nextAlert(.webhook, at: now + .seconds(-1000), longestPause: .seconds(900)).alert != nil)
  }

  @Test("A refused file's alert comes with its errand, once")
  func rejected() async throws {
    let number = try await journal.receive(settled("a"))
    let verdict = Verdict(decision: .rejected, findings: [Finding(.empty)], reason: "It is empty.")
    let changes: [JournalChange] = [
      .prepared(number: number, prepared()), .attemptBegan(number: number, at: now),
      .judged(number: number, verdict), .errand(number: number, .due(.reject, at: now)),
    ]
    _ = try await journal.commit(changes)
    _ = try await journal.commit([.errand(number: number, .due(.reject, at: now))])
    let alert = try await take()
    #expect(alert.notice.event == .rejected && alert.notice.reason == "It is empty." && alert.count == 1)
    #expect(try await next(at: now + .seconds(7200)) == nil)
  }

  @Test("The third crash on a file is told, those before are not")
  func crashed() async throws {
    let number = try await journal.receive(settled("a"))
    for crash in 1...3 {
      _ = try await journal.countCrash([number], at: now)
      #expect((try await next() != nil) == (crash == 3))
    }
  }

  @Test("One of a cause in an hour; the others are counted and told in the next")
  func throttle() async throws {
    for index in 0..<5 { try await park("\(index)", at: now + .seconds(Int64(index))) }
    try await park("0", folder: "other")
    #expect(try await take().count == 1)
    #expect(try await take().notice.subject == "other")
    let (none, look) = try await journal.nextAlert(.webhook, at: now + .seconds(10))
    #expect(none == nil && look == now + .seconds(3600))
    let rest = try await take(at: now + .seconds(3600))
    #expect(rest.count == 4 && rest.notice.path == "4")
    try await park("6", at: now + .seconds(3700))
    #expect(try await next(at: now + .seconds(3700)) == nil, "the hour begins anew")
  }

  @Test("While the receiver is away, each cause keeps one alert and a count, however much happens")
  func bounded() async throws {
    for hour in 0..<50 {
      try await park("\(hour)", at: now + .seconds(Int64(hour) * 3600))
      _ = try await journal.nextAlert(.webhook, at: now + .seconds(Int64(hour) * 3600))
    }
    #expect(try directory.sql("SELECT count(*) FROM alert") == "1")
    let later = now + .seconds(50 * 3600)
    #expect(try await take(at: later).notice.path == "0")
    let rest = try await take(at: later)
    #expect(rest.count == 49 && rest.notice.path == "49")
  }

  @Test("Only what was blocked recovers, and what is over before it was told is not told")
  func conditions() async throws {
    try await raise(.recovered, "s3")
    #expect(try await next() == nil)
    try await raise(.blocked, "s3")
    #expect(try await journal.openConditions() == [Journal.OpenCondition(event: .blocked, subject: "s3")])
    #expect(try await take().notice.event == .blocked)
    try await raise(.recovered, "s3")
    #expect(try await take().notice.event == .recovered)
    #expect(try await journal.openConditions().isEmpty)
    try await raise(.blocked, "s3", at: now + .seconds(60))
    try await raise(.recovered, "s3", at: now + .seconds(120))
    #expect(try await next(at: now + .seconds(121)) == nil)
    let rest = try await take(at: now + .seconds(3600))
    #expect(rest.notice.event == .recovered && rest.count == 2)
    #expect(try await next(at: now + .seconds(9999)) == nil)
  }

  @Test("Each receiver has its own, in its own time; one that is none any more has none")
  func channels() async throws {
    journal.alerts.policy = AlertPolicy(channels: AlertChannel.allCases, events: [.parked])
    try await park("a")
    _ = try await take()
    #expect(try await next() == nil)
    #expect(try await next(.command)?.notice.path == "a")
    try await journal.forgetAlerts(except: [.webhook])
    #expect(try await next(.command) == nil)
  }

  @Test("What nobody wants to hear of is not written, and a batch that fails writes no alert")
  func unwanted() async throws {
    journal.alerts.policy = AlertPolicy(channels: [.webhook], events: [.blocked])
    try await park("a")
    journal.alerts.policy = nil
    try await raise(.blocked, "s3")
    journal.alerts.policy = AlertPolicy(channels: [.webhook], events: [.blocked])
    let rungs = Mutex(0)
    journal.alerts.listen { _ in rungs.withLock { $0 += 1 } }
    await #expect(throws: JournalError.self) {
      try await journal.commit([
        .alert(AlertNotice(.blocked, "s3", at: now)), .attemptBegan(number: 99, at: now),
      ])
    }
    #expect(try await next() == nil && rungs.withLock { $0 } == 0)
    try await raise(.blocked, "s3")
    #expect(rungs.withLock { $0 } == 1)
  }

  @Test("An alert that is never taken holds up no other")
  func poison() async throws {
    try await park("a")
    let poison = try #require(try await next())
    try await journal.alertFailed(poison, "it answers 400", next: now)
    try await raise(.blocked, "s3")
    #expect(try await take().notice.event == .blocked)
    #expect(try await next()?.id == poison.id)
  }

  @Test("A digest is written once a day with the day, and of those that cannot be sent the newest seven stay")
  func digests() async throws {
    #expect(try await journal.lastDigest() == nil)
    for day in Int64(1)...10 {
      let moment = now + .seconds(day * 86_400)
      try await journal.writeDigest(AlertNotice(.digest, "day-\(day)", at: moment, details: "{}"), day: day)
    }
    #expect(try await journal.lastDigest() == 10)
    var days: [String] = []
    while let alert = try await next(at: now + .seconds(20 * 86_400)) {
      days.append(alert.notice.subject)
      try await journal.alertSent(alert, at: now)
    }
    #expect(days == (4...10).map { "day-\($0)" })
  }

  @Test("The figures of a day are those since a moment, by folder")
  func figures() async throws {
    _ = try await journal.deliver(settled("a"))
    _ = try await journal.deliver(settled("b", folder: "other"))
    try await park("c")
    _ = try await journal.receive(settled("d"))
    let figures = try await journal.figures(since: now)
    #expect(figures.delivered["inbox"]?.files == 1 && figures.delivered["other"]?.bytes == 20_000)
    #expect(figures.parked == 1 && figures.pending == 1 && figures.rejected == 0 && figures.oldest == now)
    #expect(try await journal.figures(since: now + .seconds(10)).delivered.isEmpty)
  }

  @Test("A journal of the version before has room for alerts after it was opened, and all it had")
  func migration() async throws {
    let old = try TemporaryDirectory()
    let queue = try DatabaseQueue(old.file, label: "test")
    try queue.inDatabase { database in
      try JournalSchema.migrate(database, to: 5)
      try database.execute(sql: "UPDATE journal SET created = 12345")
    }
    queue.close()
    let after = try old.journal()
    after.alerts.policy = AlertPolicy(channels: [.webhook], events: [.parked])
    let number = try await after.receive(settled("a"))
    _ = try await after.commit([.parked(number: number, code: "c", reason: "r", at: now)])
    #expect(try await after.nextAlert(.webhook, at: now).alert?.notice.path == "a")
    #expect(try await after.created() == Timestamp(milliseconds: 12345))
    #expect(try await after.lastDigest() == nil)
  }
}
