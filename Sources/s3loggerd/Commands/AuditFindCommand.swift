import ArgumentParser
import Audit
import Daemon

/// `audit find`: the records of the table, by its indexes.
struct AuditFindCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find", abstract: "List the records of what was delivered.",
    discussion:
      "Exit status: 0 done, also where nothing was found; 64 no index finds it; 69 AWS does not answer or refuses.")

  @OptionGroup var options: ConfigurationOptions
  @OptionGroup var audit: AuditOptions

  func run() async throws {
    let opened = try AuditCommand.open(audit, options)
    defer { opened.close() }
    var writer = AuditWriter(format: audit.list.format, isVerifying: false)
    writer.begin()
    do throws(AuditError) {
      try await opened.find { try writer.add($0) }
    } catch {
      throw AuditCommand.exit(for: error)
    }
    writer.end()
  }
}
