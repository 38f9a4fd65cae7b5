import DeliveryJournal
import DeliveryModel

/// What is taken up from the journal, and when.
extension DeliveryMachine {
  /// How long a file may be read before another one is to be the probe of a paused lane.
  static let patienceForProbe = Duration.seconds(5)

  /// The lane that deliveries in `state` wait for.
  func lane(of state: DeliveryState) -> Lane { state == .uploaded ? dynamodb : s3 }

  /// How many deliveries in `state` may be loaded from the journal now. What is still read behind a paused lane is not
  /// waited for for long: a huge file, or a disk that hangs, must not keep the lane from being probed.
  func appetite(for state: DeliveryState, now: Instant) -> Int {
    let lane = lane(of: state)
    let room = max(0, settings.window - active.count)
    guard lane.isPaused else { return room }
    let isTrial = lane.wantsTrial(now: now)
    guard isTrial || lane.room(now: now) > 0 else { return 0 }
    let mayProbe = active.values.contains { entry in
      guard entry.delivery.state == state, !entry.isAsking else { return false }
      if isTrial, !mayTry(entry.delivery.number, entry.folder, lane) { return false }
      return !(entry.stage.isReading && now - entry.loaded >= Self.patienceForProbe)
    }
    return mayProbe ? 0 : min(Self.probeCandidates, room)
  }

  /// Whether it never failed, in a folder that may be tried.
  func mayTry(_ number: Int64, _ folder: String, _ lane: Lane) -> Bool {
    active[number]?.delivery.failures == 0 && lane.mayTry(number, folder: folder)
  }

  /// Whether what is loaded now is to be tried before the next probe of a paused lane; and the folders of which nothing
  /// more is to be tried.
  func trial(for state: DeliveryState, now: Instant) -> Set<String>? {
    let lane = lane(of: state)
    return lane.wantsTrial(now: now) ? lane.provenFolders : nil
  }

  /// Takes in what the journal had for a trial.
  mutating func loadForTrial(_ deliveries: [Delivery], of state: DeliveryState, now: Instant) {
    let lane = lane(of: state)
    let held = active.count
    load(lane.isPaused ? deliveries.filter { lane.mayTry($0.number, folder: $0.file.folder) } : deliveries, now: now)
    leftToJournal = true
    guard active.count == held else { return }
    if state == .uploaded { dynamodb.nothingToTry() } else { s3.nothingToTry() }
  }

  /// Of so many deliveries that are due one is chosen as the probe.
  static let probeCandidates = 16

  /// What is taken up of these, which are of one state: all, or behind a paused lane its probe alone. That is the one that
  /// failed least, and never the last probe again while there are others: one bad file must not keep a lane closed.
  private mutating func admitted(_ deliveries: [Delivery]) -> [Delivery] {
    guard let state = deliveries.first?.state, deliveries.count > 1 else { return deliveries }
    let lane = lane(of: state)
    guard lane.isPaused else { return deliveries }
    leftToJournal = true
    let rank = { (delivery: Delivery) in
      (
        delivery.number == lane.lastProbe ? 1 : 0, delivery.file.folder == lane.lastProbeFolder ? 1 : 0,
        delivery.failures + delivery.restarts, delivery.number
      )
    }
    return deliveries.min { rank($0) < rank($1) }.map { [$0] } ?? []
  }

  /// Takes up deliveries from the journal. Two versions of one path are never under way together: the later one stays
  /// in the journal until the earlier one is finished.
  mutating func load(_ deliveries: [Delivery], now: Instant) {
    for delivery in admitted(deliveries)
    where active[delivery.number] == nil && delivery.state.isOpen && !dismissing.contains(delivery.number) {
      let isUploaded = delivery.state == .uploaded
      let entry = ActiveDelivery(delivery: delivery, loaded: now, stage: isUploaded ? .recordReady : .hashing)
      guard busyPaths.insert(entry.path).inserted else {
        deferred[entry.path, default: []].insert(delivery.number)
        continue
      }
      active[delivery.number] = entry
      inHand[entry.folder, default: 0] += 1
      if isUploaded { records.append(delivery.number, folder: entry.folder) } else { emit(.hash(delivery)) }
    }
  }

  /// The journal may hold more of these folders than it gave: it is asked again once they have room, be it that they have
  /// it by now.
  mutating func noteShortened(_ folders: Set<String>) {
    for folder in folders {
      if inHand[folder, default: 0] <= settings.folderThreshold {
        leftToJournal = true
      } else {
        shortened.insert(folder)
      }
    }
  }

  /// How many ``heldNumbers`` are, at most.
  var heldCount: Int { deferred.values.reduce(active.count) { $0 + $1.count } }

  /// Everything that a query for more should leave out.
  var heldNumbers: Set<Int64> {
    deferred.values.reduce(into: Set(active.keys)) { $0.formUnion($1) }
  }
}
