package import DeliveryModel

/// The media type of a file, by its extension and by how its content begins.
package enum ContentType {
  package static let unknown = "application/octet-stream"

  /// What the content proves counts; the extension says which kind of it, and what no content tells, such as plain text.
  ///
  /// `beginning`: the first ``ContentSignature/length`` bytes, or all.
  @inlinable
  package static func of(_ path: RelativePath, beginning: some RandomAccessCollection<UInt8>) -> String {
    of(path, Array(beginning.prefix(ContentSignature.length)))
  }

  @usableFromInline
  static func of(_ path: RelativePath, _ beginning: [UInt8]) -> String {
    let named = guess(for: path)
    guard let signature = ContentSignature.of(beginning), !signature.covers(named) else { return named }
    return signature.type
  }

  /// The type for the name's extension, ASCII case ignored; ``unknown`` where there is none.
  package static func guess(for path: RelativePath) -> String {
    guard let dot = path.name.lastIndex(of: UInt8(ascii: ".")), dot > path.name.startIndex else { return unknown }
    let ending = path.name[(dot + 1)...]
    guard !ending.isEmpty, ending.count <= 8 else { return unknown }
    return byExtension[String(decoding: ending, as: UTF8.self).lowercased()] ?? unknown
  }

  private static let byExtension: [String: String] = [
    "7z": "application/x-7z-compressed", "avi": "video/x-msvideo", "bmp": "image/bmp", "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eml": "message/rfc822", "gif": "image/gif", "gz": "application/gzip", "heic": "image/heic", "htm": "text/html",
    "html": "text/html", "ics": "text/calendar", "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json",
    "md": "text/markdown", "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4",
    "msg": "application/vnd.ms-outlook", "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet", "odt": "application/vnd.oasis.opendocument.text",
    "p7m": "application/pkcs7-mime", "p7s": "application/pkcs7-signature", "pdf": "application/pdf",
    "png": "image/png", "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "application/rtf", "svg": "image/svg+xml", "tar": "application/x-tar", "tif": "image/tiff",
    "tiff": "image/tiff", "txt": "text/plain", "wav": "audio/wav", "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xml": "application/xml",
    "zip": "application/zip",
  ]
}
