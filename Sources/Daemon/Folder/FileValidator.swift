import ContentInspection
import DaemonConfiguration
import DeliveryModel
import FolderFeedback
import Synchronization

/// Judges a finished file by its folder's rules, while its content is at hand for hashing.
final class FileValidator: Sendable {
  enum Answer: Equatable {
    /// Nil where there is nothing to say.
    case judged(Verdict?)
    /// It cannot be judged now, so the file waits; in plain words.
    case wait(code: String, reason: String)
  }

  private let magic = Mutex<Result<MagicDatabase, any Error>?>(nil)

  init() {}

  /// Blocks for reading, and for the virus scanner. Throws what reading throws.
  func judge(_ file: SettledFile, _ content: InspectedContent, by rules: FileRules) throws -> Answer {
    var refusals = Self.refusals(of: file.path, size: content.size, by: rules)
    if !rules.allowedTypes.isEmpty {
      switch database() {
      case .success(let magic): refusals += try typeFindings(file.path, content, magic, rules)
      case .failure(let error):
        return .wait(
          code: "magic", reason: "files cannot be told by their content (libmagic: \(error)); install libmagic-mgc")
      }
    }
    let name = String(decoding: file.path.fileExtension, as: UTF8.self).lowercased()
    var remarks = try DocumentCheck.findings(content, fileExtension: name)
    if let socket = rules.antivirus, refusals.isEmpty {
      switch try VirusScanner(socket: socket).scan(content) {
      case .clean: break
      case .found(let virus): refusals.append(Finding(.malware, [virus]))
      case .tooLarge: remarks.append(Finding(.notScanned))
      case .unavailable(let reason):
        return .wait(
          code: "antivirus", reason: "the virus scanner at \(socket) cannot be asked (\(reason)); files wait for it")
      }
    }
    return .judged(Self.verdict(refusals: refusals, remarks: remarks))
  }

  static func verdict(refusals: [Finding], remarks: [Finding]) -> Verdict? {
    if refusals.isEmpty, remarks.isEmpty { return nil }
    let findings = refusals + remarks
    return Verdict(
      decision: refusals.isEmpty ? .flagged : .rejected, findings: findings,
      reason: Language.english.text(findings))
  }

  /// What is refused whatever is in it.
  static func refusals(of path: RelativePath, size: Int64, by rules: FileRules) -> [Finding] {
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

  private func typeFindings(
    _ path: RelativePath, _ content: InspectedContent, _ magic: MagicDatabase, _ rules: FileRules
  ) throws -> [Finding] {
    let head = try content.read(0, MagicDatabase.headLength)
    let named = ContentType.guess(for: path)
    let found = TypeRule(rules.allowedTypes).finding(
      named: named, content: magic.type(of: head) ?? ContentType.unknown, head: head)
    return found.map { [$0] } ?? []
  }

  private func database() -> Result<MagicDatabase, any Error> {
    magic.withLock { magic in
      if case .success(let loaded)? = magic { return .success(loaded) }
      let loaded = Result { try MagicDatabase() }
      magic = loaded
      return loaded
    }
  }
}
