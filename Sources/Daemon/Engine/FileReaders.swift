import AWSClients
import ContentInspection
import DaemonConfiguration
import DeliveryModel
import Dispatch
import SystemSupport

/// Reads and hashes files off the engine's loop: small ones in batches on one queue, larger ones on another, those sent
/// in parts on one of several, so that a huge file never holds up the others.
struct FileReaders: Sendable {
  let events: Mailbox<EngineEvent>
  private let marks: CrashMarks?
  private let savers: SambaWriters?
  private let small = ReadingQueue(label: "s3loggerd.read.small", place: 0)
  private let medium = ReadingQueue(label: "s3loggerd.read.medium", place: 1)
  /// One for each folder, as far as there are places: one that is read for hours holds up nobody else's.
  private let large = (2..<CrashMarks.places - 1).map { ReadingQueue(label: "s3loggerd.read.large.\($0)", place: $0) }
  private let ownerNames = UserNames()
  private let inspector = ContentInspector()

  /// `marks` tells the next process what this one was reading when it crashed, `savers` who saved a file.
  init(events: Mailbox<EngineEvent>, marks: CrashMarks?, savers: SambaWriters? = nil) {
    self.events = events
    self.marks = marks
    self.savers = savers
  }

  /// A serial queue, and where it marks what it reads.
  private struct ReadingQueue: Sendable {
    let queue: DispatchQueue
    let place: Int

    init(label: String, place: Int) {
      queue = DispatchQueue(label: label)
      self.place = place
    }
  }

  /// Files per batch: the first are sent while the rest are read.
  private static let batch = 32

  /// Reads the files; each comes back as an event. Returns at once. `proof`: what S3's answers have to show.
  func read(_ deliveries: [Delivery], _ settings: EngineSettings, proof: UploadProof) {
    let limit = FileReading.inMemoryLimit
    let threshold = settings.configuration.upload.multipartThreshold
    let smallOnes = deliveries.filter { $0.file.identity.size <= limit }
    for start in stride(from: 0, to: smallOnes.count, by: Self.batch) {
      let batch = Array(smallOnes[start..<min(start + Self.batch, smallOnes.count)])
      read(batch, settings, proof, on: small)
    }
    for delivery in deliveries where delivery.file.identity.size > limit {
      let isLarge = delivery.file.identity.size >= threshold
      read([delivery], settings, proof, on: isLarge ? lane(of: delivery.file.folder, settings) : medium)
    }
  }

  private func lane(of folder: String, _ settings: EngineSettings) -> ReadingQueue {
    let index = settings.configuration.folders.firstIndex { $0.name == folder } ?? 0
    return large[index % large.count]
  }

  private func read(_ batch: [Delivery], _ settings: EngineSettings, _ proof: UploadProof, on queue: ReadingQueue) {
    queue.queue.async {
      let (finished, asked) = read(batch, settings, proof, place: queue.place)
      if !finished.isEmpty { events.post(.hashed(finished)) }
      for (folder, files) in asked { inspect(files, of: folder, on: queue) }
    }
  }

  /// A file about whose content something has to be found out before it can be judged.
  private struct AskedFile: Sendable {
    let reading: FileReading
    let root: RootDirectory
    let opened: OpenedFile
    let question: InspectionQuestion
  }

  private func read(
    _ batch: [Delivery], _ settings: EngineSettings, _ proof: UploadProof, place: Int
  ) -> (finished: [HashedFile], asked: [String: [AskedFile]]) {
    var places = ServedPlaces(settings)
    var asked: [String: [AskedFile]] = [:]
    let finished: [HashedFile] = batch.compactMap { delivery in
      let name = delivery.file.folder
      switch places.place(of: delivery.file) {
      case .served(let folder, let root):
        let reading = FileReading(
          delivery: delivery, folder: folder, settings: settings, ownerNames: ownerNames, proof: proof,
          savers: savers)
        switch holding(delivery, in: place, { reading.read(below: root) }) {
        case .finished(let file): return file
        case .inspect(let opened, let question):
          asked[name, default: []].append(
            AskedFile(reading: reading, root: root, opened: opened, question: question))
          return nil
        }
      case .waits(let reason): return unavailable(delivery, reason)
      }
    }
    return (finished, asked)
  }

  /// The queue goes on with other files meanwhile; what was found out is judged on it.
  private func inspect(_ files: [AskedFile], of folder: String, on queue: ReadingQueue) {
    inspector.inspect(files.map(\.question), of: folder) { outcomes in
      queue.queue.async {
        events.post(
          .hashed(
            outcomes.map { index, outcome in
              let file = files[index]
              return holding(file.reading.delivery, in: queue.place) {
                file.reading.finish(file.opened, outcome, below: file.root)
              }
            }))
      }
    }
  }

  private func holding<Value>(_ delivery: Delivery, in place: Int, _ work: () -> Value) -> Value {
    guard let marks else { return work() }
    return marks.holding(delivery.number, in: place, work)
  }

  private func unavailable(_ delivery: Delivery, _ reason: String) -> HashedFile {
    HashedFile(
      number: delivery.number, outcome: .unreadable(code: "folder-unavailable", reason: reason), content: nil)
  }
}
