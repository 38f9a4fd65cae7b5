import DeliveryModel
import TestSupport
import Testing

@testable import ControlSocket

@Suite("Requests on the control socket")
struct ControlRequestTests {
  @Test(
    "a request reads back what it was written from",
    arguments: [
      ControlRequest.status, .watch, .retry(.all), .retry(.folder("inbox \"x\"\n")), .retry(.numbers([12, .max])),
      .wait(folder: nil, timeout: nil), .wait(folder: "inbox", timeout: .seconds(90)),
      .wait(folder: nil, timeout: .zero),
      .dismiss([12, 13]), .take(folder: "inbox", path: RelativePath(unchecked: Array("a/b.tmp".utf8))),
      .take(folder: "inbox", path: RelativePath(unchecked: [0xff, 0xfe, 0x0a, 0x2e])),
    ])
  func roundTrip(request: ControlRequest) throws {
    let line = try request.line()
    #expect(line.last == UInt8(ascii: "\n") && line.dropLast().allSatisfy { $0 != UInt8(ascii: "\n") })
    #expect(try ControlRequest(line: Array(line.dropLast())) == request)
  }

  @Test("the names are an interface")
  func interface() throws {
    #expect(try read(#"{"v":1,"ask":"retry","numbers":[12,13],"more":{}}"#) == .retry(.numbers([12, 13])))
    #expect(try read(#"{"ask":"retry","v":1,"all":true}"#) == .retry(.all))
    #expect(try read(#"{"v":1,"ask":"retry","folder":"inbox"}"#) == .retry(.folder("inbox")))
    let path = RelativePath(unchecked: [0xff])
    #expect(try read(#"{"v":1,"ask":"take","folder":"inbox","path_raw":"/w=="}"#) == .take(folder: "inbox", path: path))
  }

  @Test(
    "what is none is refused with the reason",
    arguments: [
      ("", ControlRefusal.Code.badRequest), ("status", .badRequest), ("[]", .badRequest), ("{}", .badRequest),
      (#"{"v":1}"#, .badRequest), (#"{"v":2,"ask":"status"}"#, .badVersion),
      (#"{"v":1,"ask":"stop"}"#, .unknownRequest),
      (#"{"v":1,"ask":"retry"}"#, .badRequest), (#"{"v":1,"ask":"retry","numbers":[]}"#, .badRequest),
      (#"{"v":1,"ask":"retry","all":true,"numbers":[1]}"#, .badRequest),
      (#"{"v":1,"ask":"retry","numbers":[1e400]}"#, .badRequest), (#"{"v":1,"ask":"dismiss","all":true}"#, .badRequest),
      (#"{"v":1,"ask":"take","folder":"in","path":"../x"}"#, .badRequest),
      (#"{"v":1,"ask":"take","folder":"in","path":""}"#, .badRequest),
      (#"{"v":1,"ask":"take","folder":"in","path":"a//b"}"#, .badRequest),
      (#"{"v":1,"ask":"take","folder":"in","path":"/a"}"#, .badRequest),
      (#"{"v":1,"ask":"take","folder":"in","path":"\#(String(repeating: "x", count: 256))"}"#, .badRequest),
      (#"{"v":1,"ask":"take","folder":"in","path":"\#(String(repeating: "x/", count: 2048))x"}"#, .badRequest),
      (#"{"v":1,"ask":"take","folder":"in","path_raw":"?"}"#, .badRequest),
      (#"{"v":1,"ask":"wait","timeout":-1}"#, .badRequest), (#"{"v":1,"ask":"wait","timeout":1e300}"#, .badRequest),
    ])
  func refused(text: String, code: ControlRefusal.Code) {
    #expect { try read(text) } throws: { ($0 as? ControlRefusal)?.error == code }
  }

  @Test("so many numbers and no more")
  func numbers() throws {
    let most = Array(1...Int64(ControlRequest.numberLimit))
    #expect(try ControlRequest(line: Array(ControlRequest.dismiss(most).line().dropLast())) == .dismiss(most))
    let line = try ControlRequest.dismiss(most + [0]).line()
    #expect(throws: ControlRefusal.self) { try ControlRequest(line: Array(line.dropLast())) }
  }

  @Test("bytes from strangers are refused, never more")
  func hostile() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<500 {
      let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      #expect(throws: ControlRefusal.self) { try ControlRequest(line: bytes) }
    }
    let nest = [UInt8](repeating: UInt8(ascii: "["), count: ControlProtocol.requestLimit)
    #expect(throws: ControlRefusal.self) { try ControlRequest(line: nest) }
  }

  private func read(_ text: String) throws -> ControlRequest { try ControlRequest(line: Array(text.utf8)) }
}

@Suite("Lines from pieces")
struct LineAssemblerTests {
  @Test("however they are cut", arguments: [1, 2, 3, 7, 100])
  func pieces(size: Int) {
    let text = Array("one\r\n\ntwo three\nrest".utf8)
    var lines = LineAssembler(limit: 20)
    var found: [String] = []
    for start in stride(from: 0, to: text.count, by: size) {
      lines.append(Array(text[start..<min(text.count, start + size)]))
      while case .line(let line) = lines.next() { found.append(String(decoding: line, as: UTF8.self)) }
    }
    #expect(found == ["one", "", "two three"])
    #expect(lines.next() == .partial && !lines.isEmpty)
  }

  @Test("one may have so many bytes, fed one by one, and no more")
  func limit() {
    var lines = LineAssembler(limit: 1000)
    for _ in 0..<1000 { lines.append([UInt8(ascii: "x")]) }
    #expect(lines.next() == .partial)
    var longer = lines
    lines.append([UInt8(ascii: "\n")])
    #expect(lines.next() == .line([UInt8](repeating: UInt8(ascii: "x"), count: 1000)))
    longer.append([UInt8(ascii: "x")])
    #expect(longer.next() == .tooLong)
    longer.append([UInt8(ascii: "\n")])
    #expect(longer.next() == .tooLong)
  }
}
