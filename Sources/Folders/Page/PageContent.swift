import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import FolderFeedback
import Glibc
import SystemSupport

/// Puts together what a folder's page says.
struct PageContent {
  let folder: FolderSettings
  /// Nil while nothing is known of it.
  let delivery: DeliveryOutlook?
  let isStopped: Bool

  /// Files that arrived, as the page shows them; half as many wait or were refused.
  private static let shown = 50

  /// Blocks for the journal.
  func page(_ journal: Journal, _ status: FolderWatchStatus?, hasTrouble: Bool) throws -> StatusPage {
    let news = try journal.news(of: folder.name, limit: Self.shown)
    // Refused, and its record not yet written.
    let refusedLately = news.waiting.filter { $0.verdict?.isRejected == true }
    let waiting = news.parked + news.waiting.filter { $0.verdict?.isRejected != true }
    let open = max(news.waiting.count, delivery?.pending ?? 0)
    let count = max(open - refusedLately.count, 0) + news.parked.count
    let places = (try? RootDirectory(folder.path)).map { ProtectedDirectories($0) }
    let waits = named(waiting, Self.shown / 2, in: places)
    let refused = named(refusedLately + stillRefused(news.rejected), Self.shown / 2, in: places)
    let arrived = named(news.delivered, Self.shown, in: places)
    var page = StatusPage(
      folder: folder.name, language: folder.words, verdict: verdict(status, isWaiting: count > 0), waitingCount: count,
      waiting: waits.rows, refused: refused.rows,
      refusedPlace: folder.rules.canRefuse ? folder.rejectedTo.escaped : nil, arrived: arrived.rows,
      reached: news.reached.map(local), hasTrouble: hasTrouble)
    page.addPassedOver(status, in: places)
    page.addHeldUp(status, in: places)
    page.unnamed.waiting = waits.unnamed
    page.unnamed.refused = refused.unnamed
    page.unnamed.arrived = arrived.unnamed
    return page
  }

  /// The page is for everyone who may open the folder: it names what stands where they all may look, and counts the rest.
  private func named(
    _ deliveries: [Delivery], _ limit: Int, in places: ProtectedDirectories?
  ) -> (rows: [StatusPage.Row], unnamed: Int) {
    let named = deliveries.filter { isNamed($0.file, in: places) }
    return (named.prefix(limit).map(row), deliveries.count - named.count)
  }

  /// Whether they all may know of the file, and could when it came: another directory that has the name of a closed one by now
  /// opens nothing. What nobody but a few may read is not named: its digest, and what was found in it, are not for the others.
  private func isNamed(_ file: SettledFile, in places: ProtectedDirectories?) -> Bool {
    let directory = file.path.directory
    guard file.audience != .few, directory.bytes.isEmpty || places?.isOpen(directory) == true else { return false }
    if let places, let rights = places.rights(of: file) { return places.isReadable(rights, byAllOf: .root) }
    // It was moved or is gone. Of what came before an upgrade only that is shown which lay in the folder itself.
    return file.audience == .everyone || file.audience == nil && directory.bytes.isEmpty
  }

  /// Where the journal cannot be read.
  func blankPage(hasTrouble: Bool) -> StatusPage {
    StatusPage(
      folder: folder.name, language: folder.words, verdict: .unknown, waitingCount: 0, waiting: [], refused: [],
      refusedPlace: nil, arrived: [], reached: nil, hasTrouble: hasTrouble)
  }

  /// Without those that somebody took away from where they were moved.
  private func stillRefused(_ rejected: [(delivery: Delivery, aside: RelativePath?)]) -> [Delivery] {
    guard let root = try? RootDirectory(folder.path) else { return rejected.map(\.delivery) }
    return rejected.compactMap { delivery, aside in aside.map { isGone($0, root) } == true ? nil : delivery }
  }

  private func isGone(_ path: RelativePath, _ root: RootDirectory) -> Bool {
    do throws(SystemCallError) {
      _ = try root.status(of: path)
      return false
    } catch {
      return error.code == ENOENT || error.code == ENOTDIR
    }
  }

  private func verdict(_ status: FolderWatchStatus?, isWaiting: Bool) -> StatusPage.Verdict {
    if isStopped { return .stopped }
    if let status, !status.available, status.problem != nil { return .unavailable }
    if delivery?.isBlocked == true { return .blocked }
    if delivery?.isWaiting == true { return .waiting }
    return isWaiting ? .busy : .ok
  }

  private func row(_ delivery: Delivery) -> StatusPage.Row {
    let hold: StatusPage.Row.Hold =
      delivery.state == .parked ? .parked : delivery.state.isOpen && delivery.lastError != nil ? .retrying : .none
    return StatusPage.Row(
      path: delivery.file.path, size: delivery.file.identity.size,
      time: local(delivery.logged ?? delivery.file.received), digest: delivery.prepared?.sha256?.hex,
      findings: delivery.verdict?.findings ?? [], hold: hold)
  }

  private func local(_ moment: Timestamp) -> LocalMoment { LocalMoment(moment, offset: LocalTime.offset(at: moment)) }
}
