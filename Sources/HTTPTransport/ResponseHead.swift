/// Collects the header lines of an answer as libcurl hands them over: one call a line, interim answers first.
struct ResponseHead {
  private(set) var bytes: [UInt8] = []
  private var isFinal = false
  private var isComplete = false
  private var isChunked = false
  private var hasLength = false

  /// Whether the final answer has begun: interim ones tell nothing of the body.
  var hasBegun: Bool { isFinal }

  /// Whether all of the final head has arrived.
  var isWhole: Bool { isFinal && isComplete }

  /// Whether it says in two ways where the body ends. One of them is right for libcurl, the other perhaps for whoever
  /// stands between: what follows on the connection is not to be trusted (RFC 9112, section 6.3).
  var isAmbiguous: Bool { isChunked && hasLength }

  mutating func reset() {
    isChunked = false
    hasLength = false
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
      if Self.begins(line, Self.length) { hasLength = true }
      if Self.begins(line, Self.encoding) { isChunked = true }
      bytes.append(contentsOf: line)
    }
  }

  private static let length = Array("content-length:".utf8)
  private static let encoding = Array("transfer-encoding:".utf8)

  /// Whether a header line has this name, which is given in lower case with its colon.
  private static func begins(_ line: UnsafeRawBufferPointer, _ name: [UInt8]) -> Bool {
    guard line.count >= name.count, let first = line.first, first | 0x20 == name[0] else { return false }
    for index in name.indices where line[index] | 0x20 != name[index] | 0x20 { return false }
    return true
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

  /// Whether all lengths that the headers give are one and the same number (RFC 9112, section 6.3).
  static func agreeOnLength(_ headers: [HTTPHeader]) -> Bool {
    var known: String?
    for header in headers where header.name == "content-length" {
      if header.value == known { continue }
      let isNumber = !header.value.isEmpty && header.value.utf8.allSatisfy { 0x30...0x39 ~= $0 }
      if isNumber, known == nil {
        known = header.value
      } else {
        let parts = header.value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        let lengths = parts.map { HTTPHeader("content-length", String(Substring($0.trimmingBlanks))) }
        guard parts.count > 1, agreeOnLength(lengths), known == nil || known == lengths[0].value else { return false }
        known = lengths[0].value
      }
    }
    return true
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

extension Substring.UTF8View {
  /// Without the spaces and tabs at both ends.
  fileprivate var trimmingBlanks: Self {
    var rest = self
    while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
    while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    return rest
  }
}
