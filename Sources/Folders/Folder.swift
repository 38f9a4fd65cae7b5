import DeliveryModel
import Synchronization
import SystemSupport

/// A drop folder: a directory, the one thread that works in it, and all that is known of it.
///
/// Below stands, in this order, what happens to a file from the first event to the last word about it. Each part has the
/// directory of its name:
///
/// 1. `Watching`, `Events` and `Names`: kernel events and scans find a name, and rules say whether it is a document's.
/// 2. `Settling`: the file comes to rest, with evidence that nobody writes to it any more.
/// 3. `Handover`: the journal gets it, durably; until then the folder keeps it.
/// 4. `Checking` and `Savers`: the delivery engine has it read on ``runner``, where it is judged by the folder's rules, and
///    who saved it is asked.
/// 5. `FollowUp`: what was delivered or refused is moved, deleted, given a receipt or a note.
/// 6. `Page`: the folder's page says how all of this stands.
///
/// `Runner` is the thread, `Places` are the directories in which all this happens. Whatever may block in the directory is
/// done by ``runner``, or on its lane where it takes long, and no other folder ever waits for it.
package final class Folder: Sendable {
  /// The thread, and who waits for it.
  package let runner: FolderRunner
  /// Rings when something is to be done about a file that was delivered or refused.
  let followUps = WorkSignal()
  /// What is known of the page that stands in the directory.
  let page = StandingPage()
  private let commands = Mutex<[Command]>([])
  /// Nil until it is watched for the first time.
  private let published = Mutex<FolderWatchStatus?>(nil)
  private let watching = Atomic(false)
  private let asked = Mutex(Asked())

  /// The survey that was asked for last, as long as anybody wants it.
  private struct Asked {
    weak var survey: SnapshotSurvey?
  }

  package var name: String { runner.folder }
  package var path: String { runner.path }

  /// Starts the thread. `seam` stands before its file calls, in a test.
  ///
  /// - Throws: where there is no descriptor or thread to be had.
  init(name: String, path: String, supervision: Supervision, seam: FileCallSeam?) throws(SystemCallError) {
    runner = try FolderRunner(folder: name, path: path, supervision: supervision)
    let folder = self
    try BlockingThread(named: "folder") {
      seam?.install()
      FolderLoop(folder).run()
      FileCallSeam.remove()
    }.detach()
  }

  /// It is in the configuration no more. Nobody waits for the thread.
  func end() { runner.end() }

  // MARK: Presence

  /// How the folder stands; nil until it is watched. The thread says so; while that hangs, what it said last.
  package var status: FolderWatchStatus? {
    guard var status = published.withLock({ $0 }) else { return nil }
    if let since = runner.activity.silentSince { status.presence = .silent(since: since) }
    status.readingSilentSince = [runner.reading, runner.longReading].compactMap(\.silentSince).min()
    return status
  }

  /// The folder's thread says how it stands. Whether that is news.
  func publish(_ status: FolderWatchStatus) -> Bool {
    published.withLock { published in
      defer { published = status }
      return published != status
    }
  }

  /// Whether something is at its place, and answers.
  var isAvailable: Bool { status?.available ?? false }

  // MARK: 1 and 2: watching, settling

  /// What the thread is to do about the watching. A command to a thread that watches nothing is forgotten.
  enum Command: Sendable {
    case watch(WatchedFolder, WatchServices)
    /// `done` is called on the thread, once nothing is watched.
    case unwatch(done: @Sendable () -> Void)
    case update(WatchedFolder)
    case rescan
    case survey(SnapshotSurvey)
    /// Something was mounted or unmounted somewhere.
    case checkRoot
    /// Another folder has come or gone, which may have a directory of this one.
    case neighboursChanged
    /// The files of a batch that the receiver has.
    case accepted([SettledFile], FolderFindings?)
    case resettle(RelativePath, isNew: Bool)
    case take(RelativePath, answer: @Sendable (TakeOutcome) -> Void)
    /// For tests: events as if the kernel had written them.
    case inject([UInt8])
    /// For tests: whether what the kernel writes is thrown away.
    case discard(Bool)
  }

  /// Watches it from now on, or goes on with other settings.
  func watch(_ settings: WatchedFolder, _ services: WatchServices) {
    if watching.exchange(true, ordering: .acquiringAndReleasing) { return post(.update(settings)) }
    let mode: WatchMode = settings.mode == .poll ? .poll : .inotify
    published.withLock { $0 = FolderWatchStatus(name: name, path: path, mode: mode) }
    post(.watch(settings, services))
  }

  /// Asks whether all that lies here now is durable. Those who ask before the thread has heard of it share one.
  func survey() -> SnapshotSurvey {
    let (survey, isNew) = asked.withLock { asked -> (SnapshotSurvey, Bool) in
      if let survey = asked.survey, !survey.isTaken { return (survey, false) }
      let survey = SnapshotSurvey()
      asked.survey = survey
      return (survey, true)
    }
    if isNew { post(.survey(survey)) }
    return survey
  }

  /// The thread watches it no more.
  func watchingHasEnded() { watching.store(false, ordering: .releasing) }

  var isWatched: Bool { watching.load(ordering: .acquiring) }

  func post(_ command: Command) {
    commands.withLock { $0.append(command) }
    runner.wake.signal()
  }

  /// The thread's own.
  func takeCommands() -> [Command] {
    commands.withLock { commands in
      defer { commands = [] }
      return commands
    }
  }

  // MARK: 3: handing over

  /// The receiver has these: the folder forgets them, and hands over what has settled meanwhile.
  func accepted(_ files: [SettledFile], _ findings: FolderFindings? = nil) { post(.accepted(files, findings)) }

  // MARK: 5: what follows a delivery, once the engine has read and sent it

  /// Moves, deletes and writes what is due, from the journal, until the task is cancelled. Once at a time.
  func followUp(_ services: FolderServices) async throws {
    let work = FollowUps(folder: self, services: services)
    while !Task.isCancelled {
      let due = followUps.count
      let next = try await work.doAllDue()
      followUps.serve(due)
      services.display.touch()
      await followUps.wait(FollowUps.pause(until: next))
    }
  }

  // MARK: 6: the page

  /// Keeps the page, or looks after one that is kept no more, until the task is cancelled. Once at a time.
  func keepPage(_ services: FolderServices) async {
    var work = PageKeeping(folder: self, services: services)
    while !Task.isCancelled {
      let pause = await work.doDue()
      await page.news.wait(pause)
    }
    // It was watched no more from that moment on, and nobody keeps its page.
    if runner.isEnded { await work.leave() }
  }

  /// The daemon ends: the page says that nothing is delivered now.
  func sayStopped(_ services: FolderServices) async {
    _ = await PageKeeping(folder: self, services: services).renew(isStopped: true)
  }
}
