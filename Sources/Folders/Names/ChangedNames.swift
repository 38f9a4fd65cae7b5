import DeliveryModel

/// What changes in a folder when a program that passed over other names gives place to this one: found by the first scan.
package struct ChangedNames: Sendable, Equatable {
  /// Files that are taken from now on and were not.
  package private(set) var taken = Side()
  /// Files and directories (with a slash at the end) that are passed over from now on and were not.
  package private(set) var passedOver = Side()
  private let include: [GlobPattern]
  private let exclude: [GlobPattern]
  private let ignoreTemporary: Bool
  private let recursive: Bool

  /// The first of them, and how many there are.
  package struct Side: Sendable, Equatable {
    package private(set) var names: [String] = []
    package private(set) var count = 0

    /// Names that are kept.
    static let limit = 50

    fileprivate mutating func add(_ name: @autoclosure () -> String) {
      count += 1
      if names.count < Self.limit { names.append(name()) }
    }
  }

  init(_ folder: WatchedFolder) {
    include = folder.include.map { GlobPattern($0) }
    exclude = folder.exclude.map { GlobPattern($0) }
    ignoreTemporary = folder.ignoreTemporary
    recursive = folder.recursive
  }

  package var isEmpty: Bool { taken.count + passedOver.count == 0 }

  /// A scan met a file in a directory that it entered.
  mutating func note(file path: RelativePath, _ verdict: NameRules.Verdict) {
    if verdict == .own { return }
    switch (wasTaken(path), verdict == .take) {
    case (true, false): passedOver.add(path.escaped)
    case (false, true): taken.add(path.escaped)
    default: break
    }
  }

  /// A scan met a directory in one that it entered.
  mutating func note(directory path: RelativePath, _ verdict: NameRules.Verdict) {
    guard recursive, verdict == .ignore(.temporary), wasEntered(path) else { return }
    passedOver.add(path.escaped + "/")
  }

  private func wasTaken(_ path: RelativePath) -> Bool {
    guard wasEntered(path.directory), !(ignoreTemporary && FormerNames.contains(path.name)) else { return false }
    if exclude.contains(where: { $0.matches(path: path.bytes) }) { return false }
    return include.isEmpty || include.contains { $0.matches(path: path.bytes) }
  }

  /// The scan looks whether `exclude` names it.
  private func wasEntered(_ directory: RelativePath) -> Bool {
    !ignoreTemporary || !directory.bytes.split(separator: GlobPattern.slash).contains { FormerNames.contains($0) }
  }
}
