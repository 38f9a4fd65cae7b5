import AWSClients
import Cryptography
import Custody
import DaemonConfiguration
import Delivery
import DeliveryJournal
import DeliveryModel
import Logging
import ServiceLifecycle
import ServiceManager
import Settings
import Status
import SystemSupport

/// Closes the days of the custody ledger, signs them, brings them into their bucket and has them stamped: beside the engine,
/// so that no file waits for any of it, and without end, so that no day is left out.
final class CustodyService: Service {
  let journal: Journal
  let settings: SettingsInForce
  let credentials: CredentialCache
  let clock: ServiceClock
  let board: StatusBoard
  let hears: @Sendable () async -> Void
  /// Of the state.
  let directory: String
  let logger: Logger
  let wall: @Sendable () -> Timestamp
  /// Receives something when the settings are others.
  let wishes = Mailbox<Void>()
  private let report: LedgerReport

  /// `hears` asks a service for its time.
  init(
    journal: Journal, settings: SettingsInForce, credentials: CredentialCache, clock: ServiceClock, board: StatusBoard,
    directory: String, wasTold: Bool, logger: Logger, wall: @escaping @Sendable () -> Timestamp = { WallClock.now },
    hears: @escaping @Sendable () async -> Void
  ) {
    self.journal = journal
    self.settings = settings
    self.credentials = credentials
    self.clock = clock
    self.board = board
    self.directory = directory
    self.logger = logger
    self.wall = wall
    self.hears = hears
    report = LedgerReport(journal: journal, board: board, logger: logger, wasTold: wasTold)
  }

  /// The longest between two turns.
  private static let interval = Duration.seconds(3600)
  private static let day = Duration.seconds(86_400)

  func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      var failures = 0
      while !Task.isCancelled {
        let troubles = await turn()
        if Task.isCancelled { return }
        failures = troubles.isEmpty ? 0 : failures + 1
        await rest(failures)
      }
    }
  }

  /// Until something may be due, or somebody wishes.
  private func rest(_ failures: Int) async {
    var pause = min(Self.interval, untilNextMoment())
    if failures > 0 {
      pause = min(
        pause, settings.value.configuration.upload.retry.delay(afterFailures: failures, random: .random(in: 0.5..<1)))
    }
    let end = ContinuousClock.now + pause
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await Pause.last(until: end, endsWhenClockIsSet: true) }
      group.addTask { [wishes] in _ = await wishes.take() }
      await group.next()
      group.cancelAll()
    }
  }

  /// To the next midnight and to when the day before it is signed.
  private func untilNextMoment() -> Duration {
    let now = wall()
    let midnight = Timestamp(milliseconds: now.date.daysSinceEpoch * 86_400_000)
    let close = Duration.seconds(60 * (settings.value.configuration.custody?.close ?? 0))
    let moments = [midnight + close, midnight + Self.day, midnight + Self.day + close]
    return (moments.first { $0 > now }.map { $0 - now } ?? Self.interval) + .milliseconds(20)
  }

  // MARK: A turn

  /// Does what is due. Returns what waits.
  @discardableResult
  func turn() async -> [LedgerTrouble] {
    guard let custody = settings.value.configuration.custody else {
      await report.end()
      return []
    }
    var troubles: [LedgerTrouble] = []
    do {
      let keys = await adopt(custody, &troubles)
      if let waiting = try await tick() { troubles.append(waiting) }
      try await workThrough(custody, keys, &troubles)
    } catch let trouble as LedgerTrouble {
      troubles.append(trouble)
    } catch {
      if Task.isCancelled { return troubles }
      troubles.append(LedgerTrouble(kind: .upload, text: "custody: \(error); it is tried again, and no entry is lost"))
    }
    await report.tell(troubles, at: wall())
    return troubles
  }

  private func tick() async throws -> LedgerTrouble? {
    var waiting = try await journal.tickCustody(at: wall())
    guard let state = try await journal.custodyLog() else { return nil }
    if waiting > 0 || state.openDay == nil || state.isAhead(of: wall()) {
      if !clock.agrees(with: wall()) { await hears() }
      waiting = try await journal.tickCustody(at: wall())
    }
    if state.isAhead(of: wall()), clock.agrees(with: wall()) { try await begin(key: state.key) }
    return waiting > 0 ? .clock(waiting) : nil
  }

  // MARK: The log and its key

  /// Takes the settings into use before a delivery is recorded under them.
  func begin() async {
    var troubles: [LedgerTrouble] = []
    guard let custody = settings.value.configuration.custody else {
      journal.custody.policy = nil
      // Entries are missing from now on: what begins again is another log.
      try? await journal.leaveCustody()
      return
    }
    _ = await adopt(custody, &troubles)
  }

  /// Sees to it that a log is written to, and that its key is the one of the file. Returns the keys.
  private func adopt(_ custody: CustodySettings, _ troubles: inout [LedgerTrouble]) async -> LedgerKeys? {
    journal.custody.policy = LedgerPolicy(hashesNames: custody.names == .hashed) { [clock] in clock.agrees(with: $0) }
    do {
      let state = try await journal.custodyLog()
      let keys: LedgerKeys
      do throws(LedgerKeys.Fault) {
        keys = try LedgerKeys.read(custody.signingKeyFile)
      } catch {
        var trouble = LedgerTrouble.key(error)
        if state == nil { trouble = LedgerTrouble(kind: .key, text: "custody: \(error.message)\(LedgerTrouble.noLog)") }
        troubles.append(trouble)
        return nil
      }
      let key = keys.current.verifyingKey.fingerprint
      guard let state, state.host == HostLabel(host: HostName.current) else {
        try await begin(key: key)
        return keys
      }
      if state.key != key, try await !announce(keys, in: state) {
        troubles.append(.otherKey(custody.signingKeyFile))
        return nil
      }
      return keys
    } catch {
      troubles.append(LedgerTrouble(kind: .key, text: "custody: \(error); it is tried again"))
      return nil
    }
  }

  private func begin(key: SHA256Digest) async throws {
    var random = SystemRandomNumberGenerator()
    let namesKey = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    let id = LogID(value: .random(in: 0 ... .max, using: &random))
    try await journal.beginCustody(
      host: HostLabel(host: HostName.current), key: key, id: id, namesKey: namesKey, at: wall())
    logger.notice("custody: log \(id) begins")
  }

  /// Enters the new key, signed with the former one, after all that is closed was signed with that. Returns whether it could.
  private func announce(_ keys: LedgerKeys, in state: LedgerState) async throws -> Bool {
    guard let former = keys.key(state.key) else { return false }
    for day in try await journal.unsealedDays(limit: .max) where day.signed == nil { try await sign(day, former) }
    let next = keys.current.verifyingKey
    let entry = KeyAnnouncement(of: next, signedBy: former, host: state.host, log: state.log)
    try await journal.appendToCustody(.key(entry), at: wall())
    logger.notice("custody: another key signs from now on: SHA-256 \(next.fingerprint.hex)")
    return true
  }

  // MARK: Days

  private func workThrough(
    _ custody: CustodySettings, _ keys: LedgerKeys?, _ troubles: inout [LedgerTrouble]
  ) async throws {
    let current = try await journal.custodyLog()?.log
    var upload = LedgerUpload(
      settings.value.configuration, journal: journal, credentials: credentials, clock: clock, directory: directory)
    let stamping = TimeStamping(settings.value.configuration)
    var isBucketOut = false
    for day in try await journal.unsealedDays(limit: 1000) {
      if Task.isCancelled { return }
      do {
        if day.signed == nil {
          let due = day.closedAt + .seconds(60 * custody.close)
          guard let keys, day.closed.log != current || wall() >= due else { continue }
          try await sign(day, keys.current)
        }
        if !isBucketOut {
          do {
            guard try await send(day, &upload, &troubles) else { continue }
          } catch let trouble as LedgerTrouble where trouble.kind == .upload {
            isBucketOut = true
            troubles.append(trouble)
          }
        }
        try await stamp(day, stamping, &troubles)
        let isStamped = try await journal.objects(of: day).contains { $0.name == DayTexts.stamp }
        if !isBucketOut, isStamped {
          guard try await send(day, &upload, &troubles) else { continue }
        }
        let objects = try await journal.objects(of: day)
        if !objects.isEmpty, objects.allSatisfy(\.isDone), stamping == nil || isStamped {
          try await journal.seal(day, at: wall())
          logger.info("custody: \(day.closed.day.iso8601) of log \(day.closed.log) is sealed")
        }
      } catch let trouble as LedgerTrouble {
        troubles.append(trouble)
      }
    }
  }

  private func sign(_ day: CustodyDay, _ key: SigningKey) async throws {
    let sum = try await DayLines(journal: journal, day: day).forEachPiece { _ in }
    let objects = DayObjects.all(of: day.closed, lines: sum.sha256, key: key)
    try await journal.sign(day, objects, at: wall())
  }

  /// Brings what there is of a day into the bucket. Returns whether it is all there. Where somebody else's object stands there, this log may not be the only one of
  /// its name, as after a restored backup: its days go beside, and another log begins.
  private func send(
    _ day: CustodyDay, _ upload: inout LedgerUpload, _ troubles: inout [LedgerTrouble]
  ) async throws -> Bool {
    do {
      try await upload.send(day)
      try await journal.uploaded(day, at: wall())
      return true
    } catch let foreign as LedgerUpload.Foreign {
      try await journal.giveWay(day)
      if let state = try await journal.custodyLog(), state.log == day.closed.log { try await begin(key: state.key) }
      let text =
        "custody: \(EscapedText.escape(foreign.key)) was there before this journal sent it: is it a restored backup, or did "
        + "somebody else write there? The day goes beside it, and a new log begins that names this one"
      logger.error("\(text)", metadata: [LogKey.code: "custody"])
      troubles.append(LedgerTrouble(kind: .foreign, text: text))
      return false
    }
  }

  private func stamp(
    _ day: CustodyDay, _ stamping: TimeStamping?, _ troubles: inout [LedgerTrouble]
  ) async throws {
    guard let stamping, day.stamped == nil else { return }
    let objects = try await journal.objects(of: day)
    guard let checkpoint = objects.first(where: { $0.name == DayTexts.checkpoint })?.content else { return }
    do throws(TimeStamping.Fault) {
      let reply = try await stamping.stamp(checkpoint)
      let object = DayObjects.object(DayTexts.stamp, reply.reply)
      let entry = DayStamp(log: day.closed.log, day: day.closed.day, reply: object.sha256, time: reply.time)
      await keep(object, entry, day)
    } catch {
      logger.warning(
        "custody: \(day.closed.day.iso8601) is not stamped yet: \(error.message); it is asked for again",
        metadata: [LogKey.code: "custody-stamp"])
      troubles.append(.stamp(day.closed.day, error.message))
    }
  }

  /// What the journal cannot take now is asked for again.
  private func keep(_ object: CustodyObject, _ entry: DayStamp, _ day: CustodyDay) async {
    do {
      try await journal.stamp(day, object, entry: entry, at: wall())
    } catch {
      logger.warning("custody: a stamp could not be kept: \(error)", metadata: [LogKey.code: "custody-stamp"])
    }
  }
}
