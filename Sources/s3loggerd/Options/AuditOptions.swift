import ArgumentParser
import Audit
import Daemon
import DeliveryModel

/// Which records: shared by `audit find` and `audit verify`.
struct AuditOptions: ParsableArguments {
  @Option(help: "Only files of this name, or whose name matches this pattern (* ? [...]).")
  var name: String?

  @Option(help: "Only this folder.")
  var folder: String?

  @Option(help: "Only files that this user saved last (saved_by).")
  var by: String?

  @Option(help: "Only this UTC day of the upload (2026-11-23).")
  var day: String?

  @Option(help: "Uploaded at this moment or later: 2h, 7d, 2026-11-23, 2026-11-23T10:00:00Z.")
  var since: String?

  @Option(help: "Uploaded before this moment.")
  var until: String?

  @Option(help: "Only content with this SHA-256, in hexadecimal.")
  var sha256: String?

  @Flag(help: "Read the whole table where no index finds the records. It costs a read of every record.")
  var scan = false

  @OptionGroup var list: ListOptions

  func validate() throws {
    if day != nil && (since != nil || until != nil) { throw ValidationError("--day excludes --since and --until") }
    if let sha256, sha256.count != 64 || !sha256.allSatisfy(\.isHexDigit) {
      throw ValidationError("--sha256: write the 64 hexadecimal digits that sha256sum prints")
    }
    try MomentText.demandDay(day, of: "--day")
    try MomentText.demand(since, of: "--since")
    try MomentText.demand(until, of: "--until")
  }

  var filter: AuditFilter {
    var filter = AuditFilter()
    filter.name = name
    filter.folder = folder
    filter.savedBy = by
    filter.sha256 = sha256?.lowercased()
    filter.scan = scan
    let now = Clock.now
    if let start = day.flatMap({ MomentText.parse($0, now: now) }) {
      filter.since = start
      filter.until = start + .seconds(86_400)
    } else {
      filter.since = since.flatMap { MomentText.parse($0, now: now) }
      filter.until = until.flatMap { MomentText.parse($0, now: now) }
    }
    return filter
  }
}
