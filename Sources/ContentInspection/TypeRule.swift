package import DeliveryModel

/// Which types a folder takes: told by the content and by the name's extension, which have to agree.
package struct TypeRule {
  private let allowed: [String]

  /// Takes media types, `image/*` for a whole kind; not empty.
  package init(_ allowed: [String]) {
    self.allowed = allowed
  }

  /// What is wrong with a file whose extension stands for the type `named`, of which libmagic says `content`, and which
  /// begins with `head`; nil for nothing.
  package func finding(named: String, content: String, head: [UInt8]) -> Finding? {
    if let finding = finding(named: named) { return finding }
    guard Self.agree(named, content, head) else { return Finding(.typeMismatch, [named, content]) }
    return nil
  }

  /// What is wrong with a file of which the extension alone is known.
  package func finding(named: String) -> Finding? {
    allows(named) ? nil : Finding(.typeNotAllowed, [named, allowed.joined(separator: ", ")])
  }

  private func allows(_ type: String) -> Bool {
    allowed.contains { rule in
      rule == type || rule.hasSuffix("/*") && type.hasPrefix(rule.dropLast(1))
    }
  }

  /// Whether a file of type `named` may look like `content`: libmagic tells the container, or the family, of some.
  static func agree(_ named: String, _ content: String, _ head: [UInt8]) -> Bool {
    if named == content { return true }
    if named.hasPrefix("application/vnd.openxmlformats") || named.hasPrefix("application/vnd.oasis") {
      if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
        return ["application/zip", "application/octet-stream"].contains(content)
      }
      // With a password, Office wraps it into a compound file.
      return head.starts(with: DocumentCheck.compoundFile)
    }
    if compound.contains(named) { return head.starts(with: DocumentCheck.compoundFile) }
    if let others = aliases[named] { return others.contains(content) }
    if named.hasPrefix("text/") || textual.contains(named) {
      return content.hasPrefix("text/") || textual.contains(content)
    }
    return false
  }

  private static let compound: Set<String> = [
    "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/vnd.ms-outlook",
  ]
  private static let textual: Set<String> = [
    "application/json", "application/xml", "application/rtf", "application/csv", "application/x-ndjson",
    "message/rfc822", "image/svg+xml",
  ]
  private static let aliases: [String: Set<String>] = [
    "application/gzip": ["application/x-gzip"],
    "application/pkcs7-mime": ["application/octet-stream", "application/x-pkcs7-mime", "text/plain"],
    "application/pkcs7-signature": ["application/octet-stream", "application/x-pkcs7-signature", "text/plain"],
    "audio/mpeg": ["application/octet-stream"], "audio/wav": ["audio/x-wav"],
    "image/bmp": ["image/x-ms-bmp"], "image/heic": ["image/heif"],
    "video/mp4": ["video/quicktime", "audio/mp4", "video/x-m4v"], "video/quicktime": ["video/mp4"],
  ]
}
