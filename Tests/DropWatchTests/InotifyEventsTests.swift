import DeliveryModel
import Testing

@testable import DropWatch

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
    #expect(table.retire(below: a) == [3])
    #expect(table.isRetired(3))
    #expect(table.end(3) == nil)
    #expect(!table.isRetired(3))
    #expect(table.end(2) == b)
    #expect(table.count == 1)
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
