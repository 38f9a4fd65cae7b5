import DeliveryModel
import Testing

@testable import FolderFeedback

struct LanguageTests {
  @Test("no phrase is missing, none is left over", arguments: Language.allCases)
  func complete(language: Language) {
    #expect(Set(language.words.keys) == Set(Phrase.allCases))
    for (phrase, text) in language.words { #expect(!text.isEmpty, "\(phrase)") }
  }

  @Test("every phrase is translated, its values kept", arguments: Phrase.allCases)
  func translated(phrase: Phrase) {
    let (english, italian) = (Language.english.words[phrase] ?? "", Language.italian.words[phrase] ?? "")
    if phrase != .receiptDigest { #expect(english != italian) }
    for index in 0..<3 {
      let place = "{\(index)}"
      #expect(english.contains(place) == italian.contains(place), "\(place)")
    }
  }

  @Test("every finding can be told in every language", arguments: Finding.Code.allCases)
  func findings(code: Finding.Code) {
    for language in Language.allCases {
      let text = language.text(Finding(code, ["1500", "2500000"]))
      #expect(!text.isEmpty && !text.contains("{"), "\(text)")
    }
  }

  @Test("a value is put in as it is: what looks like the place of another, or joins the text beside it, is only text")
  func values() {
    let text = Language.english.text(.typeMismatch, "{1}\u{600}", "\u{301}{0}")
    #expect(
      text.unicodeScalars.elementsEqual(
        "By its name the file is {1}\u{600}, but what is in it is \u{301}{0}.".unicodeScalars))
    #expect(Language.english.text(.noteFile, "{0}{1}") == "File: {0}{1}")
  }

  @Test("sizes are told as file managers do, with the language's own separator")
  func sizes() {
    #expect(Language.english.size(999) == "999 B")
    #expect(Language.english.size(1500) == "1.5 kB")
    #expect(Language.italian.size(2_500_000) == "2,5 MB")
  }

  @Test("a note says what, why, what to do and when, and a hostile name is only text")
  func note() {
    let note = RefusalNote(
      file: RelativePath(unchecked: Array("a\n\u{202e}<b>.pdf".utf8)),
      findings: [Finding(.tooLarge, ["3000000", "1000"]), Finding(.nameNotAllowed, ["Write the case number."])],
      time: LocalMoment(Timestamp(milliseconds: 1_764_000_000_000), offset: .seconds(3600)), folder: "inbox",
      reference: "id", language: .english)
    let text = String(decoding: note.bytes, as: UTF8.self)
    for part in [
      "a\\n\\u{202e}<b>.pdf", "3.0 MB", "1.0 kB", "Write the case number.", "\"inbox\"", "24 Nov 2025 17:00",
      "administrator: id",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(text.split(separator: "\r\n", omittingEmptySubsequences: false).allSatisfy { !$0.contains("\n") })
  }

  @Test("only a file that can be corrected is to be dragged back", arguments: Language.allCases)
  func malware(language: Language) {
    func text(_ code: Finding.Code) -> String {
      let note = RefusalNote(
        file: RelativePath(unchecked: Array("a.pdf".utf8)), findings: [Finding(code, ["1", "2"])],
        time: LocalMoment(Timestamp(milliseconds: 0), offset: .zero), folder: "inbox", reference: "id",
        language: language)
      return String(decoding: note.bytes, as: UTF8.self)
    }
    #expect(text(.tooLarge).contains(language.text(.noteRetry, "inbox")))
    #expect(!text(.malware).contains(language.text(.noteRetry, "inbox")))
    #expect(text(.malware).contains(language.text(.adviceMalware)))
  }
}
