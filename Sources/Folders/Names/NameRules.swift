package import DeliveryModel
import SystemSupport

/// Which names of a folder are taken, judged without touching the disk.
package struct NameRules: Sendable {
  fileprivate let include: PatternList
  fileprivate let exclude: PatternList
  /// `exclude` without regard to case and form.
  private let looseExclude: PatternList
  fileprivate let ignoreTemporary: Bool
  private let recursive: Bool
  fileprivate var reserved: [RelativePath]

  /// `places` are reserved besides those that the folder's settings name.
  package init(_ folder: WatchedFolder, places: [RelativePath] = []) {
    include = PatternList(folder.include, folds: folder.caseSensitive != true)
    exclude = PatternList(folder.exclude, folds: folder.caseSensitive == false)
    looseExclude = PatternList(folder.exclude, folds: true)
    ignoreTemporary = folder.ignoreTemporary
    recursive = folder.recursive
    reserved = folder.reserved + places
  }

  /// Nothing is taken from `path` either.
  mutating func reserve(_ path: RelativePath) {
    if !reserved.contains(path) { reserved.append(path) }
  }

  enum Verdict: Equatable {
    case take
    /// The daemon's own: not even counted.
    case own
    case ignore(IgnoreReason)
  }

  /// Directories of the daemon's own that people see, and files.
  var places: [RelativePath] { reserved.filter { $0.name.first != UInt8(ascii: ".") } }

  /// Whether it would not be taken anywhere in the folder.
  func isPassedOver(_ path: RelativePath) -> Bool {
    exclude.matches(path) || !include.isEmpty && !include.matches(path) || rule(of: path) != nil
  }

  func judge(file path: RelativePath) -> Verdict {
    DirectoryNames(path.directory, self).judge(file: Array(path.name))
  }

  func judge(directory path: RelativePath) -> Verdict {
    if isOwn(path) { return .own }
    if exclude.matches(path) { return .ignore(.excluded) }
    return ignoreTemporary && BuiltInNames.rule(forDirectoryNamed: path.name) != nil ? .ignore(.temporary) : .take
  }

  /// The built-in rule for a file, where they are in force.
  func rule(of path: RelativePath) -> NameRule? { ignoreTemporary ? BuiltInNames.rule(forFile: path) : nil }

  /// The rule for a file that has a name which the daemon keeps for something in the folder that people see: whose file it is
  /// does not show here. Nil for every other name, and for what would not be taken under another one either.
  func ownName(_ path: RelativePath) -> NameRule? {
    guard path.name.first != BuiltInNames.dot, reserved.contains(path), !isPassedOver(path),
      !reserved.contains(where: { $0 != path && path.isSame(as: $0, orBelow: true) })
    else { return nil }
    return NameRule(pattern: path.escaped, programs: "s3loggerd", kind: .ownName)
  }

  /// The file that marks a directory of ours where the file system keeps no attributes: no document, whoever's it is.
  private static let mark = OwnMark.file

  private func isOwn(_ path: RelativePath) -> Bool {
    reserved.contains { path.isSame(as: $0, orBelow: true) } || Self.isOwn(name: path.name)
  }

  fileprivate static func isOwn(name: some RandomAccessCollection<UInt8>) -> Bool {
    name.first == BuiltInNames.dot && (OwnTemporaryName.isOne(name) || name.elementsEqual(mark))
  }

  /// Whether `exclude` would name it but for the case of ASCII letters or Unicode's form.
  package func escapesExclude(_ path: RelativePath) -> Bool { looseExclude.matches(path) && !exclude.matches(path) }

  /// Whether a directory in one that is entered is entered.
  package func enters(_ directory: RelativePath) -> Bool { judge(directory: directory) == .take }

  /// Why a file is not taken.
  package enum Obstacle: Sendable, Equatable {
    /// A place of the daemon's own.
    case own
    /// Its name is one that the daemon keeps for itself: `queue take` delivers it, unless it is the daemon's file.
    case ownName(NameRule)
    /// `exclude` names it, or a directory that it is in.
    case excluded
    case notIncluded
    /// The folder is not watched below its top.
    case subdirectory
    /// It is in a directory that is never entered.
    case directory(RelativePath, NameRule)
    /// Its own name: `queue take` delivers it.
    case rule(NameRule)
  }

  /// Why a file at this path is not taken; nil where it is. Looks at the directories that it is in, too.
  package func obstacle(to path: RelativePath) -> Obstacle? {
    var directories: [RelativePath] = []
    var next = path.directory
    while next != .root {
      directories.append(next)
      next = next.directory
    }
    for directory in directories.reversed() {
      switch judge(directory: directory) {
      case .own: return .own
      case .ignore(.temporary):
        if let rule = BuiltInNames.rule(forDirectoryNamed: directory.name) { return .directory(directory, rule) }
      case .ignore: return .excluded
      case .take: break
      }
    }
    if !recursive, !directories.isEmpty { return .subdirectory }
    switch judge(file: path) {
    case .take: return nil
    case .own: return ownName(path).map(Obstacle.ownName) ?? .own
    case .ignore(.excluded): return .excluded
    case .ignore(.temporary): return rule(of: path).map(Obstacle.rule)
    case .ignore: return .notIncluded
    }
  }
}

/// Judges the files of one directory, many of which are met together: what they share is found out once.
struct DirectoryNames {
  private let directory: RelativePath
  private let rules: NameRules
  /// Whether all of it is the daemon's own.
  private let isOwn: Bool
  /// Names in it that are.
  private let own: [[UInt8]]
  private let builtIn: BuiltInNames.Holder

  init(_ directory: RelativePath, _ rules: NameRules) {
    (self.directory, self.rules) = (directory, rules)
    isOwn = rules.reserved.contains { directory.isSame(as: $0, orBelow: true) }
    own = rules.reserved.compactMap { $0.directory == directory ? Array($0.name) : nil }
    builtIn = BuiltInNames.Holder(directory)
  }

  /// What the administrator wants is asked first: what a built-in rule passes over would be taken without it.
  func judge(file name: [UInt8]) -> NameRules.Verdict {
    if isOwn || own.contains(name) || NameRules.isOwn(name: name) { return .own }
    if !rules.exclude.isEmpty || !rules.include.isEmpty {
      let path = directory.appending(name)
      if rules.exclude.matches(path) { return .ignore(.excluded) }
      if !rules.include.isEmpty, !rules.include.matches(path) { return .ignore(.notIncluded) }
    }
    guard rules.ignoreTemporary else { return .take }
    return (BuiltInNames.rule(forFileNamed: name) ?? builtIn.rule(for: name)) == nil ? .take : .ignore(.temporary)
  }
}

extension RelativePath {
  /// Whether this is `other` or, if `orBelow`, something in it. Everything is below the root.
  func isSame(as other: RelativePath, orBelow: Bool) -> Bool {
    if other.bytes.isEmpty { return orBelow || bytes.isEmpty }
    guard bytes.starts(with: other.bytes) else { return false }
    return bytes.count == other.bytes.count || orBelow && bytes[other.bytes.count] == GlobPattern.slash
  }
}
