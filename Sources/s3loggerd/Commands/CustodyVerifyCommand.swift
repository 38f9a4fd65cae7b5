import ArgumentParser
import Cryptography
import Custody
import DeliveryModel
import SystemSupport

/// `custody verify`: are these days of a ledger as they were signed?
struct CustodyVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Verify days of a ledger that were copied from the bucket.",
    discussion: """
      Each line, the tree over them, the signatures, and how day follows day and log follows log. It asks no server and needs \
      no configuration. Exit status: 0 all is right; 4 there is no day; 6 something is not, listed with the number (seq) of \
      the first entry that is not right; 1 a file cannot be read. Without --key the keys beside the days are believed: \
      compare the fingerprint with the one in the daily digest.
      """)

  @Argument(help: "A day, a log, a host or all of the prefix; or a day's entries.jsonl.")
  var path: String

  @Option(help: ArgumentHelp("A public key that must be among the ledger's.", valueName: "pem"))
  var key: String?

  @Option(help: ArgumentHelp("The time-stamping authority's certificates: verify stamps too.", valueName: "pem"))
  var timestampCa: String?

  func run() throws {
    let reports: [DayReport]
    let problems: [CustodyProblem]
    do {
      let key = try key.map { try VerifyingKey(pem: SmallFile.read($0)) }
      let authorities = try timestampCa.map { try SmallFile.read($0) }
      let directory = try CustodyDirectory(directoryPath)
      reports = try directory.days.map { try directory.report(of: $0, authorities: authorities) }
      problems = LedgerVerifier.problems(in: reports, key: key, isWhole: !directory.isOneDay)
    } catch let error as KeyError {
      StandardError.print("s3loggerd: \(key ?? ""): \(error)")
      throw ExitCode.failed
    } catch let error as SystemCallError {
      StandardError.print("s3loggerd: nothing was verified: \(error)")
      throw ExitCode.failed
    }
    guard !reports.isEmpty else {
      StandardError.print("s3loggerd: there is no day of a ledger in \(path)")
      throw ExitCode.notFound
    }
    for problem in problems { print(problem) }
    if !problems.isEmpty { throw ExitCode.differs }
    printSummary(reports)
  }

  /// The directory that is meant: that of a day's entries, where these are given.
  private var directoryPath: String {
    let suffix = "/" + DayTexts.entries
    if path == DayTexts.entries { return "." }
    return path.hasSuffix(suffix) ? String(path.dropLast(suffix.utf8.count)) : path
  }

  private func printSummary(_ reports: [DayReport]) {
    let entries = reports.reduce(0) { $0 + $1.size }
    print("verified: \(reports.count.counted("day")), \(Int(entries).counted("entry", "entries"))")
    var seen: Set<SHA256Digest> = []
    for case let key? in reports.map(\.key) where seen.insert(key).inserted { print("key: \(key.hex)") }
    let stamped = reports.count { $0.reply != nil }
    if timestampCa == nil && stamped > 0 {
      print("time stamps: \(stamped), not verified; give --timestamp-ca")
    } else {
      print("time stamps: \(stamped)")
    }
  }
}
