import Foundation
import Testing

/// Whatever writes text from outside takes it byte by byte or scalar by scalar: for Swift's characters a quotation mark
/// with a combining mark after it is no quotation mark.
@Suite("Text is quoted and split by bytes")
struct TextTests {
  /// What writes for others: all of a module, or of a folder of one.
  static let writers = [
    "FolderFeedback", "ServiceManager", "s3loggerd/Output", "Status", "Audit", "DeliveryModel",
    "Folders", "SystemSupport",
  ]

  /// Forms that look at graphemes, or at canonical equivalence, where text is meant.
  static let forms = [
    #"\.split\(separator: ""#, #"\.replacing\(""#, #"\.contains\(where: \{ *""#, #"\.(first|last)Index\(of: ""#,
    #"\.isNewline|\.isWhitespace"#, #"\.(first|last) == ""#, #"[^a-z]Character[^a-z]"#, #""\.contains\(\$0\)"#,
  ]

  @Test("no writer looks at graphemes", arguments: writers)
  func graphemes(writer: String) throws {
    let folder = ImportTests.sources.appending(path: writer)
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    #expect(!names.isEmpty)
    let forms = try Self.forms.map { try Regex($0) }
    for name in names where name.hasSuffix(".swift") {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        // What names its view is meant so.
        if line.contains("utf8") || line.contains("unicodeScalars") || line.contains("//") { continue }
        for form in forms where line.contains(form) { Issue.record("\(writer)/\(name):\(number + 1): \(line)") }
      }
    }
  }
}
