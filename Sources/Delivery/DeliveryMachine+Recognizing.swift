import DeliveryModel

/// Settled files that are, or may be, what a delivery is of already: see ``Recognition``.
///
/// Where its digest has to prove it, the file is read beside the deliveries, waiting for no service, and nothing of it is
/// shown: equal, the delivery takes on its state; else it is a new arrival. The end of the daemon forgets it, and the next
/// first scan finds it again.
extension DeliveryMachine {
  /// A file that is read to be compared.
  struct Comparison: Sendable, Equatable {
    var file: SettledFile
    var recognition: Recognition
    /// The digest that it has if it is the same.
    var digest: SHA256Digest
    /// How often it changed while it was read.
    var tries = 0
    /// Another state of it came meanwhile.
    var isOutdated = false

    /// It cannot be read, and is tried again then.
    var pausedUntil: Instant?

    /// As it is read: with a number that no delivery has.
    var delivery: Delivery { Delivery(number: -recognition.number, file: file, nextAttempt: file.settled) }
  }

  /// What followed a delivery whose content a file did not have.
  struct Successor: Sendable, Equatable {
    /// That delivery.
    let number: Int64
    /// Whether the journal has what followed.
    var isDurable = false
  }

  /// How many of each folder are read or wait for that, where there are so many that one may have too many.
  var comparisonsByFolder: [String: Int] {
    guard comparisons.count > Self.comparisonLimit / 2 else { return [:] }
    return comparisons.values.reduce(into: [:]) { $0[$1.file.folder, default: 0] += 1 }
  }

  /// As many of one folder may be read or wait for that; more are taken from the watcher only then.
  static let comparisonLimit = 1024

  /// How often a file is read again because it was touched meanwhile.
  static let rereadLimit = 3

  /// Takes in files that came to rest; returns what is to be made durable at once.
  mutating func settled(_ files: [SettledFile], at moment: Moment) -> [JournalChange] {
    var changes: [JournalChange] = []
    for file in files {
      guard let recognition = file.recognition else {
        changes.append(.received(file))
        continue
      }
      if isOutdated(recognition, of: file) {
        emit(.resettle(file))
        continue
      }
      switch recognition.proof {
      case .attributes:
        changes.append(.recognized(file, recognition))
        if recognition.isDelivered { emitDisposal(of: recognition.number, beside: file, at: moment) }
      case .content(let digest): compare(file, recognition, with: digest)
      case .unread: if let change = recognizeUnread(file, recognition) { changes.append(change) }
      }
    }
    return changes
  }

  /// What was never read may have been by now.
  private mutating func recognizeUnread(_ file: SettledFile, _ recognition: Recognition) -> JournalChange? {
    guard let entry = active[recognition.number] else { return .recognized(file, recognition) }
    if entry.isBeingRead {
      change(recognition.number) {
        $0.delivery.file = $0.delivery.file.inState(file.identity)
        $0.mustReread = true
      }
      return .recognized(file, recognition)
    }
    // The end of its attempt is on its way into the journal, which then knows whether it goes on.
    guard let digest = entry.delivery.prepared?.sha256 else { return .recognized(file, recognition) }
    compare(file, recognition, with: digest)
    return nil
  }

  private mutating func compare(_ file: SettledFile, _ recognition: Recognition, with digest: SHA256Digest) {
    let proved = Recognition(
      number: recognition.number, proof: .content(digest), isDelivered: recognition.isDelivered,
      isTouched: recognition.isTouched)
    let comparison = Comparison(file: file, recognition: proved, digest: digest)
    let isUnderWay = comparisons[recognition.number].map { $0.pausedUntil == nil } ?? false
    comparisons[recognition.number] = comparison
    if isUnderWay {
      comparisons[recognition.number]?.isOutdated = true
    } else {
      emit(.hash(comparison.delivery))
    }
  }

  /// Takes in what reading a file to be compared gave.
  mutating func compared(_ number: Int64, _ outcome: HashOutcome, at moment: Moment) {
    emit(.releaseContent(-number))
    guard var comparison = comparisons.removeValue(forKey: number) else { return }
    let file = comparison.file
    if comparison.isOutdated || outcome == .touched && comparison.tries < Self.rereadLimit {
      comparison.tries += comparison.isOutdated ? 0 : 1
      comparison.isOutdated = false
      comparisons[number] = comparison
      return emit(.hash(comparison.delivery))
    }
    switch outcome {
    case .hashed(let read) where read.prepared.sha256 == comparison.digest:
      emit(.commit(.recognized(file, comparison.recognition)))
      guard comparison.recognition.isDelivered else { return }
      emitDisposal(of: number, beside: file, at: moment)
      if comparison.recognition.isTouched { emit(.note(.touched(file))) }
    case .gone: break
    case .changed, .touched: emit(.resettle(file))
    case .away, .unreadable:
      // Beyond the bound it waits where others do.
      guard comparisonsByFolder[file.folder, default: 0] < Self.comparisonLimit / 2 else {
        return arrive(file, after: number)
      }
      comparison.pausedUntil = moment.now + Self.awayPause
      comparisons[number] = comparison
    case .hashed, .tooLarge, .unnameable: arrive(file, after: number)
    }
  }

  /// The file is another than that delivery's.
  private mutating func arrive(_ file: SettledFile, after number: Int64) {
    if successors.count >= Self.comparisonLimit { successors = successors.filter { !$0.value.isDurable } }
    successors[PathKey(file)] = Successor(number: number)
    emit(.commit(.received(file.inState(file.identity))))
  }

  /// Whether the watcher looked the file up before the delivery after that was durable: it has to look again, or one content
  /// would be two deliveries. No more than one such look can be on its way by then.
  private mutating func isOutdated(_ recognition: Recognition, of file: SettledFile) -> Bool {
    guard !successors.isEmpty, let successor = successors[PathKey(file)] else { return false }
    let isOutdated = successor.number == recognition.number
    if successor.isDurable || !isOutdated { successors[PathKey(file)] = nil }
    return isOutdated
  }

  /// A new delivery is durable.
  mutating func arrived(_ file: SettledFile) {
    guard !successors.isEmpty else { return }
    successors[PathKey(file)]?.isDurable = true
  }

  /// Reads again what could not be read.
  mutating func resumeComparisons(now: Instant) {
    guard let next = nextComparison, next <= now else { return }
    for (number, comparison) in comparisons where comparison.pausedUntil.map({ $0 <= now }) ?? false {
      comparisons[number]?.pausedUntil = nil
      emit(.hash(comparison.delivery))
    }
  }

  /// When the next of them is to be read again.
  var nextComparison: Instant? { comparisons.isEmpty ? nil : comparisons.values.lazy.compactMap(\.pausedUntil).min() }

  /// A file was read in another state than its delivery's, and is what that is of.
  mutating func take(_ state: FileIdentity, of entry: ActiveDelivery) {
    let (number, file) = (entry.delivery.number, entry.delivery.file.inState(state))
    let proof = entry.delivery.prepared?.sha256.map(Recognition.Proof.content) ?? .unread
    change(number) { $0.delivery.file = file }
    emit(
      .commit(
        .recognized(file, Recognition(number: number, proof: proof, isDelivered: false, isTouched: false))))
  }

  /// Whether what was read is to be read again, as the file was touched meanwhile; it then is.
  mutating func rereads(_ number: Int64, _ outcome: HashOutcome) -> Bool {
    guard let entry = active[number] else { return false }
    guard entry.mustReread || outcome == .touched && entry.rereads < Self.rereadLimit else { return false }
    change(number) {
      $0.rereads += entry.mustReread ? 0 : 1
      $0.mustReread = false
    }
    emit(.releaseContent(number))
    emit(.hash(entry.delivery))
    return true
  }
}

extension PathKey {
  fileprivate init(_ file: SettledFile) { self.init(folder: file.folder, path: file.path) }
}
