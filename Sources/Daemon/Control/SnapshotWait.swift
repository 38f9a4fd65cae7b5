import ControlSocket
import Delivery
import DeliveryJournal
import DeliveryModel
import Folders
import Status
import SystemSupport

/// What a wait looks at.
struct SnapshotSources: Sendable {
  let journal: Journal
  let board: StatusBoard
  let watched: @Sendable () -> [FolderWatchStatus]
  let survey: @Sendable (_ folder: String) -> SnapshotSurvey?
  /// Directories that no folder watches, where files wait.
  let unwatched: @Sendable () async -> [UnwatchedPlace]
}

/// Waits until everything that lies in some folders at its beginning is recorded, and says how far that is.
struct SnapshotWait {
  let sources: SnapshotSources
  let folders: [String]
  /// Whether these are all that there are: then what waits in no folder counts too.
  let areAll: Bool
  let call: ControlCall

  /// Between two looks: often at first, as most waits are short.
  private static let firstPause = Duration.milliseconds(250)
  private static let often = Duration.seconds(5)
  /// Later, and between two lines about them.
  private static let pause = Duration.seconds(1)

  func run(within limit: Duration?) async {
    let begun = ContinuousClock.now
    let since = WallClock.now
    var waits = folders.map { FolderWait(folder: $0, sources: sources, since: since) }
    var told: (news: [FolderWait.State], at: ContinuousClock.Instant)?
    while call.isOpen, !Task.isCancelled {
      for index in waits.indices { await waits[index].look() }
      let isOver = limit.map { .now - begun >= $0 } ?? false
      if let outcome = WaitOutcome(waits.map(\.state), isOver: isOver) {
        let unwatched = areAll ? await sources.unwatched().filter { $0.files > 0 } : []
        return await tell(outcome.beside(unwatched), waits, unwatched)
      }
      let states = waits.map(\.state)
      if told?.news != states, told.map({ .now - $0.at >= Self.pause }) ?? true, call.isDrained {
        call.send(ControlWaitNews(waiting: zip(folders, states).map { ControlWaitNews.Folder($0, $1) }))
        told = (states, .now)
      }
      let elapsed = .now - begun
      let pause = elapsed < Self.often ? Self.firstPause : Self.pause
      await Pause.last(max(.milliseconds(1), min(pause, limit.map { $0 - elapsed } ?? pause)))
    }
    if Task.isCancelled {
      call.send(ControlRefusal(.failed, "the daemon ends; its next start goes on with every file"))
    }
  }

  private func tell(_ outcome: WaitOutcome, _ waits: [FolderWait], _ unwatched: [UnwatchedPlace]) async {
    let names = Names(sources.watched())
    let access = call.access
    let isShown: (PathKey, Audience?) -> Bool = { access == .orders || $1 != .few && names.isShown($0) }
    var reports: [ControlWaitEnd.Folder] = []
    for wait in waits { reports.append(await wait.report(isShown)) }
    var end = ControlWaitEnd(outcome: outcome, folders: reports)
    if !unwatched.isEmpty { end.unwatched = unwatched.map(ControlWaitEnd.Unwatched.init) }
    call.send(end)
  }
}

/// How a wait ends.
enum WaitOutcome: String, Codable, Sendable {
  /// Everything is recorded, refused or withdrawn.
  case done
  /// Something is left after the time.
  case timeout
  /// All else is done, and of a folder nothing is known: it is not there, does not answer, or no folder watches its place.
  case unavailable

  /// What it is where files wait in these directories, too.
  func beside(_ unwatched: [UnwatchedPlace]) -> WaitOutcome {
    self == .done && !unwatched.isEmpty ? .unavailable : self
  }

  /// Nil while it goes on.
  init?(_ states: [FolderWait.State], isOver: Bool) {
    if states.allSatisfy({ $0 == .done }) {
      self = .done
    } else if states.allSatisfy({ $0 == .done || $0.isUnavailable }) {
      self = .unavailable
    } else if isOver {
      self = .timeout
    } else {
      return nil
    }
  }
}

/// The wait for one folder.
struct FolderWait {
  enum State: Equatable, Sendable {
    /// It is being looked through.
    case looking
    /// So many files are not at rest, or cannot be read.
    case settling(Int)
    /// All are in the journal, and some are on their way; so many of these wait for a person.
    case delivering(parked: Int)
    case done
    /// Why nothing can be said.
    case unavailable(String)

    var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
  }

  let folder: String
  private let sources: SnapshotSources
  private let since: Timestamp
  private let survey: SnapshotSurvey?
  private(set) var state = State.looking
  /// The highest number of what was there, once all of it has one.
  private var newest: Int64?
  /// Below this nothing of the folder is open.
  private var oldestOpen: Int64 = 0
  private var reopened = 0

  /// How many numbers are looked through before the journal's writer gets its turn.
  private static let window: Int64 = 10_000
  private static let named = SnapshotSurvey.named

  init(folder: String, sources: SnapshotSources, since: Timestamp) {
    self.folder = folder
    self.sources = sources
    self.since = since
    survey = sources.survey(folder)
  }

  /// Finds out how far it is.
  mutating func look() async {
    if state == .done { return }
    let obstacle = obstacle
    do throws(JournalError) {
      if newest == nil {
        switch survey?.progress {
        case nil: state = .unavailable("it is no longer in the configuration")
        case .looking?: state = obstacle ?? .looking
        case .settling(let files, _)?: state = obstacle ?? .settling(files)
        case .complete?: newest = try await sources.journal.newestNumber()
        }
      }
      guard let newest else { return }
      let reopened = sources.board.engine?.reopened ?? 0
      if reopened != self.reopened { (self.reopened, oldestOpen) = (reopened, 0) }
      let isOpen = try await mayHaveOpen(upTo: newest)
      let parked = try await mayHaveParked(upTo: newest)
      if !isOpen, parked == 0 {
        if try await isDone(upTo: newest) { state = .done }
        return
      }
      state = isOpen ? obstacle ?? .delivering(parked: parked) : .delivering(parked: parked)
    } catch {
      // A full disk, or somebody who holds the journal: it is looked again.
      if newest != nil { state = .delivering(parked: 0) }
    }
  }

  /// Why the folder's files are not to be had.
  private var obstacle: State? {
    guard let status = sources.watched().first(where: { $0.name == folder }) else {
      return .unavailable("it is no longer in the configuration")
    }
    switch status.presence {
    case .opening, .present: return nil
    case .missing: return .unavailable(status.problem ?? "it is not there")
    case .silent(let since): return .unavailable("it does not answer since \(since.iso8601)")
    }
  }

  /// By the engine's counts, where these say that there is nothing: they may be a moment behind the journal.
  private mutating func mayHaveOpen(upTo newest: Int64) async throws(JournalError) -> Bool {
    if let engine = sources.board.engine, engine.counters.pendingByFolder[folder, default: 0] == 0 { return false }
    return try await hasOpen(upTo: newest)
  }

  private func mayHaveParked(upTo newest: Int64) async throws(JournalError) -> Int {
    if sources.board.engine?.counters.byState[.parked] == 0 { return 0 }
    return try await sources.journal.parkedCount(upTo: newest, folder: folder)
  }

  /// By the journal alone. What goes from one of both states to the other meanwhile is met in one of the three looks.
  private mutating func isDone(upTo newest: Int64) async throws(JournalError) -> Bool {
    guard try await sources.journal.parkedCount(upTo: newest, folder: folder) == 0 else { return false }
    oldestOpen = 0
    guard try await !hasOpen(upTo: newest) else { return false }
    return try await sources.journal.parkedCount(upTo: newest, folder: folder) == 0
  }

  private mutating func hasOpen(upTo newest: Int64) async throws(JournalError) -> Bool {
    while oldestOpen <= newest {
      let end = min(newest + 1, oldestOpen + Self.window)
      if let found = try await sources.journal.oldestOpen(in: oldestOpen..<end, folder: folder) {
        oldestOpen = found.number
        return true
      }
      // Where the next one of any folder is.
      guard let next = try await sources.journal.oldestOpen(from: end) else { break }
      oldestOpen = next.number
    }
    oldestOpen = newest + 1
    return false
  }

  // MARK: The end

  func report(_ isShown: (PathKey, Audience?) -> Bool) async -> ControlWaitEnd.Folder {
    var report = ControlWaitEnd.Folder(folder: folder, stage: state.word, reason: state.reason)
    if case .settling(let files, let first)? = survey?.progress, state != .done, newest == nil {
      report.missingCount = files
      report.missing = first.map { missing in
        let path = isShown(PathKey(folder: folder, path: missing.path), nil) ? Self.text(missing.path) : nil
        return ControlWaitEnd.File(path: path, state: "settling", reason: missing.hindrance.text)
      }
    }
    guard let newest else { return report }
    if state != .done {
      let left = (try? await sources.journal.unfinished(upTo: newest, folder: folder, limit: Self.named)) ?? []
      report.missing = left.prefix(Self.named).map { file($0, isShown) }
    }
    for (state, path) in [(DeliveryState.withdrawn, \ControlWaitEnd.Folder.withdrawn), (.rejected, \.rejected)] {
      let found = try? await sources.journal.ended(
        state, since: since, upTo: newest, folder: folder, limit: Self.named)
      guard let found, found.count > 0 else { continue }
      report[keyPath: path] = ControlWaitEnd.Ended(count: found.count, first: found.first.map { file($0, isShown) })
    }
    return report
  }

  private func file(_ delivery: Delivery, _ isShown: (PathKey, Audience?) -> Bool) -> ControlWaitEnd.File {
    let isShown = isShown(PathKey(folder: folder, path: delivery.file.path), delivery.file.audience)
    return ControlWaitEnd.File(
      number: delivery.number, path: isShown ? Self.text(delivery.file.path) : nil, state: delivery.state.rawValue,
      reason: isShown ? delivery.lastError : nil)
  }

  private static func text(_ path: RelativePath) -> String { path.utf8Text ?? path.escaped }
}
