import ArgumentParser
import Daemon
import DeliveryModel

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
    var (compared, differing, refused) = (0, 0, 0)
    do throws(AuditError) {
      let bar = ProgressBar(total: ProgressBar.isUseful ? try await opened.count() : 0)
      writer.begin()
      try await opened.verify(content: content, progress: { bar.advance($0) }) { record in
        if record.isOfRefusedFile { refused += 1 } else { compared += 1 }
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
    try conclude(compared, differing, refused)
  }

  private func conclude(_ compared: Int, _ differing: Int, _ refused: Int) throws {
    let what = content ? "read and compared" : "compared"
    let objects = compared == 1 ? "its object" : "their objects"
    var text = "\(compared.counted("record")) \(what) with \(objects), \(differing.counted("differs", "differ"))"
    if refused > 0 { text += "; \(refused.counted("refused file has", "refused files have")) none" }
    if audit.list.format == .lines { print(text) } else { StandardError.print(text) }
    if compared + refused == 0 { throw ExitCode.notFound }
    if differing > 0 { throw ExitCode.differs }
  }
}
