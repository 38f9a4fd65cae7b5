import DaemonConfiguration
import DeliveryJournal
import DeliveryModel
import HTTPTransport
import SystemSupport

extension EngineLoop {
  /// Carries out what the machine asked for; what can be batched is collected for ``submit()``.
  mutating func performAll() {
    for action in machine.takeActions() { perform(action) }
    departing.removeAll(keepingCapacity: true)
  }

  private mutating func perform(_ action: DeliveryAction) {
    switch action {
    case .hash(let delivery): willRead(delivery)
    case .commit(let change): commits.add([change])
    case .releaseContent(let number): letGo(ofContent: number)
    case .releasePart(let number, let part): streams[number]?.release(part)
    case .letGoOfReading(let number): streams.removeValue(forKey: number)?.letGo()
    case .resettle(let file): ports.resettle(file)
    case .refreshCredentials: refreshCredentials()
    case .adjustClock(let offset): requests.clockOffset = offset
    case .note(let note): tell(note)
    case .putObject(let number), .createMultipart(let number), .completeMultipart(let number),
      .putRecord(let number), .askForRecord(let number, _), .uploadPart(let number, _), .abortMultipart(let number, _):
      send(action, for: number)
    }
  }

  private mutating func willRead(_ delivery: Delivery) {
    hashJobs[delivery.number] = delivery
    allowance.ask(ContentAllowance.Job(delivery, isUnread: isJudgedUnread(delivery)))
  }

  private func isJudgedUnread(_ delivery: Delivery) -> Bool {
    guard delivery.file.identity.size > FileReading.longestRefused else { return false }
    let folder = settings.configuration.folders.first { $0.name == delivery.file.folder }
    return folder.map { FileReading.isJudgedUnread(delivery.file, by: $0.rules) } ?? false
  }

  private mutating func letGo(ofContent number: Int64) {
    contents[number] = nil
    streams.removeValue(forKey: number)?.letGo()
    hashJobs[number] = nil
    allowance.release(number)
  }

  private mutating func tell(_ note: DeliveryNote) {
    var delivery: Delivery?
    if let number = note.number { delivery = machine.active[number]?.delivery ?? departing[number] }
    ports.log.note(note, delivery)
    ports.metrics.take(note, delivery, at: ports.clock.wall())
    alert(of: note)
  }

  private mutating func send(_ action: DeliveryAction, for number: Int64) {
    let delivery = machine.active[number]
    let exchange = inHand(number) {
      $0.requests.exchange(
        for: action, delivery, $0.contents[number], memory: $0.memory(for: action), at: $0.ports.clock.wall())
    }
    if let exchange { outgoing.append(exchange) }
  }

  /// The part as it was read, where it is a part and still in memory.
  private func memory(for action: DeliveryAction) -> BodyMemory? {
    guard case .uploadPart(let number, let part) = action else { return nil }
    return streams[number]?.memory(of: part)
  }

  /// Marks the delivery as what a crash would be about: its names and what services say of it go through our hands.
  private mutating func inHand<Value>(_ number: Int64, _ work: (inout EngineLoop) -> Value) -> Value {
    guard let marks = ports.marks else { return work(&self) }
    return marks.holding(number) { work(&self) }
  }

  /// What was refused may have been replaced since: then the new ones are tried first.
  private mutating func refreshCredentials() {
    guard let used = requests.credentials, requests.areCredentialsRefused else {
      machine.canSign = requests.credentials != nil && !shutdown.isRequested
      return
    }
    ports.keeper.wishes.post(.refused(used))
  }

  /// Hands over what has been collected: one call each for the readers, the transport and the journal.
  mutating func submit() {
    let readable = allowance.admitted(lingering: settings.readers.lingering).compactMap {
      hashJobs.removeValue(forKey: $0)
    }
    if !readable.isEmpty {
      ports.readers.read(readable, settings, proof: requests.proof, checksums: machine.checksums)
    }
    if !outgoing.isEmpty {
      ports.transport.submit(outgoing)
      outgoing.removeAll(keepingCapacity: true)
    }
    if let batch = commits.next(now: ports.clock.now, mayGrow: requests.inFlightCount > 0) {
      ports.journal.jobs.post(.commit(batch))
    }
    load()
  }

  private mutating func load() {
    guard !shutdown.isRequested else { return }
    if machine.leftToJournal {
      backlog.mayHaveDue(ports.clock.wall())
      machine.leftToJournal = false
    }
    let horizon = max(machine.settings.retry.cap, MultipartRun.completionTime)
    for state in [DeliveryState.uploaded, .pending] {
      if backlog.maySearch(state), let search = machine.search(for: state, now: ports.clock.now) {
        backlog.search(state)
        ports.journal.jobs.post(
          .load(machine.request(search, for: state, now: ports.clock.wall(), horizon: horizon)))
      }
      let appetite = machine.appetite(for: state)
      let now = ports.clock.wall()
      let held = { [machine] in machine.heldNumbers }
      guard
        var request = backlog.request(
          state, appetite: appetite, folderLimit: machine.settings.folderWindow, inHand: machine.inHand,
          without: machine.foldersLeftAlone(for: state), now: now, horizon: horizon, heldCount: machine.heldCount,
          held: held)
      else { continue }
      request.withoutQuestions = machine.hasEnoughQuestions
      ports.journal.jobs.post(.load(request))
    }
  }

  // MARK: Answers

  /// Judges one answer and tells the machine.
  mutating func takeAnswer(_ completion: HTTPCompletion) {
    let number = RequestBuilder.number(of: completion.id)
    let answer = inHand(number) { $0.requests.judge(completion, now: $0.ports.clock.wall()) }
    guard let judged = answer.map(hintingAtRestart) else { return }
    if judged.failure == nil, case .success(let response) = completion.result {
      ports.clock.service.note(response, now: ports.clock.now)
    }
    if shutdown.isRequested, RequestBuilder.isCancelled(completion), !judged.isAborted {
      return machine.cancelled(number, judged.lane)
    }
    machine.take(judged, for: number, at: moment)
  }

  // MARK: Counting

  /// Keeps the counters true to the journal; called before the machine forgets the delivery.
  mutating func count(_ change: JournalChange) {
    if case .received(let file) = change { return counters.received(file) }
    guard let number = change.number, let delivery = machine.active[number]?.delivery else { return }
    switch change {
    case .judged(_, let verdict) where verdict.isRejected: counters.moved(delivery.file, from: .pending, to: .uploaded)
    case .logged where delivery.verdict?.isRejected == true:
      counters.moved(delivery.file, from: .uploaded, to: .rejected)
    case .uploaded: counters.moved(delivery.file, from: .pending, to: .uploaded)
    case .logged(_, let moment, _, _):
      counters.moved(delivery.file, from: .uploaded, to: .logged)
      counters.delivered(delivery.file, at: moment)
    case .parked: counters.moved(delivery.file, from: delivery.state, to: .parked)
    case .withdrawn, .unchanged: counters.moved(delivery.file, from: delivery.state, to: .withdrawn)
    case .known: counters.moved(delivery.file, from: .pending, to: .logged)
    case .received, .recognized, .prepared, .identified, .asked, .digested, .attemptBegan, .failed, .crashed,
      .retried, .multipartBegan,
      .partUploaded,
      .multipartForgotten, .completionBegan, .completionTakenBack, .judged, .errand, .checksumFound,
      .alert:
      break
    }
  }

  // MARK: Time

  /// A clock that was set is another one: what is due is looked up anew, and how wrong it was tells nothing any more.
  mutating func noticeClock() {
    guard clockWatch.wasSet(wall: ports.clock.wall(), now: ports.clock.now) else { return }
    machine.leftToJournal = true
    requests.clockOffset = .zero
  }

  /// Sets the limit that the clock has brought.
  mutating func applyBandwidth() {
    let clock = ports.clock
    guard bandwidth.look(now: clock.now, secondOfDay: { clock.secondOfDay(clock.wall()) }) else { return }
    ports.transport.limitBandwidth(bandwidth.rate)
    ports.log.bandwidth(bandwidth.rate)
  }

  /// One deadline for everything that waits for a moment.
  mutating func setAlarm() {
    let now = ports.clock.now
    var next: ContinuousClock.Instant?
    func consider(_ moment: ContinuousClock.Instant?) {
      guard let moment else { return }
      next = min(next ?? moment, moment)
    }
    consider(machine.nextLook(backlog, wall: ports.clock.wall(), now: now))
    consider(machine.nextReturn)
    consider(commits.nextLook)
    consider(bandwidth.lookAt)
    consider(shutdown.nextLook(now: now))
    ports.alarm.set(next, now: now)
  }
}
