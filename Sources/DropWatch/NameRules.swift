import DeliveryModel

/// Which names of a folder are taken, judged without touching the disk.
struct NameRules: Sendable {
  private let include: [GlobPattern]
  private let exclude: [GlobPattern]
  private let ignoreTemporary: Bool
  private var reserved: [RelativePath]

  /// `places` are reserved besides those that the folder's settings name.
  init(_ folder: WatchedFolder, places: [RelativePath] = []) {
    include = folder.include.map { GlobPattern($0) }
    exclude = folder.exclude.map { GlobPattern($0) }
    ignoreTemporary = folder.ignoreTemporary
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

  /// Directories with such names are never entered, so only the last segment is looked at.
  func judge(file path: RelativePath) -> Verdict {
    if isReserved(path) || OwnTemporaryName.isOne(path.name) { return .own }
    if ignoreTemporary, TemporaryNames.contains(path.name) { return .ignore(.temporary) }
    if exclude.contains(where: { $0.matches(path: path.bytes) }) { return .ignore(.excluded) }
    if include.isEmpty || include.contains(where: { $0.matches(path: path.bytes) }) { return .take }
    return .ignore(.notIncluded)
  }

  func judge(directory path: RelativePath) -> Verdict {
    if isReserved(path) || OwnTemporaryName.isOne(path.name) { return .own }
    if ignoreTemporary, TemporaryNames.contains(path.name) { return .ignore(.temporary) }
    return exclude.contains { $0.matches(path: path.bytes) } ? .ignore(.excluded) : .take
  }

  private func isReserved(_ path: RelativePath) -> Bool {
    reserved.contains { path.isSame(as: $0, orBelow: true) }
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
