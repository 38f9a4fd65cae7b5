/// What the rules of a folder, and a look at the content, say about a file; nil of it means: nothing to say.
package struct Verdict: Hashable, Sendable {
  /// The raw value is what the record's `status` and the journal hold.
  package enum Decision: String, Sendable, CaseIterable {
    /// Delivered like any other, and something about it is worth knowing.
    case flagged
    /// Not uploaded: recorded and moved aside.
    case rejected
  }

  package var decision: Decision
  /// At least one.
  package var findings: [Finding]
  /// The findings in plain English: the record's `reason`.
  package var reason: String

  package init(decision: Decision, findings: [Finding], reason: String) {
    self.decision = decision
    self.findings = findings
    self.reason = reason
  }

  package var isRejected: Bool { decision == .rejected }
}

/// One thing that was found about a file, in a form that each language can put into words.
package struct Finding: Hashable, Sendable {
  /// The raw value is part of the journal's schema.
  package enum Code: String, Sendable, CaseIterable {
    case tooSmall = "too-small"
    case tooLarge = "too-large"
    /// The type, as told by content and extension, is none of the folder's.
    case typeNotAllowed = "type-not-allowed"
    /// The extension says one thing and the content another.
    case typeMismatch = "type-mismatch"
    case nameNotAllowed = "name-not-allowed"
    case malware
    case empty
    case onlyZeros = "only-zeros"
    case truncated
    case encrypted
    /// Larger than the virus scanner takes.
    case notScanned = "not-scanned"
    /// The virus scanner failed on this one again and again.
    case scanFailed = "scan-failed"
    /// What looks into files failed on this one again and again.
    case notInspected = "not-inspected"
  }

  package var code: Code
  /// What the words need to be precise: a size in bytes, a type, the folder's message. Empty where nothing is.
  package var details: [String]

  package init(_ code: Code, _ details: [String] = []) {
    self.code = code
    self.details = details
  }
}

extension [Finding] {
  /// One line each, code and details separated by tabs; line ends and tabs in details become spaces.
  package var encoded: String {
    var lines: [String] = []
    for finding in self {
      let fields: [String] = [finding.code.rawValue] + finding.details.map(Self.oneField)
      lines.append(fields.joined(separator: "\t"))
    }
    return lines.joined(separator: "\n")
  }

  private static func oneField(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\t" || isLineEnd($0) ? " " : $0 }))
  }

  /// What Unicode takes for the end of a line (UAX #14, BK, CR, LF, NL).
  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\u{b}", "\u{c}", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }

  /// Reads ``encoded``; lines that this version does not know are left out.
  package init(encoded: String) {
    self.init()
    for line in encoded.pieces(at: "\n") {
      let fields = line.pieces(at: "\t")
      guard let code = Finding.Code(rawValue: fields[0]) else { continue }
      append(Finding(code, Array<String>(fields.dropFirst())))
    }
  }
}
