import ArgumentParser
import Audit
import Daemon
import DeliveryModel

/// `audit verify`: does S3 still hold what the records say?
struct AuditVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare each record with its object: version, size, checksum, encryption.",
    discussion: """
      Exit status: 0 all agree; 4 no record found; 6 something differs, listed; 64 no index finds it; 69 AWS does not \
      answer or refuses, be it for one object: what it does not give out (archived, refused, unread) is listed, and all \
      others are compared. Without --content an object that was sent in parts is compared by size and ETag, for S3 keeps no \
      SHA-256 of its whole.
      """)

  @OptionGroup var options: ConfigurationOptions
  @OptionGroup var audit: AuditOptions

  @Flag(help: "Download every object and hash it.")
  var content = false

  func run() async throws {
    let opened = try AuditCommand.open(audit, options)
    defer { opened.close() }
    var writer = AuditWriter(format: audit.list.format, isVerifying: true)
    var tally = AuditTally()
    do throws(AuditError) {
      let bar = ProgressBar(total: ProgressBar.isUseful ? try await opened.count() : 0)
      writer.begin()
      try await opened.verify(content: content, progress: { bar.advance($0) }) { record in
        tally.count(record)
        guard record.differences?.isEmpty == false || record.unread != nil else {
          if audit.list.format != .lines { try writer.add(record) }
          return
        }
        bar.clear()
        try writer.add(record)
      }
      bar.clear()
      writer.end()
    } catch {
      if tally.total > 0 { tell(tally) }
      throw AuditCommand.exit(for: error)
    }
    tell(tally)
    for reason in tally.reasons { StandardError.print("s3loggerd: \(reason)") }
    if tally.total == 0 { throw ExitCode.notFound }
    if tally.differing > 0 { throw ExitCode.differs }
    if tally.unread > 0 { throw ExitCode.unavailable }
  }

  private func tell(_ tally: AuditTally) {
    let text = tally.text(content: content)
    if audit.list.format == .lines { print(text) } else { StandardError.print(text) }
  }
}
