package import DeliveryModel

/// What the staff get in writing about one delivered file.
package struct Receipt: Sendable {
  private let delivery: Delivery
  private let time: LocalMoment
  private let language: Language
  private let detail: Detail

  /// How much its readers may know of the file.
  package enum Detail: Sendable, Equatable {
    case all
    /// Nothing of what is in it.
    case withoutDigest
    /// Only that there is one.
    case none
  }

  /// `time` is when its record was acknowledged.
  package init(_ delivery: Delivery, time: LocalMoment, language: Language, detail: Detail = .all) {
    self.delivery = delivery
    self.time = time
    self.language = language
    self.detail = detail
  }

  /// What a line is found by: it never stands in a table twice.
  package var record: String { delivery.prepared?.id.text ?? "" }

  private func fields(_ language: Language, time: String) -> [(Phrase, String)] {
    guard detail != .none else {
      let line = [time, language.text(.closedFile), "", "", "", "", record, ""]
      return Array(zip(Self.titles, line))
    }
    return [
      (.receiptTime, time), (.receiptName, delivery.file.path.escaped),
      (.receiptSize, "\(delivery.file.identity.size)"),
      (.receiptDigest, detail == .all ? delivery.prepared?.sha256?.hex ?? "" : ""),
      (.receiptKey, EscapedText.escape(delivery.prepared?.objectKey ?? "")),
      (.receiptVersion, EscapedText.escape(delivery.receipt?.versionID ?? "")), (.receiptRecord, record),
      (.receiptRemark, EscapedText.escape(language.text(delivery.verdict?.findings ?? []))),
    ]
  }

  /// One line of a day's table in `language`, its end included.
  package func line(in language: Language) -> [UInt8] {
    let fields = fields(language, time: time.iso8601).map { CSVField.quote($0.1, .always) }
    return Array((fields.joined(separator: language.listSeparator) + "\r\n").utf8)
  }

  private static let titles: [Phrase] = [
    .receiptTime, .receiptName, .receiptSize, .receiptDigest, .receiptKey, .receiptVersion, .receiptRecord,
    .receiptRemark,
  ]

  /// The table's first line. The mark before it tells spreadsheet programs that it is UTF-8.
  package static func heading(_ language: Language) -> [UInt8] {
    let line = titles.map { CSVField.quote(language.text($0), .always) }.joined(separator: language.listSeparator)
    return Array(("\u{feff}" + line + "\r\n").utf8)
  }

  /// Whether `half` is what a write of one of these receipts, or of a heading, leaves that did not come to its end.
  package static func isBegun(_ half: ArraySlice<UInt8>, _ receipts: [Receipt]) -> Bool {
    guard !half.isEmpty else { return false }
    return Language.allCases.contains { language in
      heading(language).starts(with: half) || receipts.contains { $0.line(in: language).starts(with: half) }
    }
  }

  /// Whether a text that begins so is a receipt.
  package static func isText(_ beginning: [UInt8]) -> Bool {
    Language.allCases.contains { beginning.starts(with: Array(("\u{feff}" + $0.text(.receiptTitle)).utf8)) }
  }

  /// Bytes that ``isText(_:)`` wants.
  package static let textHead = 256

  /// A text of its own.
  package var text: [UInt8] {
    let title = language.text(.receiptTitle)
    var lines = [title, String(repeating: "=", count: title.count), ""]
    for (phrase, value) in fields(language, time: language.second(time)) where !value.isEmpty {
      lines.append("\(language.text(phrase)): \(value)")
    }
    lines += ["", language.text(.receiptHelp), ""]
    return Array(("\u{feff}" + lines.joined(separator: "\r\n")).utf8)
  }
}
