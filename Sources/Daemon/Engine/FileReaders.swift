import AWSClients
import ContentInspection
import DaemonConfiguration
import DeliveryModel
import DropWatch
import Synchronization
import SystemSupport

/// Has files read and hashed, each in its own folder: small ones a few at a time on the folder's thread, larger ones, and
/// all that a virus scanner has to see, on its lane. What hangs in one folder is waited for there alone.
struct FileReaders: Sendable {
  let events: Mailbox<EngineEvent>
  private let runners: FolderRunners
  private let marks: CrashMarks?
  private let savers: SambaWriters?
  private let slots = ReadingSlots(limit: 6)
  private let ownerNames = UserNames()
  private let inspector = ContentInspector()

  /// `marks` tells the next process what this one was reading when it crashed, `savers` who saved a file.
  init(events: Mailbox<EngineEvent>, runners: FolderRunners, marks: CrashMarks?, savers: SambaWriters? = nil) {
    self.events = events
    self.runners = runners
    self.marks = marks
    self.savers = savers
  }

  /// Files per batch: the first are sent while the rest are read.
  private static let batch = 32
  /// A step of the folder's thread takes no longer by much.
  private static let step = Duration.milliseconds(50)

  /// Reads the files; each comes back as an event. Returns at once. `proof`: what S3's answers have to show.
  func read(_ deliveries: [Delivery], _ settings: EngineSettings, proof: UploadProof) {
    for (name, files) in Dictionary(grouping: deliveries, by: \.file.folder) {
      guard let folder = settings.configuration.folders.first(where: { $0.name == name }),
        let runner = runners.runner(of: name), runner.path == folder.path
      else {
        giveBack(files, "folder \(name) is no longer in the configuration; its files wait until it is")
        continue
      }
      let context = Context(
        readers: self, runner: runner, folder: folder, settings: settings, proof: proof)
      let isQuick = { (delivery: Delivery) in
        delivery.file.identity.size <= FileReading.inMemoryLimit && folder.rules.antivirus == nil
      }
      let quick = files.filter(isQuick)
      for start in stride(from: 0, to: quick.count, by: Self.batch) {
        context.read(ReadingBatch(quick[start..<min(start + Self.batch, quick.count)]))
      }
      for delivery in files where !isQuick(delivery) { context.readOnLane(delivery) }
    }
  }

  private func giveBack(_ files: some Sequence<Delivery>, _ reason: String) {
    events.post(.hashed(files.map { HashedFile(number: $0.number, outcome: .away(reason: reason), content: nil) }))
  }

  private func holding<Value>(_ delivery: Delivery, _ work: () -> Value) -> Value {
    guard let marks else { return work() }
    return marks.holding(delivery.number, work)
  }

  /// A file about whose content something has to be found out before it can be judged.
  private struct AskedFile: Sendable {
    let reading: FileReading
    let root: RootDirectory
    let opened: OpenedFile
    let question: InspectionQuestion
  }

  /// What the files of one folder are read with.
  private struct Context: Sendable {
    let readers: FileReaders
    let runner: FolderRunner
    let folder: FolderSettings
    let settings: EngineSettings
    let proof: UploadProof

    // MARK: On the folder's thread

    func read(_ batch: ReadingBatch) {
      runner.post(
        .read,
        FolderRunner.Step {
          let (finished, asked, count) = step(batch)
          let tell: @Sendable () -> Void = {
            batch.told(count)
            if !finished.isEmpty { readers.events.post(.hashed(finished)) }
            if !asked.isEmpty { inspect(asked) }
          }
          return count == batch.left.count ? .done(tell: tell) : .again(tell: tell)
        } callOff: {
          readers.giveBack(batch.left, Self.silence(folder.name))
        })
    }

    /// Reads some of the batch, for a moment: as many as the last number says.
    private func step(_ batch: ReadingBatch) -> ([HashedFile], [AskedFile], Int) {
      let (begun, left) = (MonotonicInstant.now, batch.left)
      var (finished, asked): ([HashedFile], [AskedFile]) = ([], [])
      let root = Result { () throws(SystemCallError) in try RootDirectory(folder.path) }
      for (index, delivery) in left.enumerated() {
        if index > 0, MonotonicInstant.now - begun > FileReaders.step { return (finished, asked, index) }
        switch read(delivery, below: root) {
        case .finished(let file): finished.append(file)
        case .asked(let file): asked.append(file)
        }
        runner.activity.comeOn()
      }
      return (finished, asked, left.count)
    }

    /// The folder's thread goes on with other files meanwhile; what was found out is judged on it.
    private func inspect(_ files: [AskedFile]) {
      readers.inspector.inspect(files.map(\.question), of: folder.name) { outcomes in
        runner.post(
          .read,
          FolderRunner.Step {
            let hashed = outcomes.map { index, outcome in finish(files[index], outcome) }
            return .done { readers.events.post(.hashed(hashed)) }
          } callOff: {
            readers.giveBack(outcomes.map { files[$0.index].reading.delivery }, Self.silence(folder.name))
          })
      }
    }

    // MARK: On the folder's lane

    func readOnLane(_ delivery: Delivery) {
      let work: @Sendable () -> Void = {
        readers.slots.holding { slot in
          runner.reading.begin()
          let root = Result { () throws(SystemCallError) in try RootDirectory(folder.path) }
          _ = runner.reading.rest()
          switch read(delivery, below: root, slot) {
          case .finished(let file): readers.events.post(.hashed([file]))
          case .asked(let file): inspectOnLane(file)
          }
        }
      }
      take(work, delivery)
    }

    private func inspectOnLane(_ file: AskedFile) {
      readers.inspector.inspect([file.question], of: folder.name) { outcomes in
        guard let outcome = outcomes.first?.outcome else { return }
        take({ readers.events.post(.hashed([finish(file, outcome)])) }, file.reading.delivery)
      }
    }

    private func take(_ work: @escaping @Sendable () -> Void, _ delivery: Delivery) {
      do {
        try runner.lane.post(work)
      } catch {
        readers.events.post(
          .hashed([
            HashedFile(
              number: delivery.number,
              outcome: .unreadable(code: "resources", reason: "\(error.meaning); the file waits and is tried again"),
              content: nil)
          ]))
      }
    }

    // MARK: One file

    private enum Step {
      case finished(HashedFile)
      case asked(AskedFile)
    }

    private func read(
      _ delivery: Delivery, below root: Result<RootDirectory, SystemCallError>,
      _ slot: ReadingSlots.Slot? = nil
    ) -> Step {
      switch root {
      case .success(let root):
        var reading = FileReading(
          delivery: delivery, folder: folder, settings: settings, ownerNames: readers.ownerNames, proof: proof,
          savers: readers.savers)
        if let slot {
          reading.activity = runner.reading
          reading.comeOn = { [activity = runner.reading] in
            slot.comeOn()
            activity.comeOn()
          }
        }
        switch readers.holding(delivery, { [reading] in reading.read(below: root) }) {
        case .finished(let file): return .finished(file)
        case .inspect(let opened, let question):
          return .asked(AskedFile(reading: reading, root: root, opened: opened, question: question))
        }
      case .failure(let error):
        let reason = "folder \(folder.name) is not available (\(error)); its files are waited for"
        return .finished(HashedFile(number: delivery.number, outcome: .away(reason: reason), content: nil))
      }
    }

    private func finish(_ file: AskedFile, _ outcome: ContentInspector.Outcome) -> HashedFile {
      readers.holding(file.reading.delivery) { file.reading.finish(file.opened, outcome, below: file.root) }
    }

    private static func silence(_ folder: String) -> String {
      "folder \(folder) does not answer; its files are waited for"
    }
  }
}

/// Files that are read one after the other, and which of them nothing has been told of yet.
private final class ReadingBatch: Sendable {
  private let rest: Mutex<ArraySlice<Delivery>>

  init(_ deliveries: ArraySlice<Delivery>) {
    rest = Mutex(deliveries)
  }

  var left: ArraySlice<Delivery> { rest.withLock { $0 } }

  func told(_ count: Int) { rest.withLock { $0 = $0.dropFirst(count) } }
}
