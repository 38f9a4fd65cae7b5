package import DeliveryModel
import Glibc

/// A cheap look at the beginning and the end of a document: is it whole, does it need a password? Nothing is unpacked or
/// interpreted, so no file can do harm here; what is found is a warning, never a reason to refuse.
package enum DocumentCheck {
  /// Bytes looked at on either side.
  package static let window = 64 << 10
  /// Bytes of the end: an archive's directory ends with a record of 22 bytes and a comment (APPNOTE.TXT 4.3.16).
  package static let tailLength = window + 22

  /// How a document is looked at.
  package enum Kind: UInt8, Sendable, Hashable {
    case pdf = 1
    /// Of an office program: a ZIP archive, or a compound file where it needs a password.
    case office
    /// One byte is enough that is not zero: nothing is interpreted.
    case any
  }

  /// Nil where there is nothing to look for. `fileExtension` is in lower case, without its dot.
  package static func kind(fileExtension: String) -> Kind? {
    switch fileExtension {
    case "pdf": .pdf
    case "docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "odt", "ods", "odp": .office
    case "doc", "xls", "ppt", "rtf", "jpg", "jpeg", "png", "tif", "tiff", "txt", "csv", "xml", "zip", "p7m", "eml",
      "msg":
      .any
    default: nil
    }
  }

  /// What is to be said about a file; nothing but that it is empty where `kind` is nil. Throws what reading throws.
  package static func findings(_ content: InspectedContent, _ kind: Kind?) throws -> [Finding.Code] {
    if content.size == 0 { return [.empty] }
    switch kind {
    case .pdf: return try pdf(content)
    case .office: return try zipped(content)
    case .any: return try content.head(window).allSatisfy { $0 == 0 } ? [.onlyZeros] : []
    case nil: return []
    }
  }

  /// ISO 32000-1, 7.5.5: `%%EOF` ends a file; a trailer, or a cross-reference stream near either end, has `/Encrypt`.
  private static func pdf(_ content: InspectedContent) throws -> [Finding.Code] {
    let (head, tail) = (try content.head(window), try content.tail(window))
    if head.allSatisfy({ $0 == 0 }) { return [.onlyZeros] }
    guard head.prefix(1024).has("%PDF-") else { return [] }
    var findings: [Finding.Code] = []
    if !tail.suffix(2048).has("%%EOF") { findings.append(.truncated) }
    if tail.has("/Encrypt") || head.has("/Encrypt") { findings.append(.encrypted) }
    return findings
  }

  /// A ZIP archive ends with its directory (APPNOTE.TXT 4.3.16). An Office document with a password is a compound file
  /// that holds the stream `EncryptedPackage` (MS-OFFCRYPTO 2.3.4); an archive's first entry has bit 0 set (4.4.4).
  private static func zipped(_ content: InspectedContent) throws -> [Finding.Code] {
    let (head, tail) = (try content.head(window), try content.tail(tailLength))
    if head.allSatisfy({ $0 == 0 }) { return [.onlyZeros] }
    if head.starts(with: compoundFile) {
      let name = "EncryptedPackage".utf8.reduce(into: [UInt8]()) { $0 += [$1, 0] }
      return head.has(name) || tail.has(name) ? [.encrypted] : []
    }
    guard head.starts(with: [0x50, 0x4B, 0x03, 0x04]) else { return [] }
    if !tail.has([0x50, 0x4B, 0x05, 0x06]) { return [.truncated] }
    return head.count > 6 && head[6] & 1 == 1 ? [.encrypted] : []
  }

  static let compoundFile: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
}

extension Collection<UInt8> {
  func has(_ text: String) -> Bool { has(Array(text.utf8)) }

  /// Whether `needle`, which is not empty, occurs.
  func has(_ needle: [UInt8]) -> Bool {
    withContiguousStorageIfAvailable { occurs(needle, in: $0) } ?? Array(self).has(needle)
  }
}

/// `memchr(3)` for the first byte: most of what the checks cost is this.
private func occurs(_ needle: [UInt8], in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
  guard let begin = bytes.baseAddress, bytes.count >= needle.count else { return false }
  let last = bytes.count - needle.count
  var offset = 0
  while offset <= last, let found = memchr(begin + offset, Int32(needle[0]), last - offset + 1) {
    if memcmp(found, needle, needle.count) == 0 { return true }
    offset = UnsafeRawPointer(begin).distance(to: found) + 1
  }
  return false
}
