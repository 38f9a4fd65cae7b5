import Cryptography
import Custody
import DeliveryModel
import Glibc
import SystemSupport

/// A directory with days of a ledger, as copied from the bucket: one day, a log, a host or several. Reads a day's entries piece
/// by piece, and follows no symbolic link.
struct CustodyDirectory {
  private let root: RootDirectory
  /// The directories that hold a day, in the order of their names, and how deep the first one lies: 0 is the directory itself.
  let days: [RelativePath]

  /// The longest file besides the entries that is read, in bytes.
  private static let limit: Int64 = 1 << 20
  /// Host, log and day, with one level above them.
  private static let depth = 4

  init(_ path: String) throws(SystemCallError) {
    root = try RootDirectory(path, isFolder: false)
    var found: [RelativePath] = []
    try Self.look(in: root, .root, depth: 0, &found)
    days = found.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
  }

  /// Whether the directory is one day, and says nothing of others.
  var isOneDay: Bool { days == [.root] }

  private static func look(
    in root: RootDirectory, _ path: RelativePath, depth: Int, _ found: inout [RelativePath]
  ) throws(SystemCallError) {
    let reader = try root.openDirectory(path)
    var directories: [[UInt8]] = []
    var isDay = false
    while let entries = try reader.next() {
      for entry in entries {
        let name = String(decoding: entry.name, as: UTF8.self)
        if name == DayTexts.entries || name == DayTexts.checkpoint { isDay = true }
        if entry.kind == .directory || entry.kind == nil { directories.append(entry.name) }
      }
    }
    if isDay { found.append(path) }
    guard depth < Self.depth, !isDay else { return }
    for name in directories { try look(in: root, path.appending(name), depth: depth + 1, &found) }
  }

  /// Verifies a day. `authorities`: certificates in PEM to verify its stamp with.
  func report(of day: RelativePath, authorities: [UInt8]?) throws -> DayReport {
    let name = day.bytes.isEmpty ? root.path : root.path + "/" + String(decoding: day.bytes, as: UTF8.self)
    let place = EscapedText.escape(Array(name.utf8))
    var verifier = DayVerifier(place: place)
    var digests: [String: SHA256Digest] = [:]
    digests[DayTexts.entries] = try readEntries(of: day, into: &verifier)
    var files: [String: [UInt8]] = [:]
    for name in DaySums.names.dropFirst() + [DayTexts.sums, DayTexts.sumsSignature, DayTexts.stamp] {
      guard let bytes = try read(name, of: day) else { continue }
      files[name] = bytes
      digests[name] = SHA256.digest(of: bytes)
    }
    var report = verifier.finish(checkpoint: files[DayTexts.checkpoint], signingKey: files[DayTexts.signingKey])
    report.problems += DaySums.problems(
      place: place, sums: files[DayTexts.sums], signature: files[DayTexts.sumsSignature], key: report.signingKey,
      digests: digests)
    report.reply = digests[DayTexts.stamp]
    if let authorities, let reply = files[DayTexts.stamp], let imprint = digests[DayTexts.checkpoint] {
      do throws(TimeStampError) {
        _ = try TimeStampReply(verifying: reply, imprint: imprint, nonce: nil, authorities: authorities)
      } catch {
        report.problems.append(
          CustodyProblem(place: place, sequence: nil, kind: .badStamp(error.description)))
      }
    }
    return report
  }

  /// The digest of the entries; nil where there are none.
  private func readEntries(of day: RelativePath, into verifier: inout DayVerifier) throws -> SHA256Digest? {
    guard let file = try open(DayTexts.entries, of: day) else { return nil }
    var hasher = SHA256Hasher()
    try file.readChunks(of: 1 << 20) { chunk in
      hasher.update(chunk)
      verifier.consume(chunk)
    }
    return hasher.finalize()
  }

  private func read(_ name: String, of day: RelativePath) throws -> [UInt8]? {
    guard let file = try open(name, of: day) else { return nil }
    var bytes: [UInt8] = []
    try file.readChunks(of: 64 << 10, upTo: Self.limit) { bytes += $0 }
    return bytes
  }

  /// Nil for what is not there or is no regular file.
  private func open(_ name: String, of day: RelativePath) throws(SystemCallError) -> OwnedDescriptor? {
    do throws(SystemCallError) {
      let file = try root.openFile(day.appending(Array(name.utf8)))
      guard try file.status().kind == .file else { return nil }
      return file
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
  }
}
