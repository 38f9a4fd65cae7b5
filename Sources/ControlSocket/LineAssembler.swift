/// Puts lines together from the pieces in which they arrive. A pure value.
struct LineAssembler {
  /// What has arrived, as far as it was not asked for.
  enum Found: Equatable {
    /// A line, without its end.
    case line([UInt8])
    /// None has ended yet.
    case partial
    /// One has more bytes than it may have.
    case tooLong
  }

  private let limit: Int
  private var bytes: [UInt8] = []
  /// Up to here there is no end of a line.
  private var searched = 0

  /// `limit`: bytes of a line.
  init(limit: Int) {
    self.limit = limit
  }

  /// Whether a line has begun, or is there.
  var isEmpty: Bool { bytes.isEmpty }

  mutating func append(_ piece: [UInt8]) { bytes += piece }

  /// The next line; a carriage return before its end is no part of it.
  mutating func next() -> Found {
    guard let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) else {
      searched = bytes.count
      return bytes.count > limit ? .tooLong : .partial
    }
    guard end <= limit else { return .tooLong }
    var line = Array(bytes[..<end])
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    bytes.removeSubrange(...end)
    searched = 0
    return .line(line)
  }
}
