import DeliveryModel
import TestSupport
import Testing

@testable import FolderFeedback

/// What a spreadsheet program, and a person, is given.
struct ReceiptTests {
  private func receipt(_ name: String, _ language: Language = .english) -> Receipt {
    receipt(path: Array(name.utf8), name, language)
  }

  private func receipt(path: [UInt8], _ name: String, _ language: Language = .english) -> Receipt {
    let moment = Timestamp(milliseconds: 1_795_612_345_000)
    let file = SettledFile(
      folder: "inbox", path: RelativePath(unchecked: path),
      identity: FileIdentity(device: 1, inode: 2, size: 1500, modified: 3, changed: 4), owner: 0, received: moment,
      settled: moment, evidence: .lease, discovery: .event)
    let digest = SHA256Digest(words: (1, 2, 3, 4))
    let delivery = Delivery(
      number: 1, file: file,
      prepared: PreparedDelivery(
        sha256: digest, id: DeliveryID(digest: digest), bucket: "files", objectKey: name, contentType: "t",
        owner: "anna", host: "server"),
      receipt: UploadReceipt(etag: "e", versionID: name, uploaded: moment), nextAttempt: moment)
    return Receipt(delivery, time: LocalMoment(moment, offset: .seconds(3600)), language: language)
  }

  /// The fields of one line, read as RFC 4180 says.
  private func fields(_ line: [UInt8], separator: Character) throws -> [String] {
    let text = String(decoding: line, as: UTF8.self)
    let body = try #require(text.hasSuffix("\r\n") ? text.dropLast() : nil)
    var (fields, isQuoted, rest) = ([""], false, body[...])
    while let character = rest.popFirst() {
      if character == "\"", isQuoted, rest.first == "\"" {
        fields[fields.count - 1] += String(rest.removeFirst())
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == separator, !isQuoted {
        fields.append("")
      } else {
        fields[fields.count - 1].append(character)
      }
    }
    #expect(!isQuoted)
    return fields
  }

  @Test(
    "no name is a formula, ends a field or a line, or hides anything",
    arguments: [
      "=1+1", "+1", "-1", "@sum", "\t=1+1", "\r=1+1", "\n=1+1", "\u{ff1d}1", "a\"b", "a\",\"=1", "a;b,c", "\u{202e}=1",
    ])
  func hostile(name: String) throws {
    for (language, separator) in [(Language.english, Character(",")), (.italian, ";")] {
      let fields = try fields(receipt(name).line(in: language), separator: separator)
      #expect(fields.count == 8)
      for field in fields {
        #expect(!field.unicodeScalars.contains { $0.value < 32 || $0 == "\u{202e}" })
        #expect(!(field.first.map { "=+-@\t\r\u{ff1d}".contains($0) } ?? false), "\(field)")
      }
    }
  }

  @Test("whatever a file is called, its line has eight fields and the second is its name", arguments: Language.allCases)
  func everyName(language: Language) throws {
    let separator = language == .italian ? UInt8(ascii: ";") : UInt8(ascii: ",")
    for name in HostileText.names(3000, seed: 14) {
      let text = String(decoding: name, as: UTF8.self)
      let line = receipt(path: name, text).line(in: language)
      let rows = try #require(HostileText.rows(ofCSV: line, separator: separator), "\(name)")
      #expect(rows.count == 1 && rows.first?.count == 8, "\(name)")
      for (field, value) in zip(rows.first?.dropFirst() ?? [], [EscapedText.escape(name), "1500"]) {
        let isFormula = ["=", "+", "-", "@", "\u{ff1d}"].contains { value.utf8.starts(with: $0.utf8) }
        #expect(field == Array((isFormula ? "'" + value : value).utf8), "\(name)")
      }
    }
  }

  @Test("a table keeps moments as programs read them, a text as people do", arguments: Language.allCases)
  func moments(language: Language) {
    let text = String(decoding: receipt("a.pdf", language).text, as: UTF8.self)
    #expect(text.contains(language == .italian ? "25/11/2026 14:12:25 +01:00" : "25 Nov 2026 14:12:25 +01:00"))
    let line = String(decoding: receipt("a.pdf").line(in: language), as: UTF8.self)
    #expect(line.hasPrefix("\"2026-11-25T14:12:25+01:00\""))
  }
}
