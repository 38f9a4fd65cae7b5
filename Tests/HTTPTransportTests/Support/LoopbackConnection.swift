import Glibc

@testable import HTTPTransport

/// One connection of the test server.
struct LoopbackConnection {
  let socket: Int32
  let number: Int
  private var buffer: [UInt8] = []
  private var ordinal = 0
  private var bodyLength = 0

  init(socket: Int32, number: Int) {
    self.socket = socket
    self.number = number
  }

  /// The next request without its body; nil at the end.
  mutating func readHead() -> ServedRequest? {
    let end = Array("\r\n\r\n".utf8)
    var searched = 0
    while true {
      if let start = Self.find(end, in: buffer, from: searched) {
        let head = String(decoding: buffer[..<start], as: UTF8.self)
        buffer.removeFirst(start + end.count)
        return parse(head)
      }
      searched = max(0, buffer.count - 3)
      guard receive() else { return nil }
    }
  }

  /// Reads the body announced; false if the connection ends before.
  mutating func readBody(of request: inout ServedRequest) -> Bool {
    let length = request.values("content-length").first.flatMap { Int($0) } ?? 0
    while buffer.count < length {
      guard receive() else { return false }
    }
    request.body = Array(buffer[..<length])
    buffer.removeFirst(length)
    return true
  }

  /// Does what the script wants; false if the connection is to be closed.
  mutating func carryOut(_ reply: Reply) -> Bool {
    switch reply {
    case .answer(let text): return write(text)
    case .answerAndClose(let text):
      _ = write(text)
      return false
    case .endless(let text):
      while write(text) {}
      return false
    case .slowly(let pieces, let pause):
      return pieces.allSatisfy { piece in
        usleep(UInt32(pause.milliseconds) * 1000)
        return write(piece)
      }
    case .answerAndVanish(let text):
      defer { vanish() }
      return write(text)
    case .readSlowly(let rate, let text):
      return readSlowly(rate) && write(text)
    case .silence:
      let closed: Int16 = 0x2000  // POLLRDHUP, which Glibc's module leaves out
      var event = pollfd(fd: socket, events: closed, revents: 0)
      poll(&event, 1, -1)
      return false
    }
  }

  /// Makes the kernel drop every segment that arrives, unacknowledged: a filter of one instruction, "keep 0 bytes"
  /// (socket(7), SO_ATTACH_FILTER).
  private func vanish() {
    var instruction: (code: UInt16, jumps: UInt16, value: UInt32) = (0x06, 0, 0)
    withUnsafeMutablePointer(to: &instruction) { pointer in
      var program: (length: Int, code: UnsafeMutableRawPointer) = (1, UnsafeMutableRawPointer(pointer))
      setsockopt(socket, SOL_SOCKET, 26, &program, 16)
    }
  }

  /// Takes the rest of the body of the request whose head was read last.
  private mutating func readSlowly(_ rate: Int) -> Bool {
    var left = bodyLength - buffer.count
    buffer = []
    var chunk = [UInt8](repeating: 0, count: rate / 20)
    while left > 0 {
      usleep(50_000)
      let count = recv(socket, &chunk, min(left, chunk.count), 0)
      guard count > 0 else { return false }
      left -= count
    }
    return true
  }

  private mutating func parse(_ head: String) -> ServedRequest {
    var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
    let parts = lines.removeFirst().split(separator: " ")
    var request = ServedRequest()
    request.method = String(parts.first ?? "")
    request.target = String(parts.dropFirst().first ?? "")
    request.headers = lines.map { line in
      let name = line.prefix { $0 != ":" }
      return (String(name), String(line.dropFirst(name.count + 1).drop { $0 == " " }))
    }
    bodyLength = request.values("content-length").first.flatMap { Int($0) } ?? 0
    request.connection = number
    request.ordinal = ordinal
    ordinal += 1
    return request
  }

  private mutating func receive() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(socket, &chunk, chunk.count, 0)
    if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
    return count > 0
  }

  private func write(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= start + pattern.count else { return nil }
    return (start...(bytes.count - pattern.count)).first { bytes[$0...].starts(with: pattern) }
  }
}
