import DeliveryJournal
import DeliveryModel
import FoundationEssentials
import TestFixtures
import Testing

@testable import Alerts

@Suite struct AlertMessageTests {
  private func message(_ notice: AlertNotice, count: Int = 1) -> AlertMessage {
    AlertMessage(Alert(channel: .webhook, id: notice.id, notice: notice, count: count, tries: 0), host: "filer")
  }

  private func parked(_ path: [UInt8], reason: String = "S3 cannot take it") -> AlertNotice {
    AlertNotice(
      .parked, "inbox", at: Fixture.wall, number: 7, path: RelativePath(unchecked: path), reason: reason)
  }

  @Test("It says what happened, to which file, what that means, and what to do")
  func words() {
    let text = message(parked(Array("a.pdf".utf8))).text
    #expect(
      text
        == "filer: inbox/a.pdf cannot be delivered and was set aside: S3 cannot take it. It stays in its folder. Mend "
        + "the cause, then run: s3loggerd queue retry 7")
    #expect(message(parked(Array("a.pdf".utf8)), count: 4).text.hasSuffix("3 more of the kind since the last message."))
  }

  @Test("Each event has its words")
  func everyEvent() {
    for event in AlertNotice.Event.allCases where event != .digest {
      let notice = AlertNotice(event, "s3", at: Fixture.wall, number: 1, path: Fixture.path("a"), reason: "why")
      #expect(message(notice).text.count > 40, "\(event)")
    }
    for subject in ["s3", "dynamodb", "credentials", "journal", "queue"] {
      #expect(message(AlertNotice(.recovered, subject, at: Fixture.wall)).data.subject == subject)
    }
  }

  @Test("A hostile name is text: no markup, no line end, nothing that reverses, and its length is bounded")
  func hostile() throws {
    let names: [[UInt8]] = [
      Array("<img src=x onerror=alert(1)>\n\u{202e}@channel [a](http://x) `b`\u{2028}".utf8),
      [UInt8](repeating: 0xff, count: 4095), Array("\"quoted\\".utf8),
    ]
    for name in names {
      let made = message(parked(name, reason: String(repeating: "é", count: 5000)))
      #expect(made.text.unicodeScalars.count <= AlertMessage.textLimit)
      #expect(made.text.unicodeScalars.allSatisfy { !"<>@[]`\n\u{202e}\u{2028}".unicodeScalars.contains($0) })
      let parsed = try JSONDecoder().decode([String: Loose].self, from: Data(made.json))
      #expect(parsed["text"]?.text == made.text)
      #expect(made.json.count < 20_000)
    }
    #expect(message(parked([UInt8](repeating: 0xff, count: 4095), reason: "r")).text.hasSuffix("queue retry 7"))
  }

  /// Any JSON value; a text is kept.
  private struct Loose: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
      text = try? decoder.singleValueContainer().decode(String.self)
    }
  }

  @Test("It is the same at every attempt")
  func stable() {
    let notice = parked(Array("a".utf8))
    #expect(message(notice).json == message(notice).json)
  }

  @Test("The digest's figures travel through the journal")
  func digest() {
    var sums = Journal.Figures()
    sums.delivered = ["inbox": Journal.Figures.Sum(files: 3, bytes: 2_000_000)]
    sums.parked = 1
    sums.pending = 2
    sums.oldest = Fixture.wall
    let figures = DigestFigures(
      sums, folders: ["inbox", "scans"], since: Fixture.wall, now: Fixture.wall + .seconds(180),
      uncleanExit: Fixture.wall + .seconds(-1))
    let made = message(AlertNotice(.digest, "2026-11-25", at: Fixture.wall, details: figures.json))
    #expect(made.data.digest == figures)
    #expect(
      made.text
        == "filer: Since the last digest: 3 delivered (2.0 MB), 0 refused. Now: 2 waiting (the oldest for 3min), 1 "
        + "set aside. Nothing came from: scans. What was set aside: s3loggerd queue --state parked")
  }

  @Test("an alert names the folder apart from a service of the same name")
  func alert() {
    let subject = AlertNotice.Subject.folder("s3")
    let notice = AlertNotice(.folder, subject, at: Fixture.wall, reason: "it does not answer")
    let message = AlertMessage(
      Alert(channel: .webhook, id: notice.id, notice: notice, count: 1, tries: 0), host: "filer")
    #expect(message.data.folder == "s3" && message.data.subject == nil && message.type == "folder")
    #expect(message.text.contains("Folder s3: it does not answer. Nothing is lost"))
    let over = AlertNotice(.recovered, subject, at: Fixture.wall)
    let end = AlertMessage(Alert(channel: .webhook, id: over.id, notice: over, count: 1, tries: 0), host: "filer")
    #expect(end.data.folder == "s3" && end.text.contains("Folder s3: nothing in it waits"))
    #expect(AlertNotice(.recovered, "s3", at: Fixture.wall).folder == nil)
  }
}
