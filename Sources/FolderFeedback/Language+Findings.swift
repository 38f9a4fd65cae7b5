package import DeliveryModel

extension Language {
  /// What was found, in one sentence.
  package func text(_ finding: Finding) -> String {
    func detail(_ index: Int) -> String { finding.details.indices.contains(index) ? finding.details[index] : "" }
    func amount(_ index: Int) -> String { Int64(detail(index)).map(size) ?? detail(index) }
    return switch finding.code {
    case .tooSmall: text(.tooSmall, amount(0), amount(1))
    case .tooLarge: text(.tooLarge, amount(0), amount(1))
    case .typeNotAllowed: text(.typeNotAllowed, typeName(detail(0)), typeNames(detail(1)))
    case .typeMismatch: text(.typeMismatch, typeName(detail(0)), typeName(detail(1)))
    case .nameNotAllowed: text(.nameNotAllowed, detail(0)).trimmed
    case .malware: text(.malware, detail(0))
    case .empty: text(.empty)
    case .onlyZeros: text(.onlyZeros)
    case .truncated: text(.truncated)
    case .encrypted: text(.encrypted)
    case .notScanned: text(.notScanned)
    case .scanFailed: text(.scanFailed)
    case .notInspected: text(.notInspected)
    }
  }

  package func text(_ findings: [Finding]) -> String { findings.map(text).joined(separator: " ") }

  /// What the staff can do about it; nil where nothing has to be done.
  func advice(_ finding: Finding) -> String? {
    switch finding.code {
    case .tooSmall, .tooLarge: text(.adviceSize)
    case .typeNotAllowed, .typeMismatch: text(.adviceType)
    case .nameNotAllowed: text(.adviceName)
    case .malware, .scanFailed: text(.adviceMalware)
    case .empty, .onlyZeros, .truncated, .encrypted, .notScanned, .notInspected: nil
    }
  }
}

extension String {
  var trimmed: String {
    let space = UInt8(ascii: " ")
    return String(
      decoding: utf8.prefix(upTo: utf8.lastIndex { $0 != space }.map(utf8.index(after:)) ?? utf8.startIndex),
      as: UTF8.self)
  }
}
