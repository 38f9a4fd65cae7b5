import DeliveryModel

/// What may be sent now.
extension CircuitBreaker {
  func admission(of folder: String, now: Instant) -> Admission {
    if service.isOpen {
      guard service.probing == nil else { return .nothing }
      if now >= service.probeAt { return yields(folder, now: now) ? .nothing : .anything }
      return isCertain || service.hasNoneToTry || folders[folder]?.isProved == true ? .nothing : .untried
    }
    let circuit = folders[folder]
    guard let circuit, circuit.isOpen else {
      if circuit == nil, proven.contains(folder) { return .anything }
      let limit = max(1, Circuit.evidence - (circuit?.failed.count ?? 0))
      let (sent, resting) = doubtful(folder, now)
      return sent >= limit ? .nothing : sent + resting >= limit ? .repeated : .anything
    }
    guard circuit.probing == nil else { return .nothing }
    if now >= circuit.probeAt { return .anything }
    return circuit.isProved || circuit.hasNoneToTry ? .nothing : .untried
  }

  /// Whether this delivery of it may, by what it met before; `isNew`: it never failed.
  func admits(_ number: Int64, at place: PathKey, isNew: Bool, _ admission: Admission, now: Instant) -> Bool {
    let folder = place.folder
    switch admission {
    case .nothing: return false
    case .repeated: return struggling[number] != nil
    case .untried:
      guard isNew, !alone.contains(number) else { return false }
      guard let circuit = folders[folder] else { return true }
      return circuit.failed[number] == nil && !circuit.isProved(for: place.path.directory)
    case .anything:
      if yields(place, now: now) { return false }
      guard alone.contains(number), underWay[number] == nil else { return true }
      return underWay.values.count { $0.isAlone && $0.folder == folder } < Self.aloneAtOnce
    }
  }

  /// The folder of the service's last probe, while the next one is to be of another.
  func yieldingFolder(now: Instant) -> String? {
    service.lastPlace.flatMap { folderCount > 1 && service.yields({ _ in true }, now: now) ? $0.folder : nil }
  }

  func yields(_ folder: String, now: Instant) -> Bool { yieldingFolder(now: now) == folder }

  /// Whether the next probe of its scope is to be of another folder, or of another directory of the folder.
  func yields(_ place: PathKey, now: Instant) -> Bool {
    if service.isOpen { return yields(place.folder, now: now) }
    return folders[place.folder]?.yields({ $0.path.directory == place.path.directory }, now: now) == true
  }

  /// Whether one comes before others of its folder: what failed there lies in other directories.
  func isPreferred(at place: PathKey) -> Bool {
    folders[place.folder].map { !$0.directories.contains(place.path.directory) } ?? true
  }

  /// Folders whose files are left in the journal for the present.
  var closedFolders: Set<String> { Set(folders.lazy.filter { $0.value.isOpen }.map(\.key)) }

  /// Folders with enough evidence.
  var provedFolders: Set<String> { Set(folders.lazy.filter { $0.value.isProved }.map(\.key)) }

  /// Of the other folders the directories with enough evidence.
  var provedDirectories: [String: [RelativePath]] {
    folders.filter { $0.value.failed.count >= Circuit.evidence && !$0.value.isProved }.mapValues {
      Array($0.directories)
    }
  }

  /// The directories that the next probes leave aside, where there are others.
  var probedDirectories: [String: [RelativePath]] {
    folders.mapValues { Array($0.directories.union($0.probed)) }
  }

  /// Whether a request of the delivery has no answer yet.
  func isUnderWay(_ number: Int64) -> Bool { underWay[number] != nil }

  /// Whether what the folder has under way gets no answer.
  func isSilent(_ folder: String, now: Instant) -> Bool {
    lastAnswer[folder].map { now - $0 >= Self.silence } ?? false
  }

  /// How much of what is under way takes no place from others: what gets no answer waits for nobody but itself.
  func silentInFlight(now: Instant) -> Int {
    inFlightByFolder.reduce(0) { $0 + (isSilent($1.key, now: now) ? $1.value : 0) }
  }

  /// When a request without an answer no longer keeps others of its folder, or of other folders, from being tried.
  func nextPatience(now: Instant) -> Instant? {
    let own = underWay.values.lazy.filter { !self.proven.contains($0.folder) }.map { $0.since + Self.patience }
    return [own.filter { $0 > now }.min(), lastAnswer.values.lazy.map { $0 + Self.silence }.filter { $0 > now }.min()]
      .compactMap { $0 }.min()
  }

  /// How many may turn out to be evidence: what was sent a moment ago, and what waits to be sent again.
  private func doubtful(_ folder: String, _ now: Instant) -> (sent: Int, resting: Int) {
    let sent = underWay.values.reduce(0) {
      $0 + ($1.folder == folder && now - $1.since < Self.patience ? $1.count : 0)
    }
    return (sent, struggling.count { $0.value == folder && underWay[$0.key] == nil })
  }
}
