import DeliveryModel
import SystemSupport

/// Files with names of unfinished ones, by directory: while one is there that will take an empty file's place, the empty one is
/// none of a person's. Firefox makes `contract.pdf` empty and downloads to `contract.pdf.part`; moved or refused meanwhile,
/// it would be in the way.
///
/// A directory is listed once for all empty files in it, and again after ``memory``.
struct PartnerNames {
  struct Partner {
    let name: [UInt8]
    /// Nanoseconds since 1970.
    let modified: Int64
  }

  private var directory: RelativePath?
  private var listed = MonotonicInstant(nanoseconds: 0)
  private var partners: [Partner] = []

  static let memory = Duration.seconds(5)
  /// More are not kept.
  private static let limit = 1000

  /// Those in a directory. Blocks.
  mutating func list(
    _ directory: RelativePath, in root: RootDirectory, at now: MonotonicInstant, beat: () -> Void
  ) throws(SystemCallError) -> [Partner] {
    if self.directory == directory, now - listed < Self.memory { return partners }
    (self.directory, partners, listed) = (directory, [], now)
    let reader = try root.openDirectory(directory)
    while let entries = try reader.next() {
      beat()
      for entry in entries where partners.count < Self.limit {
        guard BuiltInNames.rule(forFileNamed: entry.name)?.kind == .unfinished else { continue }
        guard let status = try? reader.status(of: entry.name), status.kind == .file else { continue }
        partners.append(Partner(name: entry.name, modified: status.identity.modified))
      }
    }
    return partners
  }
}

extension PartnerNames.Partner {
  /// Whether it will take the place of an empty file of that name, which was last changed then.
  func completes(_ name: ArraySlice<UInt8>, modified empty: Int64) -> Bool {
    let (stem, ending) = Self.parts(of: name)
    let bare = self.name.drop { ".~#".utf8.contains($0) }
    if bare.starts(with: stem) { return true }
    // A name that says nothing: `Unconfirmed 12345.crdownload`, `k3JyV9aB.pdf.part`. Only one that was still written to then.
    guard modified > empty - Self.slack, let dot = bare.lastIndex(of: BuiltInNames.dot) else { return false }
    if bare.starts(with: "Unconfirmed ".utf8) { return true }
    return !ending.isEmpty && Self.parts(of: bare[..<dot]).ending.elementsEqual(ending)
  }

  /// Nanoseconds.
  private static let slack: Int64 = 60_000_000_000

  private static func parts(of name: ArraySlice<UInt8>) -> (stem: ArraySlice<UInt8>, ending: ArraySlice<UInt8>) {
    guard let dot = name.lastIndex(of: BuiltInNames.dot), dot > name.startIndex else { return (name, []) }
    return (name[..<dot], name[(dot + 1)...])
  }
}

extension FolderWatcher {
  /// Whether an empty file waits for one that a program still fills. Where that cannot be seen, it does not.
  func hasUnfinishedPartner(_ path: RelativePath, since identity: FileIdentity, at now: MonotonicInstant) -> Bool {
    guard let root, rules.rule(of: path) == nil else { return false }
    let partners = try? partners.list(path.directory, in: root, at: now, beat: beat)
    return partners?.contains { $0.completes(path.name, modified: identity.modified) } ?? false
  }
}
