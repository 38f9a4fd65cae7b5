import DaemonConfiguration
import DeliveryModel
import FolderFeedback
import Glibc
import Logging
import SystemSupport

/// Does errands of one folder, one page at a time; blocks, on the folder's thread. What it answers is then made durable: a crash in between does each again,
/// and every one of them finds what was done.
struct ErrandRunner {
  let settings: ConfiguredFolders
  let tables: KnownTables
  private let register: PlaceRegister?
  private let moments: ErrandMoments
  /// The folder's file system is not mounted at the moment.
  private let isAway: Bool
  /// Called after each task: the folder answers.
  private let comeOn: @Sendable () -> Void
  private var report = ErrandReport()
  private var served: ServedPlaces
  /// By the folder's path.
  private var places: [String: ProtectedDirectories] = [:]
  /// Directories whose names changed: forced to the disk before the journal says that it is done.
  private var touched: Set<PathKey> = []

  init(
    _ settings: ConfiguredFolders, tables: KnownTables, register: PlaceRegister? = nil, moments: ErrandMoments,
    isAway: Bool, comeOn: @escaping @Sendable () -> Void = {}
  ) {
    self.settings = settings
    self.tables = tables
    self.register = register
    self.moments = moments
    self.isAway = isAway
    self.comeOn = comeOn
    served = ServedPlaces(settings)
  }

  private var now: Timestamp { moments.now }

  private static let retry = RetrySchedule(base: .seconds(15), cap: .seconds(3600))
  private static let openFilePause = Duration.seconds(30)
  private static let clockPause = Duration.seconds(300)

  func run(_ page: [FolderTask]) -> ErrandReport {
    var copy = self
    // Receipts first: they tell of files by what the journal knows, wherever these are by then.
    let receipts = Dictionary(grouping: page.filter { $0.errand.kind == .receipt }, by: \.directory)
    for tasks in receipts.values { copy.attempt(tasks) { try $0.writeReceipts(tasks, $1, $2) } }
    for task in page where task.errand.kind == .reject { copy.attempt([task]) { try $0.reject(task, $1, $2) } }
    for task in page where task.errand.kind == .dispose { copy.attempt([task]) { try $0.dispose(task, $1, $2) } }
    for task in page where task.errand.kind == .tidy { copy.attempt([task]) { try $0.tidy(task, $2) } }
    copy.synchronize()
    return copy.report
  }

  /// Tasks about files of one directory. Where that is not watched now, they wait as deliveries do.
  private mutating func attempt(
    _ tasks: [FolderTask], _ work: (inout ErrandRunner, FolderSettings, ProtectedDirectories) throws -> Void
  ) {
    guard let file = tasks.first?.delivery.file else { return }
    let (folder, root): (FolderSettings, RootDirectory)
    defer { comeOn() }
    switch served.place(of: file) {
    case .served(let found, let directory): (folder, root) = (found, directory)
    case .waits(let reason), .away(let reason):
      for task in tasks { wait(task, reason) }
      return
    }
    let name = settings.folders.first { $0.path.utf8.elementsEqual(root.path.utf8) }?.name ?? folder.name
    do {
      let places = places[root.path] ?? ProtectedDirectories(root)
      self.places[root.path] = places
      if isAway { try makeSure(that: tasks, areAbout: root) }
      let place = place(for: tasks, folder)
      if let place { _ = try register?.claim(place, of: folder.name, in: root) }
      try work(&self, folder, places)
      if let place { register?.mark(place, in: root) }
    } catch {
      let reason = error as? SystemCallError ?? SystemCallError(call: "errand", code: EIO)
      for task in tasks { fail(task, folder.serving(name: name, key: nil), reason) }
    }
  }

  /// The place that these tasks put something into now; nil for one that was decided on under other settings.
  private func place(for tasks: [FolderTask], _ folder: FolderSettings) -> OwnPlace? {
    guard let errand = tasks.first?.errand, let place = folder.place(for: errand.kind) else { return nil }
    guard let target = errand.target else { return place }
    return target.bytes.starts(with: place.path.bytes + [UInt8(ascii: "/")]) ? place : nil
  }

  /// A file that lies on the file system that is not mounted is neither gone, nor is its receipt to be written here.
  private func makeSure(that tasks: [FolderTask], areAbout root: RootDirectory) throws(SystemCallError) {
    let device = try root.status(of: .root).identity.device
    guard tasks.contains(where: { $0.delivery.file.identity.device != device }) else { return }
    throw SystemCallError(call: "fstat", code: ENODEV, path: Array(root.path.utf8))
  }

  private mutating func dispose(
    _ task: FolderTask, _ folder: FolderSettings, _ places: ProtectedDirectories
  ) throws {
    let file = task.delivery.file
    guard let target = task.errand.target else {
      if folder.afterUpload == .keep { return end(task) }
      throw SystemCallError(call: "openat2", code: ENOENT)
    }
    let deletes = folder.afterUpload == .delete
    if deletes, folder.deleteAfter > .zero, let uploaded = task.delivery.receipt?.uploaded,
      !moments.isCertain(folder.deleteAfter, after: uploaded)
    {
      return later(task, "it is deleted once a service has confirmed the machine's clock", after: Self.clockPause)
    }
    let beside = ErrandPlanner.workplace(of: task.errand, in: file.path.directory)
    let disposal = FileDisposal(
      places: places, path: file.path, identity: identity(of: file, target, places.root), target: target,
      deletes: deletes)
    switch try outcome(of: disposal) {
    case .done:
      touched.insert(PathKey(folder: places.root.path, path: file.path.directory))
      touched.insert(PathKey(folder: places.root.path, path: target.directory))
      let what: String = deletes ? "deleted" : "moved to \(target.escaped)"
      report.note(.info, "\(file.folder)/\(file.path.escaped): delivered, \(what)", task.delivery)
      end(task)
    case .gone: end(task)
    case .changed:
      report.note(.info, "\(file.folder)/\(file.path.escaped) is no longer what was delivered: it stays", task.delivery)
      end(task)
    case .inUse: later(task, "somebody has the file open for writing", after: Self.openFilePause)
    case .taken where folder.afterUpload == .keep: end(task)
    case .taken where deletes && target == beside && !file.path.directory.bytes.isEmpty:
      // The folder's own workplace cannot be reached from there.
      throw SystemCallError(call: "renameat2", code: EEXIST)
    case .taken: try planAnew(task, places)
    case .apart:
      guard deletes, beside != target else { throw SystemCallError(call: "renameat2", code: EXDEV) }
      report.changes.append(task.change(.planned(.dispose, target: beside)))
    }
  }

  /// What the file is to be compared with. Where its inode number is not kept, that of the file which is there now counts,
  /// if it is the same in all else.
  private func identity(of file: SettledFile, _ target: RelativePath, _ root: RootDirectory) -> FileIdentity {
    var identity = file.identity
    guard identity.inode == 0 else { return identity }
    for path in [file.path, target] {
      guard let now = (try? root.status(of: path))?.identity, now.size == identity.size,
        now.modified == identity.modified
      else { continue }
      identity.inode = now.inode
      break
    }
    return identity
  }

  /// A directory with other rights in the way is like a name that is taken.
  private func outcome(of disposal: FileDisposal) throws -> FileDisposal.Outcome {
    do {
      return try disposal.run()
    } catch .differs {
      return .taken
    }
  }

  /// Something stands at its target by now. Where no other can be found, it is tried again later.
  private mutating func planAnew(_ task: FolderTask, _ places: ProtectedDirectories) throws {
    guard let other = ErrandPlanner(settings).target(of: task), other != task.errand.target else {
      guard let target = task.errand.target, (try? places.root.status(of: target)) == nil
      else { throw SystemCallError(call: "renameat2", code: EEXIST) }
      throw SystemCallError.differs
    }
    report.changes.append(task.change(.planned(task.errand.kind, target: other)))
  }

  private mutating func reject(
    _ task: FolderTask, _ folder: FolderSettings, _ places: ProtectedDirectories
  ) throws {
    let file = task.delivery.file
    guard let target = task.errand.target else { throw SystemCallError(call: "openat2", code: ENOENT) }
    let disposal = FileDisposal(
      places: places, path: file.path, identity: identity(of: file, target, places.root), target: target,
      deletes: false)
    switch try outcome(of: disposal) {
    case .done:
      touched.insert(PathKey(folder: places.root.path, path: file.path.directory))
      try NoteFile(delivery: task.delivery, target: target, root: places.root).write(in: folder.words)
      end(task)
    case .gone, .changed: end(task)
    case .inUse: later(task, "somebody has the file open for writing", after: Self.openFilePause)
    case .taken: try planAnew(task, places)
    case .apart: throw SystemCallError(call: "renameat2", code: EXDEV)
    }
  }

  /// Its file was judged anew: the note goes unless a refused file stands beside it still.
  private mutating func tidy(_ task: FolderTask, _ places: ProtectedDirectories) throws {
    guard let target = task.errand.target else { return end(task) }
    switch try NoteFile(delivery: task.delivery, target: target, root: places.root).remove() {
    case .stays:
      report.changes.append(task.change(.dropped(.tidy)))
      tell(task, nil)
    case .removed:
      touched.insert(PathKey(folder: places.root.path, path: target.directory))
      end(task)
    case .none: end(task)
    }
  }

  mutating func end(_ task: FolderTask) {
    report.changes.append(task.change(.ended(task.errand.kind, at: now)))
    tell(task, nil)
  }

  private mutating func tell(_ task: FolderTask, _ trouble: String?) {
    report.outcomes.append(
      FollowUpTroubles.Outcome(
        folder: task.delivery.file.folder, number: task.errand.number, kind: task.errand.kind, reason: trouble))
  }

  private mutating func later(_ task: FolderTask, _ reason: String, after pause: Duration) {
    report.changes.append(task.change(.failed(task.errand.kind, reason: reason, nextAttempt: now + pause)))
  }

  /// Its directory is out of the configuration at this moment; a reload asks for it at once.
  private mutating func wait(_ task: FolderTask, _ reason: String) {
    let pause = Self.retry.delay(afterFailures: task.errand.tries + 1, random: 0.5, retryAfter: nil)
    later(task, reason, after: pause)
    guard task.errand.tries == 0 else { return }
    let what = "what is to be done about it in its folder waits"
    report.note(
      .warning, "\(task.delivery.file.folder)/\(task.delivery.file.path.escaped): \(what): \(reason)", task.delivery,
      code: "folder")
  }

  private mutating func fail(_ task: FolderTask, _ folder: FolderSettings, _ error: SystemCallError) {
    let pause = Self.retry.delay(afterFailures: task.errand.tries + 1, random: 0.5, retryAfter: nil)
    let trouble = FolderTrouble(task.errand.kind, folder: folder, error: error).text
    later(task, trouble, after: pause)
    tell(task, trouble)
    report.note(.warning, "\(trouble); tried again in \(pause.brief)", task.delivery, code: "folder")
  }

  /// Best effort: where the names are lost in a power cut, the file stands where it stood, which is known.
  private func synchronize() {
    for place in touched {
      guard let root = places[place.folder]?.root, let directory = try? root.location(place.path) else { continue }
      try? directory.synchronize()
    }
    let workplace = Array(FolderSettings.workplace.bytes)
    for place in touched where place.path != FolderSettings.workplace && place.path.name.elementsEqual(workplace) {
      try? places[place.folder]?.root.existingLocation(place.path.directory)?.removeDirectory(workplace)
    }
    for folder in places.values { try? folder.root.location(.root).removeDirectory(workplace) }
  }
}
