import DeliveryModel
import Foundation
import Glibc
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

/// Errands that cannot be done are tried again later: none is dropped, and none is tried without end.
struct ErrandRunnerTests {
  private let inbox: TemporaryDirectory
  private let root: RootDirectory
  private let settings: ConfiguredFolders

  init() throws {
    inbox = try TemporaryDirectory()
    root = try RootDirectory(inbox.path)
    settings = try Fixture.settings(inbox.path, "after_upload = \"move\"\nmove_to = \"_sent\"")
  }

  private func task(
    _ path: RelativePath, number: Int64 = 1, target: RelativePath? = nil, onAnotherDevice: Bool = false
  ) throws -> FolderTask {
    var delivery = Fixture.delivery()
    let file = try root.openFile(path)
    var identity = try file.status().identity
    identity.generation = FileGeneration.of(file.number)
    if onAnotherDevice { identity.device += 1 }
    delivery.file = SettledFile(
      folder: "inbox", path: path, identity: identity, owner: 0, received: Fixture.wall, settled: Fixture.wall,
      evidence: .lease, discovery: .event)
    return FolderTask(Errand(number: number, kind: .dispose, target: target), delivery)
  }

  private func run(_ task: FolderTask, isAway: Bool = false) -> [JournalChange] {
    ErrandRunner(settings, tables: KnownTables(), moments: ErrandMoments(now: Fixture.wall), isAway: isAway).run([task])
      .changes
  }

  private func isFailure(_ changes: [JournalChange]) -> Bool {
    guard changes.count == 1, case .errand(_, .failed(.dispose, _, let next)) = changes[0] else { return false }
    return next > Fixture.wall
  }

  private func add(_ name: String, in directory: RelativePath) throws {
    let place = try ProtectedDirectories(root).open(directory, like: .root)
    try place.location.add(
      Array(name.utf8), with: Array("x".utf8), readers: try place.location.rights())
  }

  @Test("where no free name can be found, moving waits: the same name is not tried again and again")
  func noFreeName() throws {
    // So deep that below `_sent` nobody can ask by its path whether a name is taken.
    let lengths = Array(repeating: 255, count: 15) + [248]
    let deep = lengths.map { String(repeating: "d", count: $0) }.joined(separator: "/")
    try add("a.pdf", in: Fixture.path(deep))
    let task = try task(Fixture.path(deep + "/a.pdf"))
    let planned = ErrandPlanner(settings).plan([task]).page[0]
    let target = try #require(planned.errand.target)
    try #require(target.bytes.count > 4096)
    try add("a.pdf", in: target.directory)
    let isTriedLater = isFailure(run(planned))
    #expect(isTriedLater)
  }

  @Test("a file whose place could not be decided on, as its folder was away, is moved later")
  func undecided() throws {
    try inbox.write("x", to: "a.pdf")
    let isTriedLater = isFailure(run(try task(Fixture.path("a.pdf"))))
    #expect(isTriedLater)
  }

  @Test("a file on a file system that is not mounted is not gone; what was saved in its place is moved all the same")
  func unmounted() throws {
    for name in ["mounted.pdf", "meanwhile.pdf"] { try inbox.write("x", to: name) }
    let away = try task(
      Fixture.path("mounted.pdf"), target: Fixture.path("_sent/mounted.pdf"), onAnotherDevice: true)
    try inbox.remove("mounted.pdf")
    let isTriedLater = isFailure(run(away, isAway: true))
    #expect(isTriedLater)
    let here = try task(Fixture.path("meanwhile.pdf"), target: Fixture.path("_sent/meanwhile.pdf"))
    #expect(run(here, isAway: true) == [here.change(.ended(.dispose, at: Fixture.wall))])
    #expect(try inbox.names == ["_sent"])
  }

  /// A journal that knows these places, of whichever directory.
  private struct Known: KnownFiles {
    var places: [OwnPlace] = []

    func known(in directory: RelativePath, folder: String) throws -> [[UInt8]: KnownFile] { [:] }
    func ownPlaces(in root: FolderRoot) throws -> [OwnPlace] { places }
  }

  @Test("a directory that people use gets no file: nothing is decided, and it is reported; an empty one is taken")
  func occupied() throws {
    try inbox.write("x", to: "a.pdf")
    try inbox.makeDirectory("_sent")
    let place = OwnPlace(.sent, Fixture.path("_sent"))
    let task = try task(Fixture.path("a.pdf"))
    let free = ErrandPlanner(settings, PlaceRegister(Known())).plan([task])
    #expect(free.claims.map(\.place) == [place])
    #expect(free.page[0].errand.target == Fixture.path("_sent/a.pdf"))
    try inbox.write("x", to: "_sent/contract.pdf")
    let register = PlaceRegister(Known())
    let plan = ErrandPlanner(settings, register).plan([task])
    #expect(plan.claims.isEmpty && plan.changes.isEmpty)
    #expect(plan.page[0].errand.target == nil)
    let report = ErrandRunner(
      settings, tables: KnownTables(), register: register, moments: ErrandMoments(now: Fixture.wall), isAway: false
    )
    .run(plan.page)
    #expect(isFailure(report.changes))
    #expect(report.outcomes.contains { $0.reason?.contains("take theirs away: \(inbox.path)/_sent") == true })
    #expect(try inbox.names == ["_sent", "a.pdf"])
    let known = ErrandPlanner(settings, PlaceRegister(Known(places: [place]))).plan([task])
    #expect(known.claims.isEmpty)
    #expect(known.page[0].errand.target == Fixture.path("_sent/a.pdf"))
  }

  @Test("what is due in a directory that the configuration does not watch waits, and is not ended")
  func unwatched() throws {
    try inbox.write("x", to: "a.pdf")
    var task = try task(Fixture.path("a.pdf"), target: Fixture.path("_sent/a.pdf"))
    let file = task.delivery.file
    let there = FolderRoot(path: Array("/srv/there".utf8), device: 1, inode: 2)
    task.delivery.file = SettledFile(
      folder: file.folder, path: file.path, identity: file.identity, owner: 0, received: Fixture.wall,
      settled: Fixture.wall, evidence: .lease, discovery: .event, root: there)
    #expect(isFailure(run(task)))
    // Neither where the folder itself is out of the configuration.
    task.delivery.file = SettledFile(
      folder: "gone", path: file.path, identity: file.identity, owner: 0, received: Fixture.wall,
      settled: Fixture.wall, evidence: .lease, discovery: .event)
    #expect(isFailure(run(task)))
    #expect(try inbox.names == ["a.pdf"])
  }

  /// Renames out of `HR` lead nowhere, as out of a subvolume.
  private var subvolume: FileCallSeam {
    FileCallSeam { call, path throws(SystemCallError) in
      guard call == "renameat2", path == Array("b.pdf".utf8) else { return }
      throw SystemCallError(call: call, code: EXDEV, path: path)
    }
  }

  @Test("a file in a subvolume is deleted beside where it stands, which is written down before; none is moved out")
  func subvolumes() throws {
    try inbox.makeDirectory("HR")
    try inbox.write("x", to: "HR/b.pdf")
    let delete = try Fixture.settings(inbox.path, "after_upload = \"delete\"")
    var task = try task(Fixture.path("HR/b.pdf"))
    task = ErrandPlanner(delete).plan([task]).page[0]
    subvolume.install()
    let planned = ErrandRunner(delete, tables: KnownTables(), moments: ErrandMoments(now: Fixture.wall), isAway: false)
      .run([task])
    FileCallSeam.remove()
    let beside = Fixture.path("HR/.s3loggerd/1")
    #expect(planned.changes == [task.change(.planned(.dispose, target: beside))])
    #expect(planned.outcomes.isEmpty)
    #expect(try inbox.names == ["HR"])
    task.errand.target = beside
    let done = ErrandRunner(delete, tables: KnownTables(), moments: ErrandMoments(now: Fixture.wall), isAway: false)
      .run([task])
    #expect(done.changes == [task.change(.ended(.dispose, at: Fixture.wall))])
    #expect(try root.openDirectory(Fixture.path("HR")).next() ?? [] == [])

    try inbox.write("x", to: "HR/b.pdf")
    let moving = ErrandPlanner(settings).plan([try self.task(Fixture.path("HR/b.pdf"))]).page[0]
    subvolume.install()
    let report = ErrandRunner(settings, tables: KnownTables(), moments: ErrandMoments(now: Fixture.wall), isAway: false)
      .run([moving])
    FileCallSeam.remove()
    #expect(isFailure(report.changes))
    let reason = report.outcomes.first?.reason ?? ""
    #expect(reason.contains("subvolume or file system of its own, out of which nothing can be moved; watch that"))
    #expect(try inbox.read("HR/b.pdf") == Array("x".utf8))
  }

  @Test("whatever the files of a page lie in, moving them holds no more descriptors than each folder is counted for")
  func descriptors() throws {
    var page: [FolderTask] = []
    for number in 1...20 {
      try inbox.makeDirectory("\(number)/a/b")
      try inbox.write("x", to: "\(number)/a/b/c.pdf")
      page.append(try task(Fixture.path("\(number)/a/b/c.pdf"), number: Int64(number)))
    }
    page = ErrandPlanner(settings).plan(page).page
    let most = Mutex(0)
    let seam = FileCallSeam { [path = inbox.path] _, _ in
      let held = Self.descriptors(into: path)
      most.withLock { $0 = max($0, held) }
    }
    // What the test itself holds open.
    let own = Self.descriptors(into: inbox.path)
    seam.install()
    let changes = ErrandRunner(
      settings, tables: KnownTables(), moments: ErrandMoments(now: Fixture.wall), isAway: false
    ).run(page).changes
    FileCallSeam.remove()
    #expect(changes.count == 20 && !changes.contains { isFailure([$0]) })
    let held = most.withLock { $0 } - own
    #expect(held > 3 && held <= FollowUps.descriptors)
  }

  /// How many of this process lead into a directory.
  private static func descriptors(into path: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.count { name in
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name))?.hasPrefix(path) == true
    }
  }
}
