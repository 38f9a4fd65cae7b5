import DeliveryModel
import TestSupport
import Testing

@testable import FolderFeedback

/// What a browser is given.
struct StatusPageTests {
  /// Names that would act if they were not text.
  static let names = [
    "<script>alert(1)</script>.pdf", "\"><img src=x onerror=alert(1)>.pdf", "&lt;b&gt;.pdf", "a\tb\rc\n.pdf",
    "fdp.\u{202e}exe", "\u{0}\u{1b}[31m.pdf", "=cmd|'/C calc'!A0",
  ]

  private static let moment = LocalMoment(Timestamp(milliseconds: 1_795_612_345_000), offset: .seconds(3600))

  private func row(_ name: String, _ findings: [Finding] = []) -> StatusPage.Row {
    StatusPage.Row(
      path: RelativePath(unchecked: Array(name.utf8)), size: 1500, time: Self.moment,
      digest: "0123456789abcdef", findings: findings)
  }

  private func page(_ verdict: StatusPage.Verdict = .ok, _ language: Language = .english) -> StatusPage {
    StatusPage(
      folder: "inbox", language: language, verdict: verdict, waitingCount: 0, waiting: [], refused: [],
      refusedPlace: "_rejected", arrived: [], reached: nil, hasTrouble: false)
  }

  private func html(_ page: StatusPage) -> String { String(decoding: page.html(asOf: Self.moment), as: UTF8.self) }

  /// The tags of a page, without what they enclose.
  private func tags(_ html: String) -> [String] { html.matches(of: #/<[^>]*>/#).map { String($0.output) } }

  @Test("a hostile name or message is text: it adds no tag, and nothing that acts", arguments: names)
  func hostile(name: String) {
    var (plain, bad) = (page(), page())
    for (name, path) in [("plain", \StatusPage.waiting), ("plain", \.refused), ("plain", \.arrived)] {
      plain[keyPath: path] = [row(name, [Finding(.nameNotAllowed, ["plain"])])]
    }
    for path in [\StatusPage.waiting, \.refused, \.arrived] {
      bad[keyPath: path] = [row(name, [Finding(.nameNotAllowed, [name])])]
    }
    #expect(tags(html(bad)) == tags(html(plain)))
    #expect(html(bad).unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    #expect(!html(bad).contains("\u{202e}"))
  }

  @Test(
    "files that are passed over by name are named, hostile names as text, and then all is not well", arguments: names)
  func passedOver(name: String) {
    func page(_ name: String) -> StatusPage {
      var page = self.page(.passedOver)
      page.passedOver = [
        StatusPage.PassedOver(
          path: RelativePath(unchecked: Array(name.utf8)), time: Self.moment, programs: "many programs",
          pattern: "*.tmp")
      ]
      page.passedOverCount = 3
      return page
    }
    let text = html(page(name))
    #expect(tags(text) == tags(html(page("plain"))))
    #expect(!text.contains("All is well") && text.contains("and 2 more") && text.contains("many programs: *.tmp"))
    #expect(!text.contains("\u{202e}"))
    #expect(!html(self.page()).contains("because of their names"))
  }

  @Test("what waits for a person is named with what it needs, hostile names as text", arguments: names)
  func heldUp(name: String) {
    func page(_ name: String) -> StatusPage {
      var page = self.page(.heldUp)
      let causes: [StatusPage.HeldUp.Cause] = [.unreadableFile, .unreadableDirectory, .heldOpen, .notAtRest]
      page.heldUp = causes.map { cause in
        StatusPage.HeldUp(path: RelativePath(unchecked: Array(name.utf8)), since: Self.moment, cause: cause)
      }
      page.heldUpCount = 6
      return page
    }
    let text = html(page(name))
    #expect(tags(text) == tags(html(page("plain"))))
    #expect(!text.contains("All is well") && text.contains("and 2 more") && text.contains("Save it and close it there"))
    #expect(!text.contains("\u{202e}") && !html(self.page()).contains("Cannot be sent yet"))
  }

  @Test("whatever a file is called, the page has the same tags and names it in full")
  func everyName() throws {
    var plain = page()
    plain.arrived = [row("plain", [Finding(.nameNotAllowed, ["plain"])])]
    let tags = tags(html(plain))
    for name in HostileText.names(1000, seed: 15) {
      var page = page()
      let text = String(decoding: name, as: UTF8.self)
      page.arrived = [row(text, [Finding(.nameNotAllowed, [text])])]
      page.arrived[0].path = RelativePath(unchecked: name)
      let bytes = page.html(asOf: Self.moment)
      #expect(Self.tags(bytes) == tags.map { Array($0.utf8) }, "\(name)")
      #expect(Self.named(bytes) == [Array(EscapedText.escape(name).utf8)], "\(name)")
    }
  }

  private static func tags(_ bytes: [UInt8]) -> [[UInt8]] {
    bytes.split(separator: UInt8(ascii: "<")).compactMap { piece in
      piece.firstIndex(of: UInt8(ascii: ">")).map { [UInt8(ascii: "<")] + piece[...$0] }
    }
  }

  /// What the rows name, as a browser reads it.
  private static func named(_ bytes: [UInt8]) -> [[UInt8]] {
    var names: [[UInt8]] = []
    let (begin, end) = (Array("<bdi>".utf8), UInt8(ascii: "<"))
    for start in bytes.indices where bytes[start...].starts(with: begin) {
      var (name, rest): ([UInt8], ArraySlice<UInt8>) = ([], bytes[(start + begin.count)...].prefix { $0 != end })
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "&"), let stop = rest.firstIndex(of: UInt8(ascii: ";")) else {
          name.append(byte)
          continue
        }
        let entities = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "#39": "'"]
        name += (entities[String(decoding: rest[..<stop], as: UTF8.self)] ?? "?").utf8
        rest = rest[(stop + 1)...]
      }
      names.append(name)
    }
    return names
  }

  @Test("what is read is what is on the disk, its marks written out")
  func shown() {
    var page = page()
    page.arrived = [row("a<b>&\"c\"\td.pdf")]
    #expect(html(page).contains("a&lt;b&gt;&amp;&quot;c&quot;\\td.pdf"))
  }

  @Test("a page fetches nothing, runs nothing, and names its language", arguments: Language.allCases)
  func selfContained(language: Language) {
    let html = html(page(.busy, language))
    #expect(html.contains("<html lang=\"\(language.rawValue)\">"))
    let outside = ["<script", "src=", "href=", "url(", "@import", "http-equiv=\"refresh"]
    for part in outside { #expect(!html.contains(part)) }
    #expect(html.contains("default-src 'none'"))
  }

  @Test("moments stand as the language writes them")
  func moments() {
    var (english, italian) = (page(), page(.ok, .italian))
    english.arrived = [row("a.pdf")]
    italian.arrived = [row("a.pdf")]
    #expect(html(english).contains("25 Nov 2026 14:12") && html(english).contains("1.5 kB"))
    #expect(html(italian).contains("25/11/2026 14:12") && html(italian).contains("1,5 kB"))
  }

  @Test("where nothing is known, nothing is said about any file", arguments: Language.allCases)
  func unknown(language: Language) {
    let html = html(page(.unknown, language))
    for phrase in [Phrase.verdictOK, .nothingWaiting, .nothingRefused, .nothingRecent, .pageNeverReached] {
      #expect(!html.contains(HTML.escape(language.text(phrase))), "\(phrase)")
    }
    #expect(html.contains(HTML.escape(language.text(.verdictUnknown))))
  }
}
