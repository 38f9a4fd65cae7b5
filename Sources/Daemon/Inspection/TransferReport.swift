package import DeliveryModel
import SystemSupport

/// How far the bodies under way are, from the running daemon to `queue --watch`: a small text file, written when a
/// command asks for it, so that nobody who does not watch pays for it.
package struct TransferReport: Sendable, Equatable {
  package var at: Timestamp
  /// Delivery → bytes handed to the network that S3 has not acknowledged.
  package var sent: [Int64: Int64]

  /// `requests` are the transport's: several parts of one file may be under way.
  init(at moment: Timestamp, _ requests: [UInt64: Int64]) {
    at = moment
    sent = requests.reduce(into: [:]) { $0[RequestDesk.number(of: $1.key), default: 0] += $1.value }
  }

  /// Nil for anything but what ``bytes`` are.
  init?(bytes: [UInt8]) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard let first = lines.first, let milliseconds = Int64(first) else { return nil }
    at = Timestamp(milliseconds: milliseconds)
    sent = [:]
    for line in lines.dropFirst() {
      let words = line.split(separator: " ")
      guard words.count == 2, let number = Int64(words[0]), let count = Int64(words[1]) else { return nil }
      sent[number] = count
    }
  }

  /// Milliseconds since 1970, then a line for each delivery.
  var bytes: [UInt8] {
    Array(([String(at.milliseconds)] + sent.map { "\($0.key) \($0.value)" }).map { $0 + "\n" }.joined().utf8)
  }

  static func path(in stateDirectory: String) -> String { stateDirectory + "/progress" }

  /// What the daemon answered last, and a request for the next answer. Nothing where the answer is older than a few
  /// seconds, or where the caller may not ask.
  package static func poll(_ stateDirectory: String, now: Timestamp) -> [Int64: Int64] {
    try? CommandRequest.progress.drop(in: stateDirectory)
    guard let bytes = try? SmallFile.read(path(in: stateDirectory)), let report = TransferReport(bytes: bytes),
      now - report.at < .seconds(5)
    else { return [:] }
    return report.sent
  }
}
