import Cryptography
import Custody
import DeliveryJournal
import DeliveryModel
import Glibc
import HTTPTransport
import SystemSupport

/// The lines of a day on their way from the journal into `entries.jsonl`: a few at a time, however many there are.
struct DayLines {
  /// What they are as a whole.
  struct Sum: Sendable, Equatable {
    var sha256: SHA256Digest
    var md5: MD5Digest?
    var bytes: Int64
  }

  let journal: Journal
  let day: CustodyDay

  /// Lines that are in memory at once.
  private static let batch = 256

  /// Hands over `entries.jsonl` piece by piece. Throws ``LedgerTrouble`` where the journal lacks a line or has another.
  @discardableResult
  func forEachPiece(_ take: ([UInt8]) throws -> Void) async throws -> Sum {
    var tree = MerkleFrontier()
    var sha256 = SHA256Hasher()
    var md5 = MD5Hasher()
    var (bytes, sequence) = (Int64(0), day.closed.firstSequence)
    while sequence <= day.closed.lastSequence {
      let lines = try await journal.custodyLines(of: day, from: sequence, limit: Self.batch)
      if lines.isEmpty { break }
      var piece: [UInt8] = []
      for line in lines {
        tree.append(MerkleTree.leaf(line))
        piece += line
        piece.append(UInt8(ascii: "\n"))
      }
      sha256.update(piece)
      piece.withUnsafeBytes { md5?.update($0) }
      try take(piece)
      bytes += Int64(piece.count)
      sequence += Int64(lines.count)
    }
    guard tree.size == day.closed.size, tree.root == day.closed.root else {
      throw LedgerTrouble.lines(day.closed.day, day.closed.log.text)
    }
    return Sum(sha256: sha256.finalize(), md5: md5?.finalize(), bytes: bytes)
  }

  /// Writes them into a file without a name in `directory`, for a request to read from.
  func file(in directory: String) async throws -> (file: BodyFile, sum: Sum) {
    let path = directory + "/custody.entries"
    let number = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard number >= 0 else { throw SystemCallError(call: "open", code: errno, path: Array(path.utf8)) }
    let descriptor = OwnedDescriptor(owning: number)
    unlink(path)
    let sum = try await forEachPiece { try Self.write($0, to: number) }
    let lane = SerialLane(named: "s3l-custody")
    return (BodyFile(descriptor, reader: BodyReader { lane.run($0) }), sum)
  }

  private static func write(_ bytes: [UInt8], to number: Int32) throws(SystemCallError) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SystemCallError(call: "write", code: errno) }
      written += count
    }
  }
}
