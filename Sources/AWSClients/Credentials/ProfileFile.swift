/// The AWS tools' shared files: sections of `name = value` lines.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
struct ProfileFile: Sendable, Equatable {
  /// Settings by profile.
  private(set) var profiles: [String: [String: String]] = [:]

  /// In the config file (`isConfig`) a profile other than `default` is named `[profile name]`; other sections there are
  /// something else.
  init(parsing bytes: [UInt8], isConfig: Bool) {
    let text = String(
      decoding: bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
    var section: String?
    for line in text.split(whereSeparator: \.isNewline) {
      let content = Self.trimmed(line)
      if content.hasPrefix("#") || content.hasPrefix(";") { continue }
      if content.hasPrefix("[") {
        section = Self.profile(content, isConfig: isConfig)
        if let section { profiles[section, default: [:]] = profiles[section] ?? [:] }
      } else if let section, line.first?.isWhitespace == false, let equals = content.firstIndex(of: "=") {
        let value = Self.trimmed(content[content.index(after: equals)...])
        profiles[section, default: [:]][Self.trimmed(content[..<equals]).lowercased()] = String(value)
      }
    }
  }

  /// Adds the settings of `other`; where both have one, this file's stays.
  func merged(with other: ProfileFile) -> ProfileFile {
    var result = self
    result.profiles.merge(other.profiles) { ours, theirs in ours.merging(theirs) { first, _ in first } }
    return result
  }

  private static func profile(_ line: Substring, isConfig: Bool) -> String? {
    guard let end = line.firstIndex(of: "]") else { return nil }
    let words = line[line.index(after: line.startIndex)..<end].split(whereSeparator: \.isWhitespace)
    if words.count == 2, words[0] == "profile", isConfig { return String(words[1]) }
    guard words.count == 1, let name = words.first, !isConfig || name == "default" else { return nil }
    return String(name)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var rest = text
    while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
    while rest.last?.isWhitespace == true { rest = rest.dropLast() }
    return rest
  }
}
