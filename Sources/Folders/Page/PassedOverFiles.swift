import DeliveryModel
import FolderFeedback
import SystemSupport

extension StatusPage {
  /// Files named in the table.
  private static let passedOverShown = 25

  /// Adds the files that are not delivered because of their names. What systems keep for themselves is left out; names in
  /// directories that not everybody may open are only counted.
  mutating func addPassedOver(_ status: FolderWatchStatus?, in places: ProtectedDirectories?) {
    guard let status else { return }
    let files = status.leftovers.filter { $0.rule.kind != .metadata && $0.rule.kind != .mount }
    // Those whose names are not kept are counted, too.
    passedOverCount = files.count + status.leftoverCount - status.leftovers.count
    passedOver = files.lazy.filter { Self.isNamed($0.path, status.closed, places) }
      .prefix(Self.passedOverShown).map { leftover in
        PassedOver(
          path: leftover.path, time: LocalMoment(leftover.since, offset: LocalTime.offset(at: leftover.since)),
          programs: leftover.rule.programs, pattern: leftover.rule.pattern, isMisplaced: leftover.rule.kind == .ownPlace
        )
      }
    let mayBeDocuments = files.contains { [.unfinished, .ownPlace, .ownName].contains($0.rule.kind) }
    if verdict == .ok, mayBeDocuments { verdict = .passedOver }
  }
}
