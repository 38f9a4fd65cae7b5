package import ContentInspection
package import DaemonConfiguration
package import DeliveryModel
import FolderFeedback

/// Judges a finished file by its folder's rules, while its content is at hand for hashing. What is in the content is found
/// out by a process without rights: see ``ContentInspector``.
package enum FileValidator {
  package enum Answer: Equatable {
    /// Nil where there is nothing to say.
    case judged(Verdict?)
    /// It cannot be judged now, so the file waits; in plain words.
    case wait(code: String, reason: String)
  }

  /// What has to be found out about the content before ``judge(_:_:by:_:)``; nil for nothing. Throws what reading throws.
  package static func question(_ file: SettledFile, _ content: InspectedContent, by rules: FileRules) throws
    -> InspectionQuestion?
  {
    let wantsType = !rules.allowedTypes.isEmpty
    let document = documentKind(file)
    // Nothing is interpreted of the others.
    guard wantsType || content.size > 0 && (document == .pdf || document == .office) else { return nil }
    return try InspectionQuestion(content, wantsType: wantsType, document: document)
  }

  /// Blocks for reading, and for the virus scanner. Throws what reading throws.
  ///
  /// `inspection`: the answer to ``question(_:_:by:)``, nil where there was none.
  package static func judge(
    _ file: SettledFile, _ content: InspectedContent, by rules: FileRules, _ inspection: ContentInspector.Outcome?,
    scanner: FolderScanner?
  ) throws -> Answer {
    var refusals = refusals(of: file.path, size: content.size, by: rules)
    var remarks: [Finding] = []
    switch inspection {
    case nil: remarks = try DocumentCheck.findings(content, documentKind(file)).map { Finding($0) }
    case .inspected(let answer, let magic):
      remarks = answer.findings.map { Finding($0) }
      if !rules.allowedTypes.isEmpty, let magic {
        return .wait(
          code: "magic", reason: "files cannot be told by their content (libmagic: \(magic)); install libmagic-mgc")
      }
      refusals += try typeFindings(file.path, content, answer.type, rules)
    case .failed:
      remarks = [Finding(.notInspected)]
      refusals += nameTypeFindings(file.path, rules)
    case .unavailable(let reason):
      if !rules.allowedTypes.isEmpty {
        return .wait(code: "inspection", reason: "files cannot be told by their content: \(reason)")
      }
      remarks = [Finding(.notInspected)]
    }
    if let scanner, refusals.isEmpty {
      switch try scanner.scan(file, content) {
      case .clean: break
      case .found(let virus): refusals.append(Finding(.malware, [virus]))
      case .tooLarge: remarks.append(Finding(.notScanned))
      case .failed where rules.antivirusFailure == .refuse: refusals.append(Finding(.scanFailed))
      case .failed: remarks.append(Finding(.scanFailed))
      case .wait(let reason): return .wait(code: "antivirus", reason: reason)
      }
    }
    return .judged(verdict(refusals: refusals, remarks: remarks))
  }

  package static func verdict(refusals: [Finding], remarks: [Finding]) -> Verdict? {
    if refusals.isEmpty, remarks.isEmpty { return nil }
    let findings = refusals + remarks
    return Verdict(
      decision: refusals.isEmpty ? .flagged : .rejected, findings: findings,
      reason: Language.english.text(findings))
  }

  /// What is refused whatever is in it.
  package static func refusals(of path: RelativePath, size: Int64, by rules: FileRules) -> [Finding] {
    sizeFindings(size, rules) + nameFindings(path, rules)
  }

  private static func sizeFindings(_ size: Int64, _ rules: FileRules) -> [Finding] {
    if let least = rules.minSize, size < least { return [Finding(.tooSmall, ["\(size)", "\(least)"])] }
    if let most = rules.maxSize, size > most { return [Finding(.tooLarge, ["\(size)", "\(most)"])] }
    return []
  }

  private static func nameFindings(_ path: RelativePath, _ rules: FileRules) -> [Finding] {
    guard let pattern = rules.namePattern, !pattern.matches(path.name) else { return [] }
    return [Finding(.nameNotAllowed, [rules.nameMessage ?? ""])]
  }

  private static func typeFindings(
    _ path: RelativePath, _ content: InspectedContent, _ type: String?, _ rules: FileRules
  ) throws -> [Finding] {
    guard !rules.allowedTypes.isEmpty else { return [] }
    let found = TypeRule(rules.allowedTypes).finding(
      named: ContentType.guess(for: path), content: type ?? ContentType.unknown,
      head: try content.read(0, DocumentCheck.window))
    return found.map { [$0] } ?? []
  }

  /// Where nothing tells what the content is.
  private static func nameTypeFindings(_ path: RelativePath, _ rules: FileRules) -> [Finding] {
    guard !rules.allowedTypes.isEmpty else { return [] }
    return TypeRule(rules.allowedTypes).finding(named: ContentType.guess(for: path)).map { [$0] } ?? []
  }

  private static func documentKind(_ file: SettledFile) -> DocumentCheck.Kind? {
    DocumentCheck.kind(fileExtension: String(decoding: file.path.fileExtension, as: UTF8.self).lowercased())
  }
}
