/// The values that make up credentials, as they may stand in a header. One with a line break would be refused there, and
/// nobody would know which it was.
enum CredentialValue {
  /// What is wrong with the first of these that is, by its name and never by its value; nil where all are well.
  static func fault(in values: [(name: String, value: String)]) -> String? {
    for (name, value) in values {
      if let fault = fault(of: value) { return "\(name) \(fault)" }
    }
    return nil
  }

  private static func fault(of value: String) -> String? {
    if value.utf8.isEmpty { return "is empty" }
    if value.utf8.contains(where: { $0 == 0x0a || $0 == 0x0d }) { return "holds a line break" }
    if value.utf8.contains(where: { $0 == 0x20 || $0 == 0x09 }) { return "holds a space" }
    let isPrintable = value.utf8.allSatisfy { 0x21...0x7e ~= $0 && $0 != UInt8(ascii: "\"") }
    return isPrintable ? nil : "holds a character that no key has"
  }
}
