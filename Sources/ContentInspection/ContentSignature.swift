/// What a file's first bytes prove about its type ("magic numbers").
///
/// https://www.iana.org/assignments/media-types/media-types.xhtml names the types;
/// https://github.com/file/file/tree/master/magic/Magdir describes the bytes.
package struct ContentSignature: Sendable {
  /// The type of the content where the extension says nothing more exact.
  let type: String
  /// The beginnings of types that are written in this one: a word processor's document is a ZIP archive.
  private let containers: [String]

  /// How many bytes are looked at, at most.
  @usableFromInline package static let length = 1024

  private init(_ type: String, holding containers: [String] = []) {
    self.type = type
    self.containers = containers
  }

  /// Whether a type that the extension tells is one of this content.
  func covers(_ named: String) -> Bool {
    named == type || containers.contains { named.hasPrefix($0) }
  }

  /// The signature that content with this beginning has; nil for an unknown one, and for plain text.
  package static func of(_ beginning: [UInt8]) -> ContentSignature? {
    let bytes = beginning.count > length ? Array(beginning.prefix(length)) : beginning
    if let plain = plain.first(where: { bytes.dropFirst($0.offset).starts(with: $0.magic) }) { return plain.signature }
    if bytes.starts(with: "RIFF".utf8) { return riff[fourCharacters(bytes, at: 8)] }
    if fourCharacters(bytes, at: 4) == "ftyp" { return media(brand: fourCharacters(bytes, at: 8)) }
    // PDF: the header may come after up to 1,024 bytes of something else (ISO 32000, annex H).
    return contains("%PDF-", in: bytes) ? ContentSignature("application/pdf") : nil
  }

  private static let zip = ContentSignature(
    "application/zip",
    holding: ["application/vnd.openxmlformats-", "application/vnd.oasis.opendocument.", "application/vnd.ms-"])

  /// Where in the file which bytes stand.
  private static let plain: [(offset: Int, magic: [UInt8], signature: ContentSignature)] = [
    (0, Array("%PDF-".utf8), ContentSignature("application/pdf")),
    (0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], ContentSignature("image/png")),
    (0, [0xff, 0xd8, 0xff], ContentSignature("image/jpeg")),
    (0, Array("GIF87a".utf8), ContentSignature("image/gif")), (0, Array("GIF89a".utf8), ContentSignature("image/gif")),
    (0, [0x49, 0x49, 0x2a, 0x00], ContentSignature("image/tiff")),
    (0, [0x4d, 0x4d, 0x00, 0x2a], ContentSignature("image/tiff")),
    (0, [0x50, 0x4b, 0x03, 0x04], zip), (0, [0x50, 0x4b, 0x05, 0x06], zip),
    (0, [0x1f, 0x8b, 0x08], ContentSignature("application/gzip")),
    (0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], ContentSignature("application/x-7z-compressed")),
    // The compound file of older office programs; it tells no program by itself.
    (
      0, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1],
      ContentSignature("application/x-ole-storage", holding: ["application/msword", "application/vnd.ms-"])
    ),
    (0, Array("{\\rtf".utf8), ContentSignature("application/rtf", holding: ["application/msword"])),
    (0, Array("ID3".utf8), ContentSignature("audio/mpeg")),
    (257, Array("ustar".utf8), ContentSignature("application/x-tar")),
    (0, [0x7f, 0x45, 0x4c, 0x46], ContentSignature("application/x-executable")),
  ]

  private static let riff = [
    "WAVE": ContentSignature("audio/wav"), "AVI ": ContentSignature("video/x-msvideo"),
    "WEBP": ContentSignature("image/webp"),
  ]

  /// ISO base media files by their brand.
  private static func media(brand: String) -> ContentSignature? {
    switch brand {
    case "heic", "heix", "mif1", "msf1": ContentSignature("image/heic")
    case "qt  ": ContentSignature("video/quicktime")
    case "avif": ContentSignature("image/avif")
    default: ContentSignature("video/mp4", holding: ["video/", "audio/"])
    }
  }

  private static func fourCharacters(_ bytes: [UInt8], at offset: Int) -> String {
    String(decoding: bytes.dropFirst(offset).prefix(4), as: UTF8.self)
  }

  private static func contains(_ text: StaticString, in bytes: [UInt8]) -> Bool {
    text.withUTF8Buffer { mark in
      bytes.indices.contains { bytes[$0] == mark[0] && bytes[$0...].starts(with: mark) }
    }
  }
}
