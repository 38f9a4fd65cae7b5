/// Finds in an answer what the request showed the server and nobody else is to see: a server or proxy that echoes headers
/// would bring a session token into the log, the journal and a message.
///
/// A secret is known by any 12 bytes of it in a row, as it is, in hexadecimal or in Base64, so that a part of it is found
/// too; and so it is behind the escapes of URLs (`%41`), XML (`&#65;`) and JSON (`\u0041`), which are read before. What
/// stands between two finds that are near each other goes with them. That other text has the same 12 bytes is as likely as to
/// guess 72 bits, in hexadecimal 48. Whoever wants to hide a secret in an answer finds other ways: this is for what echoes.
struct SecretScrubber {
  static let replacement = Array("[removed]".utf8)
  private static let window = 12
  /// Bytes between two finds that are removed with them: an escaped character and what is too short to be known.
  private static let reach = 32

  private var known: Set<UInt64> = []
  /// One bit for each value of 16 bits of a window: most text is dismissed by it alone.
  private var filter = [UInt64](repeating: 0, count: 1024)

  init(_ secrets: some Sequence<String>) {
    for secret in secrets {
      let bytes = Array(secret.utf8)
      guard bytes.count >= Self.window else { continue }
      add(bytes)
      for digits in ["0123456789abcdef", "0123456789ABCDEF"].map({ Array($0.utf8) }) {
        add(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
      }
      // A signature is a number in hexadecimal, and the same in capitals.
      if bytes.allSatisfy({ Self.hexValue($0) != nil }) { add(Array(secret.uppercased().utf8)) }
      // A text in Base64 begins at any of three places in a group of 3 bytes; what depends on its neighbours is left out.
      for shift in 0..<3 {
        let encoded = Self.base64([UInt8](repeating: 0, count: shift) + bytes)
        add(Array(encoded.dropFirst(shift == 0 ? 0 : shift + 1).dropLast(4)))
      }
    }
  }

  var isEmpty: Bool { known.isEmpty }

  private mutating func add(_ bytes: [UInt8]) {
    guard bytes.count >= Self.window else { return }
    bytes.withUnsafeBytes { bytes in
      for start in 0...(bytes.count - Self.window) {
        let hash = Self.hash(bytes, start)
        known.insert(hash)
        filter[Int(hash >> 6 & 0x3ff)] |= 1 << (hash & 63)
      }
    }
  }

  private static func hash(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt64 {
    let first = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
    let rest = UInt64(bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt32.self))
    let mixed = (first &* 0x9e37_79b9_7f4a_7c15) ^ (rest &* 0xc2b2_ae3d_27d4_eb4f)
    return (mixed ^ mixed >> 29) &* 0xbf58_476d_1ce4_e5b9
  }

  private func isKnown(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Bool {
    let hash = Self.hash(bytes, start)
    return filter[Int(hash >> 6 & 0x3ff)] & 1 << (hash & 63) != 0 && known.contains(hash)
  }

  /// Whether any of it is in the bytes. Costs no memory.
  func finds(in bytes: [UInt8]) -> Bool {
    guard bytes.count >= Self.window, !isEmpty else { return false }
    return bytes.withUnsafeBytes { bytes in
      (0...(bytes.count - Self.window)).contains { isKnown(bytes, $0) }
    }
  }

  /// The same, for bytes in which it may be escaped.
  func findsEscaped(in bytes: [UInt8]) -> Bool {
    if finds(in: bytes) { return true }
    guard let plain = EscapedBytes(bytes) else { return false }
    return finds(in: plain.bytes)
  }

  /// The bytes without it.
  func scrubbed(_ bytes: [UInt8]) -> [UInt8] {
    guard findsEscaped(in: bytes) else { return bytes }
    let plain = EscapedBytes(bytes)
    var result: [UInt8] = []
    // Up to where is taken over or removed.
    var done = 0
    let escaped = plain.map { plain in hidden(in: plain.bytes).map { plain.place(of: $0) } } ?? []
    for place in (hidden(in: bytes) + escaped).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      // What reaches into the one before it goes with that.
      if place.lowerBound >= done { result += bytes[done..<place.lowerBound] + Self.replacement }
      done = max(done, place.upperBound)
    }
    return result + bytes[done...]
  }

  func scrubbed(_ text: String) -> String {
    let bytes = Array(text.utf8)
    return findsEscaped(in: bytes) ? String(decoding: scrubbed(bytes), as: UTF8.self) : text
  }

  /// Where it is, in order.
  private func hidden(in bytes: [UInt8]) -> [Range<Int>] {
    guard bytes.count >= Self.window else { return [] }
    var hidden: [Range<Int>] = []
    bytes.withUnsafeBytes { room in
      for start in 0...(room.count - Self.window) where isKnown(room, start) {
        let end = start + Self.window
        if let open = hidden.last, start <= open.upperBound + Self.reach {
          hidden[hidden.count - 1] = open.lowerBound..<end
        } else {
          hidden.append(start..<end)
        }
      }
    }
    return hidden
  }

  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Without padding, and with the last group whole.
  private static func base64(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = (0..<3).reduce(0) { $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0) }
      for shift in [18, 12, 6, 0] { result.append(alphabet[group >> shift & 63]) }
    }
    return result
  }
}
