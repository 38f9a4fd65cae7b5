import AWSClients
import ConfiguredClients
import ContentInspection
import DaemonConfiguration
import DeliveryModel
package import Folders
import HTTPTransport
import Synchronization
package import SystemSupport

/// Has files read and hashed, each in its own folder: small ones a few at a time on the folder's thread, larger ones, and
/// all that a virus scanner has to see, on its lane, and those that take long on another. What hangs in one folder is waited for there alone.
package struct FileReaders: Sendable {
  let events: Mailbox<EngineEvent>
  private let folders: FolderSet
  private let marks: CrashMarks?
  private let savers: SambaWriters?
  private let slots = ReadingSlots(limit: 6)
  private let longSlots = ReadingSlots(limit: 3)
  private let ownerNames = UserNames()
  private let inspector = ContentInspector()
  private let memory = PartMemory()

  /// `marks` tells the next process what this one was reading when it crashed, `savers` who saved a file.
  package init(events: Mailbox<EngineEvent>, folders: FolderSet, marks: CrashMarks?, savers: SambaWriters? = nil) {
    self.events = events
    self.folders = folders
    self.marks = marks
    self.savers = savers
  }

  /// Files per batch: the first are sent while the rest are read.
  private static let batch = 32
  /// A step of the folder's thread takes no longer by much.
  private static let step = Duration.milliseconds(50)

  /// Reads the files; each comes back as an event. Returns at once. `proof`: what S3's answers have to show.
  func read(_ deliveries: [Delivery], _ settings: EngineSettings, proof: UploadProof, checksums: ChecksumPolicy) {
    let folders = settings.configuration.folders
    let served = Dictionary(grouping: deliveries) { ServedPlaces.server(of: $0.file, among: folders)?.name }
    for (name, files) in served {
      guard let name, let folder = folders.first(where: { $0.name == name }),
        let runner = self.folders.runner(of: name),
        runner.path == folder.path
      else {
        events.post(.hashed(files.map { Self.waiting($0, ServedPlaces.reason($0.file)) }))
        continue
      }
      let context = Context(
        readers: self, runner: runner, folder: folder, settings: settings, proof: proof, checksums: checksums)
      let isQuick = { (delivery: Delivery) in
        FileReading.isJudgedUnread(delivery.file, by: folder.rules)
          || delivery.file.identity.size <= FileReading.inMemoryLimit && folder.rules.antivirus == nil
      }
      let quick = files.filter(isQuick)
      for start in stride(from: 0, to: quick.count, by: Self.batch) {
        context.read(ReadingBatch(quick[start..<min(start + Self.batch, quick.count)]))
      }
      for delivery in files where !isQuick(delivery) { context.readOnLane(delivery) }
    }
  }

  /// A file whose folder is well, but that cannot be looked for.
  private static func waiting(_ delivery: Delivery, _ reason: String) -> HashedFile {
    HashedFile(
      number: delivery.number, outcome: .unreadable(code: "folder-unavailable", reason: reason), content: nil)
  }

  private func holding<Value>(_ delivery: Delivery, _ work: () -> Value) -> Value {
    guard let marks, delivery.number > 0 else { return work() }
    return marks.holding(delivery.number, work)
  }

  /// A file about whose content something has to be found out before it can be judged.
  private struct AskedFile: Sendable {
    let reading: FileReading
    let root: RootDirectory
    let opened: OpenedFile
    let question: InspectionQuestion
  }

  /// A file that is sent while it is read.
  private struct StreamedFile: Sendable {
    let reading: FileReading
    let root: RootDirectory
    let ahead: AheadReading
  }

  /// What the files of one folder are read with.
  private struct Context: Sendable {
    let readers: FileReaders
    let runner: FolderRunner
    let folder: FolderSettings
    let settings: EngineSettings
    let proof: UploadProof
    let checksums: ChecksumPolicy

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
          giveBack(batch.left)
        })
    }

    /// Reads some of the batch, for a moment: as many as the last number says.
    private func step(_ batch: ReadingBatch) -> ([HashedFile], [AskedFile], Int) {
      let (begun, left) = (MonotonicInstant.now, batch.left)
      var (finished, asked): ([HashedFile], [AskedFile]) = ([], [])
      var places = ServedPlaces(settings.served)
      for (index, delivery) in left.enumerated() {
        if index > 0, MonotonicInstant.now - begun > FileReaders.step { return (finished, asked, index) }
        switch read(delivery, in: &places) {
        case .finished(let file): finished.append(file)
        case .asked(let file): asked.append(file)
        case .ahead(let file): goOn(file)
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
            giveBack(outcomes.map { files[$0.index].reading.delivery })
          })
      }
    }

    // MARK: On the folder's lanes

    func readOnLane(_ delivery: Delivery) {
      onLane(delivery) { slot in
        var places = ServedPlaces(settings.served)
        report(read(delivery, in: &places, slot))
      }
    }

    private func onLane(_ delivery: Delivery, _ body: @escaping @Sendable (ReadingSlots.Slot) -> Void) {
      let isLong = delivery.file.identity.size >= FileReading.long
      let work: @Sendable () -> Void = { (isLong ? readers.longSlots : readers.slots).holding(body) }
      // Where there is no thread for it now, it is kept, and done once there is.
      (isLong ? runner.longLane : runner.lane).run(work)
    }

    private func report(_ step: Step) {
      switch step {
      case .finished(let file): readers.events.post(.hashed([file]))
      case .asked(let file): inspectOnLane(file)
      case .ahead(let file): goOn(file)
      }
    }

    /// Reads a file on by a part once there is room for that, in turn with others of the folder.
    private func goOn(_ file: StreamedFile) {
      guard let count = file.ahead.next else { return readPart(file, into: nil) }
      readers.memory.ask(for: count, folder: folder.name, stream: file.ahead.stream) { memory in
        readPart(file, into: memory)
      }
    }

    private func readPart(_ file: StreamedFile, into memory: BodyMemory?) {
      onLane(file.reading.delivery) { slot in
        var reading = file.reading
        reading.comeOn = comeOn(slot, activity(of: reading.delivery))
        let step = readers.holding(reading.delivery) { [reading] in
          reading.goOn(with: file.ahead, memory, below: file.root)
        }
        guard let step else { return goOn(file) }
        report(self.step(step, reading, file.root))
      }
    }

    private func inspectOnLane(_ file: AskedFile) {
      readers.inspector.inspect([file.question], of: folder.name) { outcomes in
        guard let outcome = outcomes.first?.outcome else { return }
        runner.lane.run { readers.events.post(.hashed([finish(file, outcome)])) }
      }
    }

    // MARK: One file

    private enum Step {
      case finished(HashedFile)
      case asked(AskedFile)
      case ahead(StreamedFile)
    }

    private func read(
      _ delivery: Delivery, in places: inout ServedPlaces,
      _ slot: ReadingSlots.Slot? = nil
    ) -> Step {
      let activity = activity(of: delivery)
      if slot != nil { activity.begin() }
      let place = places.place(of: delivery.file)
      if slot != nil { _ = activity.rest() }
      switch place {
      case .served(let folder, let root):
        var reading = FileReading(
          delivery: delivery, folder: folder, settings: settings, ownerNames: readers.ownerNames, proof: proof,
          savers: readers.savers)
        reading.knownDevice = runner.knownDevice
        reading.checksums = checksums
        if let slot {
          reading.ahead = FileReading.Ahead(
            memory: readers.memory, isOverTLS: settings.configuration.endpoint(of: .s3).scheme == "https",
            post: { [events = readers.events] in events.post(.readAhead($0)) })
          reading.activity = activity
          reading.comeOn = comeOn(slot, activity)
        }
        return step(readers.holding(delivery, { [reading] in reading.read(below: root) }), reading, root)
      case .away(let reason): return .finished(gone(delivery, reason))
      case .waits(let reason): return .finished(FileReaders.waiting(delivery, reason))
      }
    }

    private func step(_ step: FileReading.Step, _ reading: FileReading, _ root: RootDirectory) -> Step {
      switch step {
      case .finished(let file): .finished(file)
      case .inspect(let opened, let question):
        .asked(AskedFile(reading: reading, root: root, opened: opened, question: question))
      case .ahead(let file): .ahead(StreamedFile(reading: reading, root: root, ahead: file))
      }
    }

    private func activity(of delivery: Delivery) -> FolderActivity {
      delivery.file.identity.size >= FileReading.long ? runner.longReading : runner.reading
    }

    private func comeOn(_ slot: ReadingSlots.Slot, _ activity: FolderActivity) -> @Sendable () -> Void {
      {
        slot.comeOn()
        activity.comeOn()
      }
    }

    private func finish(_ file: AskedFile, _ outcome: ContentInspector.Outcome) -> HashedFile {
      readers.holding(file.reading.delivery) { file.reading.finish(file.opened, outcome, below: file.root) }
    }

    private func giveBack(_ files: some Sequence<Delivery>) {
      let reason = "folder \(folder.name) does not answer; its files are waited for"
      readers.events.post(.hashed(files.map { gone($0, reason) }))
    }

    /// What is wrong with this directory says nothing of the folder whose file lay in it under another name.
    private func gone(_ delivery: Delivery, _ reason: String) -> HashedFile {
      guard delivery.file.folder == folder.name else { return FileReaders.waiting(delivery, reason) }
      return HashedFile(number: delivery.number, outcome: .away(reason: reason), content: nil)
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
