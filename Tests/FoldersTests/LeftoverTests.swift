import DeliveryModel
import Glibc
import Synchronization
import SystemSupport
import TestSupport
import Testing

@testable import Folders

@Suite("Files that a rule about names passes over and that stay")
struct LeftoverTests {
  private let start = MonotonicInstant(nanoseconds: 0)
  private let rule = NameRule(pattern: "*.tmp", programs: "many programs", kind: .unfinished)

  private func path(_ name: String) -> RelativePath { RelativePath(unchecked: Array(name.utf8)) }

  private func leftover(_ name: String, _ kind: NameRule.Kind = .unfinished) -> Leftover {
    Leftover(
      path: path(name), rule: NameRule(pattern: "x", programs: "x", kind: kind), since: Timestamp(milliseconds: 0))
  }

  // MARK: The list

  @Test("a name is looked at half an hour after its last event, once")
  func due() {
    var tracker = LeftoverTracker()
    tracker.note(path("a.tmp"), at: start)
    #expect(tracker.next(at: start + .seconds(1799)) == nil)
    tracker.note(path("a.tmp"), at: start + .seconds(1000))
    #expect(tracker.next(at: start + .seconds(1801)) == nil)
    #expect(tracker.next(at: start + .seconds(2800)) == path("a.tmp"))
    #expect(tracker.next(at: start + .seconds(9000)) == nil && tracker.nextDeadline == nil)
    tracker.note(path("b.tmp"), at: start)
    tracker.forget(path("b.tmp"))
    #expect(tracker.next(at: start + .seconds(9000)) == nil)
  }

  @Test("what changes or goes is no leftover any more; a directory takes those in it along")
  func changes() {
    var tracker = LeftoverTracker()
    for name in ["a", "d/b", "d/c", "dd"] { tracker.add(leftover(name), changed: 1, isCounted: false) }
    #expect(tracker.list().map(\.path.escaped) == ["a", "d/b", "d/c", "dd"])
    tracker.note(path("a"), at: start)
    tracker.forget(below: path("d"))
    #expect(tracker.list().map(\.path.escaped) == ["dd"] && tracker.count == 1)
  }

  @Test("what may be a document comes first, what a system keeps for itself last")
  func order() {
    var tracker = LeftoverTracker()
    tracker.add(leftover("a", .metadata), changed: 1, isCounted: false)
    tracker.add(leftover("b", .accompanying), changed: 1, isCounted: false)
    tracker.add(leftover("c"), changed: 1, isCounted: false)
    #expect(tracker.list().map(\.path.escaped) == ["c", "b", "a"])
  }

  @Test("names are kept up to a bound, and each scan of everything makes the count exact")
  func bounds() {
    var tracker = LeftoverTracker()
    let all = 3 * LeftoverTracker.namesKept
    func scan(_ numbers: some Sequence<Int>) {
      for number in numbers where !tracker.meet(path("\(number)"), changed: 1) {
        tracker.add(leftover("\(number)"), changed: 1, isCounted: true)
      }
      tracker.finishScan(isWhole: true)
    }
    scan(0..<all)
    #expect(tracker.count == all && tracker.list().count == LeftoverTracker.namesKept)
    scan(0..<all)
    #expect(tracker.count == all)
    scan(0..<10)
    #expect(tracker.count == 10)
    tracker.finishScan(isWhole: false)
    #expect(tracker.count == 10, "a scan that stopped proves nothing")
    tracker.finishScan(isWhole: true)
    #expect(tracker.count == 0)
    for number in 0..<(3 * LeftoverTracker.waitingKept) { tracker.note(path("\(number)"), at: start) }
    var due = 0
    while tracker.next(at: start + .seconds(9000)) != nil { due += 1 }
    #expect(due == LeftoverTracker.waitingKept)
  }

  @Test("events without end on one name cost one timer")
  func flood() {
    var tracker = LeftoverTracker()
    for step in 0..<10_000 { tracker.note(path("a.part"), at: start + .milliseconds(step)) }
    #expect(tracker.next(at: start + .seconds(1800)) == nil)
    #expect(tracker.next(at: start + .seconds(1811)) == path("a.part"))
    #expect(tracker.nextDeadline == nil)
  }

  // MARK: In a folder

  /// A folder at a wall clock that is so far ahead.
  private func folder(
    ahead: Duration = .seconds(3600), known: any KnownFiles = MemoryJournal(),
    _ prepare: (TemporaryDirectory) throws -> Void
  ) throws -> SteppedFolder {
    try SteppedFolder(known: known, ahead: ahead, prepare: prepare)
  }

  private func named(_ folder: SteppedFolder) -> [String] {
    folder.watcher.publish(at: .now).leftovers.map(\.path.escaped)
  }

  @Test("a scan finds those that were left alone for half an hour, whatever their bytes")
  func scanned() throws {
    let folder = try folder { directory in
      try directory.makeDirectory("Band 2.part")
      try directory.makeDirectory("x.docx.sb-1a2b3c4d-Xy12Zz")
      try directory.makeDirectory("#recycle")
      for name in [
        "Notiz.tmp", "Band 2.part/alt.tmp", "x.docx.sb-1a2b3c4d-Xy12Zz/x.docx", "#recycle/y.tmp", "a\nb.tmp",
        "fdp.\u{202e}tmp.part", "contract.pdf",
      ] {
        try directory.write("content", to: name)
      }
    }
    #expect(
      named(folder) == [
        "Band 2.part/alt.tmp", "Notiz.tmp", "a\\nb.tmp", "fdp.\\u{202e}tmp.part", "x.docx.sb-1a2b3c4d-Xy12Zz/x.docx",
      ])
    #expect(folder.watcher.publish(at: .now).ignored[.temporary] == 6)
  }

  @Test("a young one is none, until it was left alone for half an hour")
  func young() throws {
    let folder = try folder(ahead: .zero) { try $0.write("content", to: "Notiz.tmp") }
    #expect(named(folder) == [])
    folder.clock.advance(.seconds(3600))
    folder.watcher.lookAtLeftovers(at: .now + .seconds(1800))
    #expect(named(folder) == ["Notiz.tmp"])
  }

  @Test("one that a program holds open for writing is none")
  func heldOpen() throws {
    var descriptor: Int32 = -1
    let folder = try folder { directory in
      descriptor = open(directory.path + "/film.part", O_WRONLY | O_CREAT, 0o600)
    }
    #expect(named(folder) == [])
    close(descriptor)
    folder.clock.advance(.seconds(3600))
    folder.watcher.lookAtLeftovers(at: .now + .seconds(7200))
    #expect(named(folder) == ["film.part"])
  }

  @Test("one that is renamed, removed or written again is none any more")
  func leaves() throws {
    let folder = try folder { directory in
      for name in ["a.tmp", "b.tmp", "c.tmp"] { try directory.write("content", to: name) }
    }
    #expect(named(folder).count == 3)
    rename(folder.directory.path + "/a.tmp", folder.directory.path + "/a.pdf")
    try folder.directory.remove("b.tmp")
    try folder.directory.write("more", to: "c.tmp")
    folder.takeEvents()
    #expect(named(folder) == [])
    #expect(folder.watcher.tracker.contains(path("a.pdf")))
  }

  @Test("what exclude or include leaves out is none, nor is what was delivered")
  func notLeftOver() throws {
    let known = MemoryJournal()
    let first = try folder(known: known) { try $0.write("content", to: "a.tmp") }
    let identity = try first.watcher.root?.status(of: path("a.tmp")).identity
    known.add([
      SettledFile(
        folder: "inbox", path: path("a.tmp"), identity: try #require(identity), owner: 0, received: WallClock.now,
        settled: WallClock.now, evidence: .lease, discovery: .event)
    ])
    first.watcher.nextScan = nil
    first.watcher.leftovers = LeftoverTracker()
    first.watcher.scans.requestWhole(.rescan)
    first.scan()
    #expect(named(first) == [])
    let excluded = try SteppedFolder(ahead: .seconds(3600), exclude: ["*.tmp"]) {
      try $0.write("content", to: "a.tmp")
    }
    #expect(named(excluded) == [])
    #expect(excluded.watcher.publish(at: .now).ignored == [.excluded: 1])
  }

  @Test("people's file under a name that the daemon keeps for itself is one, and an order delivers it")
  func ownName() throws {
    let folder = try folder { directory in
      try directory.write("document", to: "_status.html")
    }
    // It was a document like others before the daemon wanted the name.
    let before = folder.watcher.settled.count
    folder.watcher.rules.reserve(path("_status.html"))
    folder.watcher.leftovers.note(path("_status.html"), at: start)
    folder.watcher.lookAtLeftovers(at: .now)
    #expect(named(folder) == ["_status.html"])
    let answers = Answers()
    folder.watcher.take(path("_status.html"), at: .now) { answers.add($0) }
    folder.watcher.settleDue(at: .now + .seconds(10))
    folder.watcher.settleDue(at: .now + .seconds(20))
    #expect(folder.watcher.settled.dropFirst(before).map(\.path) == [path("_status.html")])
  }

  // MARK: Orders

  /// What the watcher answered, in order.
  private final class Answers: Sendable {
    private let list = Mutex<[TakeOutcome]>([])
    var all: [TakeOutcome] { list.withLock { $0 } }
    func add(_ outcome: TakeOutcome) { list.withLock { $0.append(outcome) } }
  }

  @Test("an order delivers the file, and is answered once it is in the journal")
  func taken() throws {
    let folder = try folder { try $0.write("content", to: "Notiz.tmp") }
    let answers = Answers()
    let name = path("Notiz.tmp")
    folder.watcher.take(name, at: .now) { answers.add($0) }
    folder.watcher.take(name, at: .now) { answers.add($0) }  // the same again, as long as there is no answer
    folder.watcher.settleDue(at: .now + .seconds(10))
    folder.watcher.settleDue(at: .now + .seconds(20))
    #expect(folder.watcher.settled.map(\.path) == [name])
    #expect(answers.all.isEmpty)
    for file in folder.watcher.settled { folder.watcher.accepted(file, at: .now) }
    #expect(answers.all == [.accepted])
    #expect(named(folder) == [])
  }

  @Test("an order for what is not there, or is in the way of the configuration, says so")
  func refused() throws {
    let folder = try SteppedFolder(ahead: .zero, exclude: ["*.bak"]) { directory in
      try directory.write("content", to: "a.bak")
      try directory.makeDirectory("d.tmp")
    }
    let answers = Answers()
    for name in ["gone.tmp", "a.bak", "d.tmp"] { folder.watcher.take(path(name), at: .now) { answers.add($0) } }
    #expect(answers.all == [.noFile, .refused(.excluded), .noFile])
  }

  @Test("an order whose file goes while it settles is answered when it is given again")
  func goneMeanwhile() throws {
    let folder = try folder { try $0.write("content", to: "a.tmp") }
    let answers = Answers()
    folder.watcher.take(path("a.tmp"), at: .now) { answers.add($0) }
    try folder.directory.remove("a.tmp")
    folder.takeEvents()
    folder.watcher.take(path("a.tmp"), at: .now) { answers.add($0) }
    #expect(answers.all == [.noFile])
  }
}
