import DeliveryModel
import FoundationEssentials

/// How commands print JSON: one indented document, keys in alphabetical order.
package enum JSONOutput {
  package static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return inert(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// The same document without what could act on a terminal: of that the encoder escapes what is below U+0020 alone.
  private static func inert(_ json: String) -> String {
    if json.utf8.allSatisfy({ $0 < 0x7f }) { return json }
    return json.unicodeScalars.reduce(into: "") { result, scalar in
      if scalar == "\n" || EscapedText.isPrintable(scalar) {
        result.unicodeScalars.append(scalar)
      } else {
        for unit in scalar.utf16 { result += "\\u" + String(0x10000 + UInt32(unit), radix: 16).dropFirst() }
      }
    }
  }
}
