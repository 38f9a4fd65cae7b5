/// The texts of a small XML answer, each found by its path from the root: `Error/Code`.
///
/// Namespaces prefixes and attributes are left out. Of elements with the same path the first one with a text is found. The
/// answer is kept as it came: a text is put together when somebody asks for it.
struct XMLAnswer: Sendable {
  /// The name of the root element.
  let root: String
  private let bytes: [UInt8]
  private let elements: [XMLParser.Element]

  /// Reads a whole document; nil for one that is truncated, has a document type, is larger than 1 MiB, nests deeper
  /// than 16, has more than 1,024 elements or a name of more than 128 bytes.
  init?(parsing bytes: [UInt8]) {
    guard bytes.count <= XMLParser.byteLimit else { return nil }
    var parser = XMLParser(bytes)
    guard (try? parser.document()) != nil, let first = parser.elements.first else { return nil }
    root = String(decoding: bytes[first.name], as: UTF8.self)
    elements = parser.elements
    self.bytes = bytes
  }

  /// The text of the root's child `name`, whatever the root is called: servers differ in that. Nil where the document tells
  /// of an error.
  func member(_ name: String) -> String? {
    root == "Error" || self[root + "/Code"] != nil || self[root + "/Error/Code"] != nil ? nil : self[root + "/" + name]
  }

  /// The text of the element at `path`; nil where there is none or it holds only space.
  subscript(path: String) -> String? {
    let names = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for (index, element) in elements.enumerated() where element.depth == names.count && isAt(index, names) {
      var parser = XMLParser(bytes)
      if let text = parser.text(of: element) { return String(decoding: text, as: UTF8.self) }
    }
    return nil
  }

  private func isAt(_ index: Int, _ names: [Substring.UTF8View]) -> Bool {
    var next: Int? = index
    for name in names.reversed() {
      guard let index = next, bytes[elements[index].name].elementsEqual(name) else { return false }
      next = elements[index].parent
    }
    return next == nil
  }
}
