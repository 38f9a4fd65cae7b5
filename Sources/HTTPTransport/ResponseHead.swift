/// Collects the header lines of an answer as libcurl hands them over: one call a line, interim answers first.
struct ResponseHead {
  private var bytes: [UInt8] = []
  private var isFinal = false
  private var isComplete = false

  /// Whether the final answer has begun: interim ones tell nothing of the body.
  var hasBegun: Bool { isFinal }

  mutating func reset() {
    bytes.removeAll(keepingCapacity: true)
    isFinal = false
    isComplete = false
  }

  /// Takes one line, its end included. Lines after the final head (trailers of a chunked body) are dropped.
  mutating func append(line: UnsafeRawBufferPointer) {
    guard !(isFinal && isComplete) else { return }
    if line.starts(with: Self.statusLinePrefix) {
      reset()
      isFinal = !Self.isInterim(line)
    } else if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
      isComplete = true
    } else {
      bytes.append(contentsOf: line)
    }
  }

  /// The headers collected, names in lower case. A line that is no header is left out.
  func headers() -> [HTTPHeader] {
    var headers: [HTTPHeader] = []
    headers.reserveCapacity(16)
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      if let header = Self.header(bytes[start..<end]) { headers.append(header) }
      start = end + 1
    }
    return headers
  }

  private static let statusLinePrefix = Array("HTTP/".utf8)

  /// Whether the status line says 1xx.
  private static func isInterim(_ line: UnsafeRawBufferPointer) -> Bool {
    guard let space = line.firstIndex(of: UInt8(ascii: " ")), space + 1 < line.count else { return false }
    return line[space + 1] == UInt8(ascii: "1")
  }

  private static func header(_ line: ArraySlice<UInt8>) -> HTTPHeader? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
      let first = line.first, !isBlank(first)
    else { return nil }
    var value = line[(colon + 1)...]
    while let first = value.first, isBlank(first) { value.removeFirst() }
    while let last = value.last, isBlank(last) { value.removeLast() }
    return HTTPHeader(lowercased(line[..<colon]), String(decoding: value, as: UTF8.self))
  }

  private static func lowercased(_ name: ArraySlice<UInt8>) -> String {
    String(unsafeUninitializedCapacity: name.count) { buffer in
      for (index, byte) in name.enumerated() {
        buffer[index] = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
      }
      return name.count
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }
}
