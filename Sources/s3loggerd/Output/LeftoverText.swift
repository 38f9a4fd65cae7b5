import Daemon
import DeliveryModel
import Status

/// The files that built-in rules pass over and that stay, for a person.
struct LeftoverText {
  let folders: [StatusReport.Folder]

  /// Lines for each folder; none where nothing is left over.
  func lines(limit: Int = 20) -> [String] {
    folders.flatMap { lines(of: $0, limit: limit) }
  }

  private func lines(of folder: StatusReport.Folder, limit: Int) -> [String] {
    guard let count = folder.leftoverCount, count > 0 else { return [] }
    let named = (folder.leftovers ?? []).filter(\.isOfInterest)
    var lines = named.prefix(limit).map { leftover in
      leftover.isMount
        ? "\(folder.name): not looked into: \(folder.name)/\(leftover.path): \(leftover.reason)"
        : "\(folder.name): left over: \(folder.name)/\(leftover.path), unchanged since \(leftover.since): \(leftover.reason)"
    }
    let rest = count - lines.count
    if rest > 0 {
      lines.append(
        "\(folder.name): \(lines.isEmpty ? "" : "and ")\(rest.counted("file")) more that built-in rules pass over")
    }
    return lines
  }

  /// What to do about them.
  static let advice = "those that are documents: s3loggerd queue take PATH, or give them another name"

  var hasNames: Bool { folders.contains { $0.leftovers?.contains(where: \.canBeTaken) == true } }
}
