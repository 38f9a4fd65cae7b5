import DeliveryModel
import Glibc
import SystemSupport

/// ClamAV's daemon, asked by its socket with `INSTREAM` (clamd(8)): the content goes over the socket, so that the
/// scanner needs no right in the folder.
package struct VirusScanner: Sendable, Equatable {
  package enum Answer: Sendable, Equatable {
    case clean
    /// The name of what was found.
    case found(String)
    /// More than its `StreamMaxLength`, or than another of its limits where `AlertExceedsMax` makes it say so.
    case tooLarge
    /// It cannot be asked, or has no verdict: the file has to wait. `hadFile`: whether it had taken up this one.
    case unavailable(reason: String, hadFile: Bool)

    package var isVerdict: Bool { if case .unavailable = self { false } else { true } }
  }

  /// The absolute path of a Unix socket.
  package let path: String
  /// How long nothing may come on: no connection, no piece of the content taken, no answer.
  package let timeout: Duration

  package init(socket path: String, timeout: Duration = .seconds(120)) {
    self.path = path
    self.timeout = timeout
  }

  private static let chunk = 256 << 10

  /// Blocks until the scanner has answered, or has used up its time: see ``ScanBudget``. Throws what reading throws.
  package func scan(_ content: InspectedContent) throws -> Answer {
    var budget = ScanBudget(timeout: timeout, size: content.size, now: .now)
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
    guard number >= 0 else { return .unavailable(reason: Self.errorText, hadFile: false) }
    let connection = OwnedDescriptor(owning: number)
    if let problem = connect(connection.number, &budget) { return .unavailable(reason: problem, hadFile: false) }
    // A scanner that has heard enough closes its side, or answers before the end: its answer is there all the same.
    if try send(content, to: connection.number, &budget) { budget.progressed(now: .now) }
    return receive(from: connection.number, budget)
  }

  /// Asks about a few harmless bytes, at most so long: whether it works at all.
  package func control(within limit: Duration = .seconds(10)) -> Answer {
    let scanner = VirusScanner(socket: path, timeout: min(limit, timeout))
    let bytes = Array("s3loggerd asks whether the scanner works\n".utf8)
    return (try? scanner.scan(InspectedContent(bytes))) ?? .unavailable(reason: "", hadFile: false)
  }

  // MARK: Connecting

  /// Nil once connected, else why not. While a scanner that hangs has its queue full, a socket that does not wait says
  /// EAGAIN (unix(7)).
  private func connect(_ descriptor: Int32, _ budget: inout ScanBudget) -> String? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return "its path is too long" }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    while true {
      let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 || errno == EISCONN {
        budget.progressed(now: .now)
        return nil
      }
      guard errno == EAGAIN || errno == EINTR else { return Self.errorText }
      if budget.isUsedUp(now: .now) { return "it took no connection for \(timeout.brief)" }
      _ = DescriptorWait.ready([], until: .now + .milliseconds(20))
    }
  }

  // MARK: Sending

  /// Returns whether all was taken.
  private func send(_ content: InspectedContent, to descriptor: Int32, _ budget: inout ScanBudget) throws -> Bool {
    guard Self.write(Array("zINSTREAM\0".utf8), to: descriptor, &budget) else { return false }
    var offset: Int64 = 0
    while offset < content.size {
      let begun = MonotonicInstant.now
      let bytes = try content.read(offset, Self.chunk)
      // That is the disk's time, not the scanner's.
      budget.paused(from: begun, to: .now)
      if bytes.isEmpty { break }
      guard Self.write(Self.length(bytes.count) + bytes, to: descriptor, &budget) else { return false }
      offset += Int64(bytes.count)
    }
    return Self.write(Self.length(0), to: descriptor, &budget)
  }

  /// False where the scanner takes no more: it has answered, closed its side, or used up its time.
  private static func write(_ bytes: [UInt8], to descriptor: Int32, _ budget: inout ScanBudget) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        written += count
        budget.progressed(now: .now)
      } else if errno == EAGAIN {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT | POLLIN), revents: 0)
        let ready = poll(&entry, 1, budget.milliseconds(now: .now))
        if ready == 0 || ready > 0 && Int32(entry.revents) & POLLOUT == 0 { return false }
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  private static func length(_ count: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0) } }

  // MARK: The answer

  /// Up to its end, a NUL, and no more than an answer is long. What comes byte by byte has no more time than another.
  private func receive(from descriptor: Int32, _ budget: ScanBudget) -> Answer {
    var answer: [UInt8] = []
    while answer.count < 4096 {
      if let end = answer.firstIndex(where: { $0 == 0 || $0 == 10 }) { return Self.judge(answer[..<end]) }
      guard !DescriptorWait.ready([descriptor], until: budget.deadline).isEmpty else {
        return .unavailable(reason: "it did not answer for \(timeout.brief)", hadFile: true)
      }
      var buffer = [UInt8](repeating: 0, count: 1024)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      // Without its end an answer may have been another.
      if count <= 0 { return .unavailable(reason: "it closed the connection without a verdict", hadFile: true) }
      answer += buffer.prefix(count)
    }
    return .unavailable(reason: "its answer has no end", hadFile: true)
  }

  private static func judge(_ answer: ArraySlice<UInt8>) -> Answer {
    judge(String(validating: answer, as: UTF8.self))
  }

  /// `stream: OK`, `stream: Eicar-Signature FOUND`, `INSTREAM size limit exceeded. ERROR`, and with `AlertExceedsMax`
  /// `stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND`: nothing bad was found, it did not look (clamd.conf(5)). Others
  /// are no verdict: `UNKNOWN COMMAND`, `stream: Can't allocate memory ERROR` (clamd/session.c, clamd/scanner.c).
  static func judge(_ answer: String?) -> Answer {
    guard let answer, !answer.isEmpty else { return .unavailable(reason: "it gave no answer", hadFile: true) }
    if answer == "stream: OK" { return .clean }
    if answer.beginsWith("stream: Heuristics.Limits.Exceeded") { return .tooLarge }
    if answer.beginsWith("stream: "), answer.endsWith(" FOUND") {
      let name = answer.unicodeScalars.dropFirst("stream: ".count).dropLast(" FOUND".count)
      let plain = name.filter {
        $0.isASCII && ($0.properties.isAlphabetic || "._-:/0123456789".unicodeScalars.contains($0))
      }
      return .found(String(String.UnicodeScalarView(plain.prefix(120))))
    }
    if answer.contains("size limit exceeded") { return .tooLarge }
    let words = String(String.UnicodeScalarView(answer.unicodeScalars.prefix(120)))
    return .unavailable(reason: "it answered \"\(EscapedText.escape(Array(words.utf8)))\"", hadFile: true)
  }

  private static var errorText: String { strerror(errno).map { String(cString: $0) } ?? "error \(errno)" }
}

/// The time that a scanner has for one file: so long without a step forward, and in all so much more as the content takes at
/// a mebibyte a second. A pure value.
struct ScanBudget: Sendable, Equatable {
  private let timeout: Duration
  /// Until when the next step has to come.
  private var step: MonotonicInstant
  /// Until when the answer has to be there.
  private var total: MonotonicInstant

  init(timeout: Duration, size: Int64, now: MonotonicInstant) {
    self.timeout = timeout
    step = now + timeout
    total = now + timeout + .seconds(size >> 20)
  }

  var deadline: MonotonicInstant { min(step, total) }

  /// Something was taken.
  mutating func progressed(now: MonotonicInstant) { step = now + timeout }

  /// The scanner had to wait for us.
  mutating func paused(from begun: MonotonicInstant, to end: MonotonicInstant) {
    step = step + (end - begun)
    total = total + (end - begun)
  }

  func isUsedUp(now: MonotonicInstant) -> Bool { now >= deadline }

  /// What is left, for poll(2).
  func milliseconds(now: MonotonicInstant) -> Int32 {
    Int32(clamping: max(0, (deadline.nanoseconds - now.nanoseconds + 999_999) / 1_000_000))
  }
}

extension Duration {
  /// `250 ms`, `30 s`, `2 min`.
  fileprivate var brief: String {
    let milliseconds = wholeNanoseconds / 1_000_000
    if milliseconds % 1000 != 0 { return "\(milliseconds) ms" }
    return milliseconds % 60_000 == 0 ? "\(milliseconds / 60_000) min" : "\(milliseconds / 1000) s"
  }
}
