import DeliveryModel
import TestSupport
import Testing

@testable import Folders

@Suite("Reading kernel events")
struct InotifyEventsTests {
  @Test("events are read one after the other, names without their padding")
  func parses() {
    let name = Array("a file".utf8)
    let bytes =
      InotifyEvents.encode(watch: 3, mask: InotifyEvent.closedWriting, name: name)
      + InotifyEvents.encode(watch: -1, mask: InotifyEvent.overflow)
      + InotifyEvents.encode(watch: 4, mask: InotifyEvent.create, name: [UInt8](repeating: 0x78, count: 255))
    let events = Array(InotifyEvents(bytes))
    #expect(events.map(\.watch) == [3, -1, 4])
    #expect(Array(bytes[events[0].name]) == name)
    #expect(events[1].has(InotifyEvent.overflow))
    #expect(events[1].name.isEmpty)
    #expect(events[2].name.count == 255)
  }

  @Test("a torn end is left out, at whatever byte it is torn")
  func torn() {
    let whole = InotifyEvents.encode(watch: 1, mask: InotifyEvent.create, name: Array("x".utf8))
    for length in 0..<whole.count {
      #expect(Array(InotifyEvents(whole + whole.prefix(length))).count == 1)
    }
  }

  @Test("a directory that is renamed keeps its watch under the new path, and retired watches are known")
  func table() {
    var table = WatchTable()
    let (a, b, inA) = (path("a"), path("b"), path("a/x"))
    for (watch, path) in [(1, .root), (2, a), (3, inA), (2, b)] as [(Int32, RelativePath)] {
      #expect(table.bind(watch, to: path) == nil)
    }
    #expect(table.path(of: 2) == b)
    #expect(!table.isWatched(a))
    #expect(table.path(of: 3) == path("b/x") && table.isWatched(path("b/x")), "what is in it went along")
    #expect(table.retire(below: a) == [])
    #expect(table.retire(below: path("b/x")) == [3])
    #expect(table.isRetired(3))
    #expect(table.end(3) == nil)
    #expect(!table.isRetired(3))
    #expect(table.end(2) == b)
    #expect(table.count == 1)
  }

  @Test("a directory keeps its path when the one it is in goes, and one bound below its own old place makes no circle")
  func apart() {
    var table = WatchTable()
    for (watch, path) in [(1, .root), (2, path("a")), (3, path("a/b")), (4, path("a/b/c"))] as [(Int32, RelativePath)] {
      #expect(table.bind(watch, to: path) == nil)
    }
    #expect(table.end(2) == path("a"))
    #expect(table.path(of: 4) == path("a/b/c") && table.isWatched(path("a/b")))
    #expect(table.retire(below: path("a/b")) == [3, 4])
    #expect(table.bind(5, to: path("a")) == nil && table.bind(6, to: path("a/b")) == nil)
    #expect(table.bind(5, to: path("a/b/c")) == nil)
    #expect(table.path(of: 5) == path("a/b/c") && table.path(of: 6) == path("a/b/c/b"))
    #expect(table.bind(7, to: path("a/b/c")) == 5)
    #expect(table.isRetired(5) && table.path(of: 7) == path("a/b/c"))
    table.doubt()
    table.retireDoubtful { _ in true }
    #expect(table.count == 0)
  }

  @Test("140,000 directories with long paths take the room of their names")
  func longPaths() async {
    // In a process of its own: what other tests take meanwhile is none of it.
    await #expect(processExitsWith: .success) {
      var table = WatchTable()
      let above = (0..<15).map { String(repeating: "\($0 % 10)", count: 250) }.joined(separator: "/")
      var directory = RelativePath.root
      #expect(table.bind(0, to: .root) == nil)
      for (index, name) in above.split(separator: "/").enumerated() {
        directory = directory.appending(Array(name.utf8))
        #expect(table.bind(Int32(index + 1), to: directory) == nil)
      }
      let before = ResidentMemory.bytes
      for number in Int32(100)..<140_100 { _ = table.bind(number, to: directory.appending(Array("d\(number)".utf8))) }
      let after = ResidentMemory.bytes
      #expect(after - before < 96 << 20)
      #expect(table.path(of: 100_000)?.bytes.count == directory.bytes.count + 8)
      #expect(table.weight > 140_000 * 1000)
    }
  }

  @Test("a directory that leaves costs what is in it, however many others there are", .timeLimit(.minutes(1)))
  func manyDirectories() {
    var table = WatchTable()
    #expect(table.bind(1, to: .root) == nil)
    for number in Int32(0)..<20_000 {
      #expect(table.bind(2 * number + 2, to: path("d\(number)")) == nil)
      #expect(table.bind(2 * number + 3, to: path("d\(number)/in")) == nil)
    }
    for number in Int32(0)..<20_000 {
      #expect(table.retire(below: path("d\(number)")) == [2 * number + 2, 2 * number + 3])
    }
    #expect(table.count == 1)
  }

  @Test("what does not fit in the buffer counts as an overflow, once")
  func bounded() throws {
    let source = try EventSource()
    let event = InotifyEvents.encode(watch: 1, mask: InotifyEvent.create, name: Array("x".utf8))
    let chunk = Array(repeating: event, count: 2048).flatMap { $0 }
    for _ in 0..<100 { source.append(chunk, at: instant(1)) }
    var buffer: [UInt8] = []
    #expect(source.take(&buffer).overflowed)
    #expect(buffer.count <= 4 << 20)
    #expect(buffer.count > 3 << 20)
    #expect(!source.take(&buffer).overflowed)
    #expect(buffer.isEmpty)
  }
}
