/// The form of a request that its signature is computed over, written into one buffer that is used again and again:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
struct CanonicalRequest: Sendable {
  private(set) var bytes: [UInt8] = []
  /// Where the names of the signed headers stand in ``bytes``, as `host;x-amz-date`.
  private(set) var signedHeaders = 0..<0

  static let newline = UInt8(ascii: "\n")
  private static let space = UInt8(ascii: " ")

  /// Replaces what the buffer holds. `headers` are all headers to sign, in any order, but those of the same name in
  /// the order in which they are sent; the headers of `request` are not looked at.
  mutating func write(
    _ request: SignableRequest, headers: [(name: String, value: String)], payloadHash: String, path rules: PathRules
  ) {
    bytes.removeAll(keepingCapacity: true)
    bytes.append(contentsOf: request.method.utf8)
    bytes.append(Self.newline)
    rules.append(request.path, to: &bytes)
    bytes.append(Self.newline)
    appendQuery(request.query)
    bytes.append(Self.newline)
    appendHeaders(headers)
    bytes.append(Self.newline)
    bytes.append(contentsOf: payloadHash.utf8)
  }

  /// Sorted by encoded name, then by encoded value.
  private mutating func appendQuery(_ query: [(name: String, value: String)]) {
    if query.isEmpty { return }
    let pairs = query.map { (name: PercentEncoding.component($0.name), value: PercentEncoding.component($0.value)) }
    for (index, pair) in pairs.sorted(by: { $0 < $1 }).enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: "&")) }
      bytes.append(contentsOf: pair.name.utf8)
      bytes.append(UInt8(ascii: "="))
      bytes.append(contentsOf: pair.value.utf8)
    }
  }

  /// A line for each name, sorted, an empty line, and the line of all names.
  private mutating func appendHeaders(_ headers: [(name: String, value: String)]) {
    let order = Self.sortedByName(headers)
    var previous: String?
    for index in order {
      if headers[index].name == previous {
        bytes[bytes.count - 1] = UInt8(ascii: ",")
      } else {
        bytes.append(contentsOf: headers[index].name.utf8)
        bytes.append(UInt8(ascii: ":"))
      }
      appendTrimmed(headers[index].value)
      bytes.append(Self.newline)
      previous = headers[index].name
    }
    bytes.append(Self.newline)
    appendNames(of: headers, order: order)
  }

  /// The indices of the headers by name; those of one name stay in order. They are few, and often in order already.
  private static func sortedByName(_ headers: [(name: String, value: String)]) -> [Int] {
    var order: [Int] = []
    order.reserveCapacity(headers.count)
    for index in headers.indices {
      var place = order.count
      while place > 0 && headers[index].name < headers[order[place - 1]].name { place -= 1 }
      order.insert(index, at: place)
    }
    return order
  }

  private mutating func appendNames(of headers: [(name: String, value: String)], order: [Int]) {
    let start = bytes.count
    var previous: String?
    for index in order where headers[index].name != previous {
      if previous != nil { bytes.append(UInt8(ascii: ";")) }
      bytes.append(contentsOf: headers[index].name.utf8)
      previous = headers[index].name
    }
    signedHeaders = start..<bytes.count
  }

  /// Without white space at the ends, and with one space for any white space within (a folded line included).
  private mutating func appendTrimmed(_ value: String) {
    if Self.isTrimmed(value) {
      bytes.append(contentsOf: value.utf8)
    } else {
      let words = value.utf8.split { Self.isWhiteSpace($0) }
      for (index, word) in words.enumerated() {
        if index > 0 { bytes.append(Self.space) }
        bytes.append(contentsOf: word)
      }
    }
  }

  /// Whether each white space is a single space between words, as in nearly every value.
  private static func isTrimmed(_ value: String) -> Bool {
    let bytes = value.utf8.span
    var wasSpace = true
    for index in bytes.indices {
      let byte = bytes[index]
      if byte <= space && isWhiteSpace(byte) && (wasSpace || byte != space) { return false }
      wasSpace = byte == space
    }
    return !wasSpace || bytes.isEmpty
  }

  private static func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == space || (0x09...0x0d).contains(byte)
  }
}
