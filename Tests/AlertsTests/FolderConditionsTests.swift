import DeliveryModel
import Status
import SystemSupport
import Testing

@testable import Alerts

struct FolderConditionsTests {
  private let start = MonotonicInstant.now
  private let away = FolderCondition(reason: "it is not available", isOld: false)
  private let old = FolderCondition(reason: "inbox/a has been held open", isOld: true)

  private func instant(_ minutes: Int) -> MonotonicInstant { start + .seconds(60 * minutes) }

  /// What is told at each minute in which something is, with a look a minute. `conditions` by minute.
  private func told(
    _ conditions: inout FolderConditions, minutes: Range<Int>, configured: Set<String> = ["inbox", "scans"],
    _ seen: (Int) -> [String: FolderCondition]
  ) -> [Int: [FolderConditions.Notice]] {
    var told: [Int: [FolderConditions.Notice]] = [:]
    for minute in minutes {
      let (notices, _) = conditions.look(seen(minute), of: configured, at: instant(minute))
      if !notices.isEmpty { told[minute] = notices }
    }
    return told
  }

  @Test("a condition is reported once after five minutes, and its end five minutes after it was seen last")
  func lasting() {
    var conditions = FolderConditions(at: start)
    let told = told(&conditions, minutes: 0..<60) { $0 < 20 ? ["inbox": away] : [:] }
    #expect(told == [5: [.begins(folder: "inbox", away)], 25: [.ends(folder: "inbox", isConfigured: true)]])
  }

  @Test("one that is over sooner is not reported; one that comes and goes is reported once")
  func passing() {
    var conditions = FolderConditions(at: start)
    #expect(told(&conditions, minutes: 0..<30) { $0 < 4 ? ["inbox": away] : [:] }.isEmpty)
    let flapping = told(&conditions, minutes: 30..<90) { $0 < 40 || $0 % 3 == 0 ? ["inbox": away] : [:] }
    #expect(flapping == [35: [.begins(folder: "inbox", away)]])
  }

  @Test("what has lasted for half an hour already is reported at once, and each folder for itself")
  func atOnce() {
    var conditions = FolderConditions(at: start)
    let told = told(&conditions, minutes: 0..<10) { $0 < 3 ? ["scans": away] : ["inbox": old, "scans": away] }
    #expect(told == [3: [.begins(folder: "inbox", old)], 5: [.begins(folder: "scans", away)]])
    #expect(conditions.told == ["inbox", "scans"])
  }

  @Test("what the run before told is not told again, and is over only once it had time to show itself")
  func restart() {
    var conditions = FolderConditions(told: ["inbox"], at: start)
    let after = told(&conditions, minutes: 0..<60) { $0 < 34 ? [:] : ["inbox": old] }
    #expect(after.isEmpty)
    var gone = FolderConditions(told: ["inbox"], at: start)
    #expect(told(&gone, minutes: 0..<60) { _ in [:] } == [35: [.ends(folder: "inbox", isConfigured: true)]])
  }

  @Test("a folder that is taken out of the configuration ends it at once, and says so")
  func removed() {
    var conditions = FolderConditions(at: start)
    _ = told(&conditions, minutes: 0..<10) { _ in ["inbox": away] }
    let after = told(&conditions, minutes: 10..<20, configured: ["scans"]) { _ in ["inbox": away] }
    #expect(after == [10: [.ends(folder: "inbox", isConfigured: false)]])
  }

  @Test("it says when to look again: never while nothing is the matter or what is there was told")
  func deadlines() {
    var conditions = FolderConditions(at: start)
    let configured: Set<String> = ["inbox"]
    #expect(conditions.look([:], of: configured, at: start).next == nil)
    #expect(conditions.look(["inbox": away], of: configured, at: start).next == instant(5))
    #expect(conditions.look(["inbox": away], of: configured, at: instant(5)).next == nil)
    #expect(conditions.look([:], of: configured, at: instant(6)).next == instant(11))
  }
}
