import DeliveryModel
import SystemSupport

/// The surveys of a folder that somebody waits for, and what they count by.
struct FolderSurveys {
  struct Active {
    var rule: SnapshotRule
    weak var survey: SnapshotSurvey?
  }

  var active: [Active] = []
  /// Files that were handed over, and of these those that the receiver has.
  var offered: UInt64 = 0
  var accepted: UInt64 = 0
  /// When a scan of everything last ended.
  var lastScan: MonotonicInstant?
  /// When they are looked at next, while many files are being settled.
  var next: MonotonicInstant?

  /// What is there is another folder, or watched anew.
  mutating func restart() {
    for index in active.indices { active[index].rule.restart() }
  }
}

extension FolderWatcher {
  /// Somebody wants to know when everything that lies here now is durable.
  func begin(_ survey: SnapshotSurvey, at now: MonotonicInstant) {
    survey.take()
    surveys.active.append(FolderSurveys.Active(rule: SnapshotRule(isScanning: scans.whole != nil), survey: survey))
    hurryScan(at: now)
  }

  /// The next scan of everything comes now, or as soon as such scans take no more than a tenth of a processor.
  func hurryScan(at now: MonotonicInstant) {
    guard root != nil, scans.whole == nil, scans.next == nil else { return }
    let earliest = surveys.lastScan.map { max(now, $0 + pace.cost * 9) } ?? now
    nextScan = min(nextScan ?? earliest, earliest)
  }

  /// A scan of everything has ended.
  func surveyScanned(isWhole: Bool, at now: MonotonicInstant) {
    surveys.lastScan = now
    guard !surveys.active.isEmpty else { return }
    for index in surveys.active.indices {
      surveys.active[index].rule.scanned(isWhole: isWhole, at: now)
    }
    if surveys.active.contains(where: \.rule.needsScan), isWhole { hurryScan(at: now) }
  }

  /// Looks how far they are. While many files are being settled, not at every turn.
  func reviewSurveys(at now: MonotonicInstant) {
    guard !surveys.active.isEmpty else { return }
    if tracker.count > 256, let next = surveys.next, next > now { return }
    surveys.active.removeAll { $0.survey == nil || $0.rule.state == .complete }
    for index in surveys.active.indices {
      var entry = surveys.active[index]
      let refused = unreadable.noticed(until: entry.rule.mark ?? now, limit: SnapshotSurvey.named)
      entry.rule.look(
        SnapshotRule.Picture(
          oldest: tracker.oldestNoticed, unreadable: refused.count, offered: surveys.offered,
          accepted: surveys.accepted), at: now)
      surveys.active[index] = entry
      entry.survey?.show(progress(of: entry.rule, refused))
    }
    surveys.next = surveys.active.isEmpty ? nil : now + .milliseconds(200)
  }

  private func progress(
    of rule: SnapshotRule, _ refused: (count: Int, first: [UnreadableEntry])
  ) -> SnapshotSurvey.Progress {
    switch rule.state {
    case .scanning: return .looking
    case .complete: return .complete
    case .accepting(let target): return .settling(files: Int(target - min(target, surveys.accepted)), first: [])
    case .settling(let mark):
      let settling = tracker.noticed(until: mark, limit: SnapshotSurvey.named)
      let first =
        refused.first.map { SnapshotSurvey.Missing(path: $0.path, hindrance: .unreadable($0.reason)) }
        + settling.first.map { path, entry in
          SnapshotSurvey.Missing(path: path, hindrance: entry.isHeldOpen ? .heldOpen : .settling)
        }
      return .settling(
        files: refused.count + settling.count, first: Array(first.prefix(SnapshotSurvey.named)))
    }
  }
}
