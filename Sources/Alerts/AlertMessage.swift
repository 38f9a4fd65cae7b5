package import DeliveryModel
import FoundationEssentials

/// What a receiver gets: one JSON object, byte for byte the same at every attempt. The names are an interface.
package struct AlertMessage: Encodable, Equatable {
  /// The same at every attempt.
  package var id: String
  /// An ``AlertNotice/Event``, or `test`.
  var type: String
  var timestamp: String
  /// For people.
  var text: String
  var host: String
  var agent = Version.agent
  /// Of how many notices of this cause it tells.
  var count: Int
  var data: Content

  /// What there is to know besides; each only where it fits.
  struct Content: Encodable, Equatable {
    var folder: String?
    /// As it is shown elsewhere: what is not printable text is escaped.
    var path: String?
    /// The delivery's number.
    var number: Int64?
    /// `s3`, `dynamodb`, `credentials`, `journal` or `queue`.
    var subject: String?
    var reason: String?
    var digest: DigestFigures?
  }

  /// More of a text is cut, in characters.
  static let textLimit = 1000

  init(_ alert: Alert, host: String) {
    let notice = alert.notice
    let figures = try? JSONDecoder().decode(DigestFigures.self, from: Data(notice.details.utf8))
    id = alert.id
    type = notice.event.rawValue
    timestamp = notice.at.iso8601
    self.host = host
    count = alert.count
    data = Content(
      folder: notice.folder, path: notice.path.map { Self.cut($0.escaped) },
      number: notice.number, subject: notice.folder == nil ? notice.subject : nil,
      reason: notice.reason.isEmpty ? nil : Self.cut(notice.reason), digest: figures)
    text = Self.cut(AlertText(alert, host: host, figures: figures).text)
  }

  /// For `check --online`.
  package init(testAt moment: Timestamp, host: String) {
    id = "test_\(moment.milliseconds)"
    type = "test"
    timestamp = moment.iso8601
    text = AlertText.plain("\(host): This is a test of the alerts of s3loggerd; there is nothing to do.")
    self.host = host
    count = 1
    data = Content()
  }

  package var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and whole numbers alone: nothing that JSON could not say.
    return (try? encoder.encode(self)).map { Array($0) } ?? []
  }

  static func cut(_ text: String, limit: Int = textLimit) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > limit else { return text }
    return String(String.UnicodeScalarView(scalars.prefix(limit - 1))) + "…"
  }
}

extension AlertNotice {
  /// The folder's name; nil for what is about no folder.
  var folder: String? {
    event == .rejected || event == .parked ? subject : AlertNotice.Subject.name(ofFolder: subject)
  }
}
