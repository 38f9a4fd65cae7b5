/// The texts of a small XML answer, each found by its path from the root: `Error/Code`.
///
/// Namespaces prefixes and attributes are left out. Of elements with the same path the first one is found.
struct XMLAnswer: Sendable {
  /// The name of the root element.
  let root: String
  private let texts: [String: String]

  /// Reads a whole document; nil for one that is truncated, has a document type, is larger than 1 MiB, nests deeper
  /// than 16 or has more than 1,024 elements.
  init?(parsing bytes: [UInt8]) {
    guard bytes.count <= XMLParser.byteLimit else { return nil }
    var parser = XMLParser(bytes)
    guard let root = try? parser.document() else { return nil }
    self.root = root
    texts = parser.texts
  }

  /// The text of the root's child `name`, whatever the root is called: servers differ in that. Nil where the document tells
  /// of an error.
  func member(_ name: String) -> String? {
    root == "Error" || texts[root + "/Code"] != nil || texts[root + "/Error/Code"] != nil
      ? nil : texts[root + "/" + name]
  }

  /// The text of the element at `path`; nil where there is none or it holds only space.
  subscript(path: String) -> String? { texts[path] }
}
