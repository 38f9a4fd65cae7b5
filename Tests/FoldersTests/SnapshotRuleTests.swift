import DeliveryModel
import SystemSupport
import TestSupport
import Testing

@testable import Folders

@Suite("When everything of one moment is durable")
struct SnapshotRuleTests {
  private func at(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(nanoseconds: Int64(seconds) * 1_000_000_000) }

  private func picture(
    oldest: Int? = nil, unreadable: Int = 0, offered: UInt64 = 0, accepted: UInt64 = 0
  ) -> SnapshotRule.Picture {
    SnapshotRule.Picture(oldest: oldest.map(at), unreadable: unreadable, offered: offered, accepted: accepted)
  }

  @Test("a scan that was under way may have passed the place: the next one counts")
  func scans() {
    var rule = SnapshotRule(isScanning: true)
    rule.scanned(isWhole: true, at: at(1))
    rule.look(picture(), at: at(1))
    #expect(rule.state == .scanning(left: 1) && rule.needsScan)
    rule.scanned(isWhole: false, at: at(2))
    rule.look(picture(), at: at(2))
    #expect(rule.needsScan, "a part of the folder could not be looked through")
    rule.scanned(isWhole: true, at: at(3))
    rule.look(picture(), at: at(3))
    #expect(rule.state == .complete)
  }

  @Test("what was being settled is waited for, what came later is not")
  func settling() {
    var rule = SnapshotRule(isScanning: false)
    rule.scanned(isWhole: true, at: at(10))
    rule.look(picture(oldest: 9), at: at(11))
    #expect(rule.state == .settling(upTo: at(10)))
    rule.look(picture(oldest: 10), at: at(12))
    #expect(rule.state == .settling(upTo: at(10)))
    rule.look(picture(oldest: 11, offered: 7, accepted: 5), at: at(13))
    #expect(rule.state == .accepting(upTo: 7))
    rule.look(picture(oldest: 11, offered: 9, accepted: 6), at: at(14))
    #expect(rule.state == .accepting(upTo: 7))
    rule.look(picture(oldest: 11, offered: 9, accepted: 7), at: at(15))
    #expect(rule.state == .complete)
    rule.restart()
    #expect(rule.state == .complete)
  }

  @Test("what may not be read is waited for, and once it may, settles first")
  func unreadable() {
    var rule = SnapshotRule(isScanning: false)
    rule.scanned(isWhole: true, at: at(10))
    rule.look(picture(unreadable: 1), at: at(11))
    rule.look(picture(oldest: 20), at: at(20))
    #expect(rule.state == .settling(upTo: at(20)), "noticed anew after the scan, it was there all the same")
    rule.look(picture(), at: at(21))
    #expect(rule.state == .complete)
  }

  @Test("a folder that is lost and found is looked through again")
  func lost() {
    var rule = SnapshotRule(isScanning: false)
    rule.scanned(isWhole: true, at: at(1))
    rule.look(picture(oldest: 1), at: at(1))
    rule.restart()
    rule.look(picture(), at: at(2))
    #expect(rule.needsScan)
    rule.scanned(isWhole: true, at: at(3))
    rule.look(picture(), at: at(3))
    #expect(rule.state == .complete)
  }

  @Test("whatever happens in whatever order, no file of that moment is left out")
  func histories() {
    for seed in 0..<300 as Range<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var rule = SnapshotRule(isScanning: false)
      // Files of the moment: 0 unseen, 1 being settled since then, 2 handed over, 3 accepted.
      var stages = [Int](repeating: 0, count: Int.random(in: 0...4, using: &generator))
      var (offered, accepted, now) = (0 as UInt64, 0 as UInt64, 1)
      var noticed: [Int: Int] = [:]
      for _ in 0..<200 where rule.state != .complete {
        now += 1
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
          guard rule.needsScan else { continue }
          for index in stages.indices where stages[index] == 0 { (stages[index], noticed[index]) = (1, now) }
          rule.scanned(isWhole: true, at: at(now))
        case 1:
          if let index = stages.indices.filter({ stages[$0] == 1 }).randomElement(using: &generator) {
            (stages[index], noticed[index]) = (2, nil)
            offered += 1
          }
        case 2:
          if accepted < offered {
            accepted += 1
            if let index = stages.firstIndex(of: 2) { stages[index] = 3 }
          }
        default: rule.look(picture(oldest: noticed.values.min(), offered: offered, accepted: accepted), at: at(now))
        }
        if rule.state == .complete { #expect(stages.allSatisfy { $0 == 3 }, "seed \(seed)") }
      }
    }
  }
}

@Suite("A survey of a folder")
struct SnapshotSurveyTests {
  @Test("is complete once what lay there, at rest or not, is in the receiver's hands")
  func complete() throws {
    let folder = try SteppedFolder()
    let watcher = folder.watcher
    try folder.directory.write("new", to: "a.txt")
    let survey = SnapshotSurvey()
    watcher.begin(survey, at: .now)
    // As soon as the scan before it allows, however slow this machine is.
    watcher.turn(at: watcher.nextScan ?? .now)
    folder.scan()
    watcher.reviewSurveys(at: .now)
    guard case .settling(let files, let first) = survey.progress else {
      Issue.record("\(survey.progress)")
      return
    }
    #expect(files == 1 && first.map(\.path.escaped) == ["a.txt"])
    while watcher.settled.isEmpty { watcher.turn(at: watcher.tracker.nextDeadline ?? .now) }
    watcher.reviewSurveys(at: .now)
    #expect(survey.progress == .settling(files: 1, first: []))
    for file in watcher.settled { watcher.accepted(file, at: .now) }
    watcher.reviewSurveys(at: .now)
    #expect(survey.progress == .complete)
  }

  @Test("a file that turns out to be unreadable only after the scan was there all the same")
  func unreadable() throws {
    var tracker = UnreadableTracker()
    let (path, since) = (RelativePath(unchecked: [0x61]), Timestamp(milliseconds: 0))
    func at(_ seconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }
    let isNews = tracker.note(path, isDirectory: false, reason: "", at: at(20), since: since, noticed: at(9))
    #expect(isNews && tracker.noticed(until: at(10), limit: 5).first.map(\.path) == [path])
    #expect(tracker.noticed(until: at(8), limit: 5).count == 0)
  }

  @Test("is forgotten with who asked, and those who ask at once share one")
  func shared() throws {
    let folder = try SteppedFolder()
    var survey: SnapshotSurvey? = SnapshotSurvey()
    if let survey { folder.watcher.begin(survey, at: .now) }
    #expect(folder.watcher.surveys.active.count == 1 && survey?.isTaken == true)
    survey = nil
    folder.watcher.reviewSurveys(at: .now)
    #expect(folder.watcher.surveys.active.isEmpty && folder.watcher.surveys.next == nil)
  }
}
