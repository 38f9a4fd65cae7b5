package import DeliveryModel

/// The note beside a refused file: what is wrong, what to do, when. Plain text, for any program.
package struct RefusalNote {
  package static let suffix = Array(".REASON.txt".utf8)

  package let file: RelativePath
  package let findings: [Finding]
  package let time: LocalMoment
  /// The folder into which a corrected file goes.
  package let folder: String
  /// What an administrator finds the record by.
  package let reference: String
  package let language: Language

  package init(
    file: RelativePath, findings: [Finding], time: LocalMoment, folder: String, reference: String, language: Language
  ) {
    self.file = file
    self.findings = findings
    self.time = time
    self.folder = folder
    self.reference = reference
    self.language = language
  }

  /// UTF-8 with the mark that old Windows editors want, lines ended as they want them.
  package var bytes: [UInt8] {
    let title = language.text(.noteTitle)
    var lines = [
      title, String(repeating: "=", count: title.count), "",
      language.text(.noteFile, EscapedText.escape(file.name)), language.text(.noteTime, language.minute(time)), "",
      language.text(.noteWhy),
    ]
    lines += findings.map { "  - " + EscapedText.escape(language.text($0)) }
    lines += ["", language.text(.noteWhat)] + advice.map { "  - " + $0 }
    if canBeCorrected { lines += ["", language.text(.noteRetry, folder)] }
    lines += ["", language.text(.noteSafe), "", language.text(.noteReference, reference), ""]
    return Array(("\u{feff}" + lines.joined(separator: "\r\n")).utf8)
  }

  /// What holds malware is nothing for the staff to open and mend.
  private var canBeCorrected: Bool { !findings.contains { $0.code == .malware } }

  /// Each once, in order.
  private var advice: [String] {
    var seen: Set<String> = []
    return findings.compactMap(language.advice).filter { seen.insert($0).inserted }
  }
}
