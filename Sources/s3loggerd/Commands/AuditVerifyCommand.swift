import ArgumentParser
import Daemon

/// `audit verify`: does S3 still hold what the records say?
struct AuditVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare each record with its object: version, size, checksum, encryption.",
    discussion: """
      Exit status: 0 all agree; 4 no record found; 6 something differs, listed; 64 no index finds it; 69 AWS does not \
      answer or refuses. Without --content an object that was sent in parts is compared by size and ETag, for S3 keeps no \
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
    var (compared, differing) = (0, 0)
    do throws(AuditError) {
      let bar = ProgressBar(total: ProgressBar.isUseful ? try await opened.count() : 0)
      writer.begin()
      try await opened.verify(content: content, progress: { bar.advance($0) }) { record in
        compared += 1
        guard record.differences?.isEmpty == false else {
          if audit.list.format != .lines { try writer.add(record) }
          return
        }
        differing += 1
        bar.clear()
        try writer.add(record)
      }
      bar.clear()
      writer.end()
    } catch {
      throw AuditCommand.exit(for: error)
    }
    try conclude(compared, differing)
  }

  private func conclude(_ compared: Int, _ differing: Int) throws {
    let what = content ? "read and compared" : "compared"
    let text = "\(compared) records \(what) with their objects, \(differing) differ"
    if audit.list.format == .lines { print(text) } else { StandardError.print(text) }
    if compared == 0 { throw ExitCode.notFound }
    if differing > 0 { throw ExitCode.differs }
  }
}
