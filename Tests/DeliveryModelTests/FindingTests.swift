import DeliveryModel
import TestSupport
import Testing

struct FindingTests {
  @Test("whatever a detail says, the findings are read as they were written, on one line each")
  func roundTrip() {
    for text in HostileText.samples(2000, seed: 19) {
      let findings = [Finding(.nameNotAllowed, [text, "b"]), Finding(.empty)]
      let read = [Finding](encoded: findings.encoded)
      #expect(read.map(\.code) == [.nameNotAllowed, .empty], "\(text.utf8)")
      let shown = text.unicodeScalars.map { scalar -> Unicode.Scalar in
        ["\n", "\r", "\t", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar) ? " " : scalar
      }
      #expect(read.first?.details.count == 2, "\(text.utf8)")
      #expect(read.first?.details.first?.unicodeScalars.elementsEqual(shown) == true, "\(text.utf8)")
    }
  }
}
