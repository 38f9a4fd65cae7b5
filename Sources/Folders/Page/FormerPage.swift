import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import FolderFeedback
import Glibc
import SystemSupport

/// The page of a folder that keeps none any more: it says so once, stands a week for whoever opens it, and goes. Only what is,
/// byte for byte, what was written is removed. The name stays reserved.
struct FormerPage {
  let folder: FolderSettings

  /// How long the last page stands.
  static let rest = Duration.seconds(7 * 86_400)

  /// When the page ended, as the journal has it; nil where no page of this directory is known to it.
  struct Past: Sendable {
    let root: FolderRoot
    let ended: Timestamp?
  }

  func past(_ journal: Journal) throws -> Past? {
    let seen = try RootDirectory(folder.path).seen()
    return try journal.formerPage(in: seen).map { Past(root: seen, ended: $0.ended) }
  }

  /// Puts the last page in the place of ours, or removes it once its time is over. Blocks.
  ///
  /// - Returns: when to look again; nil for never.
  func tend(ended: Timestamp, now: Timestamp) throws(SystemCallError) -> Timestamp? {
    let root = try RootDirectory(folder.path)
    let name = FolderSettings.page.bytes
    guard try root.holderOfPage(name) == .us else { return nil }
    let place = try root.location(.root)
    guard try isFarewell(name, in: place, ended) else {
      let page = farewell(folder.words, ended)
      try place.replace(name, with: page, readers: try place.rights(), durable: true)
      return ended + Self.rest
    }
    if now < ended + Self.rest { return ended + Self.rest }
    try remove(name, from: place, ended)
    return nil
  }

  private func farewell(_ language: Language, _ ended: Timestamp) -> [UInt8] {
    StatusPage.farewell(
      folder: folder.name, language: language, since: LocalMoment(ended, offset: LocalTime.offset(at: ended)))
  }

  private func isFarewell(
    _ name: [UInt8], in place: borrowing DirectoryLocation, _ ended: Timestamp
  ) throws(SystemCallError) -> Bool {
    let texts = Language.allCases.map { farewell($0, ended) }
    let longest = texts.map(\.count).max() ?? 0
    let file = try place.open(name)
    let bytes = try OwnedDescriptor.read(file.number, from: 0, upTo: longest + 1)
    return texts.contains(bytes)
  }

  /// Takes it away from its name first: whatever somebody puts there at this moment is not what goes.
  private func remove(
    _ name: [UInt8], from place: borrowing DirectoryLocation, _ ended: Timestamp
  ) throws(SystemCallError) {
    var generator = SystemRandomNumberGenerator()
    let aside = OwnTemporaryName.make(using: &generator)
    try place.rename(name, to: place, as: aside)
    if try isFarewell(aside, in: place, ended) { return try place.remove(aside) }
    try place.rename(aside, to: place, as: name)
  }
}
