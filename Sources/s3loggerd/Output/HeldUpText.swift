import Daemon
import DeliveryModel
import Status

/// The files that are delivered only once a person does something about them, for a person.
struct HeldUpText {
  let folders: [StatusReport.Folder]

  /// What the service may not read: lines for each folder, none where there is nothing, with what to do about it.
  func unreadable(limit: Int = 20) -> [String] {
    let lines = folders.flatMap { unreadable(in: $0, limit: limit) }
    return lines.isEmpty ? [] : lines + [Self.advice]
  }

  /// The files that have not come to rest for half an hour.
  func overdue(limit: Int = 20) -> [String] {
    folders.flatMap { folder in
      let files = (folder.waitingFiles ?? []).filter(\.warning)
      let rest = (folder.overdueCount ?? files.count) - min(files.count, limit)
      return files.prefix(limit).map { "\(folder.name): \(Self.waiting($0, in: folder))" }
        + (rest > 0 ? ["\(folder.name): and \(rest.counted("file")) more that have not come to rest"] : [])
    }
  }

  private func unreadable(in folder: StatusReport.Folder, limit: Int) -> [String] {
    guard let count = folder.unreadableCount, count > 0 else { return [] }
    let named = (folder.unreadable ?? []).prefix(limit)
    let lines = named.map { entry in
      "\(folder.name): cannot be read: \(folder.name)/\(entry.path)\(entry.directory ? " (directory)" : ""), "
        + "since \(entry.since): \(entry.reason)"
    }
    let rest = count - lines.count
    return lines
      + (rest > 0 ? ["\(folder.name): \(lines.isEmpty ? "" : "and ")\(rest) more that cannot be read"] : [])
  }

  private static let advice =
    "'sudo s3loggerd check' prints the command that lets the service read them; they are delivered by themselves then"

  static func waiting(_ file: StatusReport.WaitingFile, in folder: StatusReport.Folder) -> String {
    let reason = file.openForWriting ? "a program has it open for writing" : "it has not come to rest"
    let warning = file.warning ? "WARNING: " : ""
    return "\(warning)waiting for \(Duration.seconds(file.seconds).brief): \(folder.name)/\(file.path), \(reason)"
  }
}
