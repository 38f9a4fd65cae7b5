import DeliveryModel
import Glibc
import SystemSupport

/// ClamAV's daemon, asked by its socket with `INSTREAM` (clamd(8)): the content goes over the socket, so that the
/// scanner needs no right in the folder.
package struct VirusScanner: Sendable {
  package enum Answer: Sendable, Equatable {
    case clean
    /// The name of what was found.
    case found(String)
    /// More than its `StreamMaxLength`, or than another of its limits where `AlertExceedsMax` makes it say so.
    case tooLarge
    /// It cannot be asked, or has no answer: the file has to wait.
    case unavailable(reason: String)
  }

  private let path: String
  /// For each read and write.
  private let seconds: Int

  /// `path` is the absolute path of a Unix socket.
  package init(socket path: String, seconds: Int = 120) {
    self.path = path
    self.seconds = seconds
  }

  private static let chunk = 256 << 10

  /// Blocks until the scanner has answered, or has not for ``seconds``: to a piece of the content, or to all of it.
  package func scan(_ content: InspectedContent) throws -> Answer {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return .unavailable(reason: Self.errorText) }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    // Bounded as well: while a scanner that hangs has its queue full, `connect` waits (unix(7), SO_SNDTIMEO).
    guard connect(descriptor) else { return .unavailable(reason: Self.errorText) }
    // A scanner that has heard enough closes its side: its answer is there all the same.
    try send(content, to: descriptor)
    return Self.judge(Self.receive(from: descriptor, until: .now + .seconds(seconds)))
  }

  private func send(_ content: InspectedContent, to descriptor: Int32) throws {
    guard Self.write(Array("zINSTREAM\0".utf8), to: descriptor) else { return }
    var offset: Int64 = 0
    while offset < content.size {
      let bytes = try content.read(offset, Self.chunk)
      if bytes.isEmpty { break }
      guard Self.write(Self.length(bytes.count) + bytes, to: descriptor) else { return }
      offset += Int64(bytes.count)
    }
    _ = Self.write(Self.length(0), to: descriptor)
  }

  /// `stream: OK`, `stream: Eicar-Signature FOUND`, `INSTREAM size limit exceeded. ERROR`, and with `AlertExceedsMax`
  /// `stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND`: nothing bad was found, it did not look (clamd.conf(5)).
  static func judge(_ answer: String?) -> Answer {
    guard let answer, !answer.isEmpty else { return .unavailable(reason: "it gave no answer") }
    if answer.endsWith(": OK") { return .clean }
    if answer.beginsWith("stream: Heuristics.Limits.Exceeded") { return .tooLarge }
    if answer.endsWith(" FOUND") {
      let name = answer.unicodeScalars.dropFirst("stream: ".count).dropLast(" FOUND".count)
      let plain = name.filter {
        $0.isASCII && ($0.properties.isAlphabetic || "._-:/0123456789".unicodeScalars.contains($0))
      }
      return .found(String(String.UnicodeScalarView(plain.prefix(120))))
    }
    if answer.contains("size limit exceeded") { return .tooLarge }
    return .unavailable(reason: "it answered with an error")
  }

  private func connect(_ descriptor: Int32) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      errno = ENAMETOOLONG
      return false
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      written += count
    }
    return true
  }

  /// Up to the terminating NUL, and no more than an answer is long; nil where it did not come in time: one that comes byte
  /// by byte has no more time than another.
  private static func receive(from descriptor: Int32, until deadline: MonotonicInstant) -> String? {
    var answer: [UInt8] = []
    while answer.count < 4096, !answer.contains(0) {
      guard !DescriptorWait.ready([descriptor], until: deadline).isEmpty else { return nil }
      var buffer = [UInt8](repeating: 0, count: 1024)
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      if count <= 0 { break }
      answer += buffer.prefix(count)
    }
    return String(validating: answer.prefix { $0 != 0 && $0 != 10 }, as: UTF8.self)
  }

  private static func length(_ count: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(count).bigEndian) { Array($0) } }

  private static var errorText: String { strerror(errno).map { String(cString: $0) } ?? "error \(errno)" }
}
