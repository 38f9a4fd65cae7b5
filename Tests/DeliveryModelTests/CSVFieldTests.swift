import DeliveryModel
import TestSupport
import Testing

struct CSVFieldTests {
  @Test(
    "whatever a field holds, a reader of RFC 4180 finds it, and no more",
    arguments: [CSVField.QuotationMarks.always, .whereNeeded])
  func everyField(marks: CSVField.QuotationMarks) throws {
    for separator in [",", ";"] where marks == .always || separator == "," {
      for text in HostileText.samples(5000, seed: 21) {
        let line = CSVField.quote(text, marks) + separator + CSVField.quote("end", marks) + "\r\n"
        let rows = try #require(
          HostileText.rows(ofCSV: line.utf8, separator: separator.utf8.first ?? 0), "\(Array(text.utf8))")
        let isFormula = text.unicodeScalars.first.map {
          "=+-@\t\r\n\u{ff1d}\u{ff0b}\u{ff0d}\u{ff20}".unicodeScalars.contains($0)
        }
        let field = Array((isFormula == true ? "'" + text : text).utf8)
        #expect(rows == [[field, Array("end".utf8)]], "\(Array(text.utf8))")
      }
    }
  }
}
