import DeliveryModel

/// A host's name as paths, origins and key names have it: letters, digits, `-`, `_` and `.` stay, every other byte becomes
/// `%XX`. So it holds no space, `+` or `/`, and two names never give one label.
package struct HostLabel: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  /// Escapes a host's name. A name of dots alone is escaped whole, as no directory may bear it; an empty one becomes `%`.
  package init(host: String) {
    let bytes = Array(host.utf8)
    let escapesDots = bytes.allSatisfy { $0 == UInt8(ascii: ".") }
    var result: [UInt8] = bytes.isEmpty ? [UInt8(ascii: "%")] : []
    for byte in bytes {
      if Self.isPlain(byte) && !(escapesDots && byte == UInt8(ascii: ".")) {
        result.append(byte)
      } else {
        result.append(UInt8(ascii: "%"))
        result.append(contentsOf: Hexadecimal.encode(CollectionOfOne(byte)).uppercased().utf8)
      }
    }
    text = String(decoding: result, as: UTF8.self)
  }

  /// Takes a label as it was written; nil for a text that ``init(host:)`` never gives.
  package init?(label: some StringProtocol) {
    let bytes = Array(label.utf8)
    guard !bytes.isEmpty, bytes.allSatisfy({ Self.isPlain($0) || $0 == UInt8(ascii: "%") }),
      !bytes.allSatisfy({ $0 == UInt8(ascii: ".") })
    else { return nil }
    text = String(label)
  }

  /// The name of the host's keys in signed notes, and the beginning of its checkpoints' origins: `s3loggerd/filer`.
  package var keyName: String { "s3loggerd/" + text }

  package var description: String { text }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
