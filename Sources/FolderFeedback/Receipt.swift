package import DeliveryModel

/// What the staff get in writing about one delivered file.
package struct Receipt: Sendable {
  private let delivery: Delivery
  private let time: LocalMoment
  private let language: Language

  /// `time` is when its record was acknowledged.
  package init(_ delivery: Delivery, time: LocalMoment, language: Language) {
    self.delivery = delivery
    self.time = time
    self.language = language
  }

  /// What a line is found by: it never stands in a table twice.
  package var record: String { delivery.prepared?.id.text ?? "" }

  private var fields: [(Phrase, String)] {
    [
      (.receiptTime, time.iso8601), (.receiptName, delivery.file.path.escaped),
      (.receiptSize, "\(delivery.file.identity.size)"), (.receiptDigest, delivery.prepared?.sha256.hex ?? ""),
      (.receiptKey, EscapedText.escape(delivery.prepared?.objectKey ?? "")),
      (.receiptVersion, EscapedText.escape(delivery.receipt?.versionID ?? "")), (.receiptRecord, record),
      (.receiptRemark, EscapedText.escape(language.text(delivery.verdict?.findings ?? []))),
    ]
  }

  /// One line of the day's table, its end included.
  package var line: [UInt8] {
    Array((fields.map { TableField.quote($0.1) }.joined(separator: language.listSeparator) + "\r\n").utf8)
  }

  /// The table's first line. The mark before it tells spreadsheet programs that it is UTF-8.
  package static func heading(_ language: Language) -> [UInt8] {
    let titles: [Phrase] = [
      .receiptTime, .receiptName, .receiptSize, .receiptDigest, .receiptKey, .receiptVersion, .receiptRecord,
      .receiptRemark,
    ]
    let line = titles.map { TableField.quote(language.text($0)) }.joined(separator: language.listSeparator)
    return Array(("\u{feff}" + line + "\r\n").utf8)
  }

  /// A text of its own.
  package var text: [UInt8] {
    let title = language.text(.receiptTitle)
    var lines = [title, String(repeating: "=", count: title.count), ""]
    for (phrase, value) in fields where !value.isEmpty { lines.append("\(language.text(phrase)): \(value)") }
    lines += ["", language.text(.receiptHelp), ""]
    return Array(("\u{feff}" + lines.joined(separator: "\r\n")).utf8)
  }
}
