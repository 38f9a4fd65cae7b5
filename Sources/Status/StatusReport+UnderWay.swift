package import Delivery
package import DeliveryModel

extension StatusReport {
  /// What is worked on at this moment: only the running daemon's own answer has it.
  package struct UnderWay: Codable, Sendable, Equatable {
    /// Those of which something is under way.
    package var folders: [Folder]
    /// The first of them, those that are sent before those that are read.
    package var files: [File]

    package struct Folder: Codable, Sendable, Equatable {
      package var folder: String
      package var reading = 0
      package var waiting = 0
      package var sending = 0
      package var recording = 0
      /// Of what is being sent: bytes that have left, and all of them.
      package var bytesDone: Int64 = 0
      package var bytes: Int64 = 0
    }

    package struct File: Codable, Sendable, Equatable {
      package var number: Int64
      package var folder: String
      /// Nil where who asks may not know it.
      package var path: String?
      /// `reading`, `waiting`, `sending` or `recording`.
      package var stage: String
      /// What has left for S3.
      package var bytesDone: Int64
      package var size: Int64
    }

    /// Files that are named.
    static let limit = 500

    /// `sent`: by delivery, what S3 has not acknowledged of what was handed to the network.
    package init(_ work: [WorkUnderWay], sent: [Int64: Int64], isShown: (SettledFile) -> Bool) {
      var sums: [String: Folder] = [:]
      var all: [File] = []
      for entry in work {
        let size = entry.file.identity.size
        let done = entry.stage == .recording ? size : min(size, entry.acknowledged + sent[entry.number, default: 0])
        all.append(
          File(
            number: entry.number, folder: entry.file.folder,
            path: isShown(entry.file) ? entry.file.path.utf8Text ?? entry.file.path.escaped : nil,
            stage: entry.stage.rawValue, bytesDone: done, size: size))
        sums[entry.file.folder, default: Folder(folder: entry.file.folder)].count(entry.stage, done, of: size)
      }
      folders = sums.values.sorted { $0.folder < $1.folder }
      let order = ["sending": 0, "reading": 1, "recording": 2]
      files = Array(
        all.sorted { (order[$0.stage] ?? 3, $0.number) < (order[$1.stage] ?? 3, $1.number) }.prefix(Self.limit))
    }
  }

  /// The same, small enough for one line of an answer: without the longest lists of names where there are too many.
  package var bounded: StatusReport {
    var report = self
    for limit in [100, 10, 0] {
      for index in report.folders.indices {
        report.folders[index].leftovers = report.folders[index].leftovers.map { Array($0.prefix(limit)) }
        report.folders[index].unreadable = report.folders[index].unreadable.map { Array($0.prefix(limit)) }
        report.folders[index].waitingFiles = report.folders[index].waitingFiles.map { Array($0.prefix(limit)) }
      }
      if report.nameBytes < Self.nameLimit { break }
    }
    if let work = report.underWay, report.nameBytes >= Self.nameLimit {
      report.underWay?.files = Array(work.files.prefix(20))
    }
    return report
  }

  /// Bytes of names in an answer; JSON may need six for each.
  private static let nameLimit = 120_000

  private var nameBytes: Int {
    let listed = folders.reduce(0) { sum, folder in
      sum + (folder.leftovers ?? []).reduce(0) { $0 + $1.path.utf8.count + 120 }
        + (folder.unreadable ?? []).reduce(0) { $0 + $1.path.utf8.count + 120 }
        + (folder.waitingFiles ?? []).reduce(0) { $0 + $1.path.utf8.count + 80 }
    }
    return (underWay?.files ?? []).reduce(listed) { $0 + ($1.path?.utf8.count ?? 0) + 100 }
  }
}

extension StatusReport.UnderWay.Folder {
  fileprivate mutating func count(_ stage: WorkUnderWay.Stage, _ done: Int64, of size: Int64) {
    switch stage {
    case .reading: reading += 1
    case .waiting: waiting += 1
    case .sending:
      sending += 1
      bytesDone += done
      bytes += size
    case .recording: recording += 1
    }
  }
}

extension TransferProgress {
  /// By delivery, the bytes handed to the network. `requests` are the transport's: several parts of one file may be under way.
  package static func sent(_ requests: [UInt64: Int64]) -> [Int64: Int64] {
    requests.reduce(into: [:]) { $0[RequestBuilder.number(of: $1.key), default: 0] += $1.value }
  }
}
