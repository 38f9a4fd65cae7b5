import HTTPTransport
import Synchronization
import Testing

@testable import Delivery

@Suite("Memory of parts that are read ahead")
struct PartMemoryTests {
  /// What files were given, in order: the file, and whether it was room.
  private final class Grants: Sendable {
    private let grants = Mutex<[(file: String, memory: BodyMemory?)]>([])

    func take(_ file: String) -> @Sendable (BodyMemory?) -> Void {
      { [self] memory in grants.withLock { $0.append((file, memory)) } }
    }

    var all: [String] { grants.withLock { $0.map { $0.file + ($0.memory == nil ? " alone" : "") } } }

    func giveBack(_ file: String) {
      let memory = grants.withLock { grants -> BodyMemory? in
        guard let index = grants.firstIndex(where: { $0.file == file && $0.memory != nil }) else { return nil }
        return grants.remove(at: index).memory
      }
      _ = memory
    }
  }

  private let memory = PartMemory()
  private let grants = Grants()
  private static let part = 16 << 20

  private func ask(_ file: String, of folder: String, _ stream: PartStream = PartStream()) {
    memory.ask(for: Self.part, folder: folder, stream: stream, grants.take(file))
  }

  @Test("one folder takes three quarters at most, and what it gives back goes to whoever of it asked first")
  func turns() {
    for file in ["a", "b", "c", "d", "e"] { ask(file, of: "inbox") }
    #expect(grants.all == ["a", "b", "c"])
    grants.giveBack("b")
    #expect(grants.all == ["a", "c", "d"])
    ask("f", of: "inbox")
    grants.giveBack("a")
    #expect(grants.all == ["c", "d", "e"])
  }

  @Test("a folder that gets no answer keeps no file of another one waiting")
  func neighbours() {
    for file in ["a", "b", "c"] { ask(file, of: "stuck") }
    ask("d", of: "inbox")
    ask("e", of: "archive")
    #expect(grants.all == ["a", "b", "c", "d", "e alone"])
    ask("f", of: "inbox")
    #expect(grants.all.count == 5, "waits for what its own folder gives back")
    grants.giveBack("d")
    #expect(grants.all.last == "f")
  }

  @Test("a file whose upload does not go on waits for nothing")
  func letGo() {
    for file in ["a", "b", "c"] { ask(file, of: "inbox") }
    let memory = memory
    let stream = PartStream { memory.review() }
    ask("d", of: "inbox", stream)
    #expect(grants.all == ["a", "b", "c"])
    stream.letGo()
    #expect(grants.all.last == "d alone")
    ask("e", of: "inbox", stream)
    #expect(grants.all.last == "e alone")
  }

  @Test("a part larger than a folder's share goes alone")
  func large() {
    memory.ask(for: 64 << 20, folder: "inbox", stream: PartStream(), grants.take("whole"))
    ask("b", of: "archive")
    #expect(grants.all == ["whole", "b alone"])
  }
}
