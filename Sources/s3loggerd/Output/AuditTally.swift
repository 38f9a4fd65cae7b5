import Audit
import Daemon
import DeliveryModel

/// What a verification found, in figures.
struct AuditTally {
  private(set) var compared = 0
  private(set) var differing = 0
  /// Records of files that were refused, which have no object.
  private(set) var refused = 0
  private var counts: [UnreadObject.Kind: Int] = [:]
  /// Why objects were not read, the first reason of each kind.
  private(set) var reasons: [String] = []

  var total: Int { compared + refused + unread }
  var unread: Int { counts.values.reduce(0, +) }

  mutating func count(_ record: AuditedRecord) {
    if record.differences?.isEmpty == false { differing += 1 }
    if let unread = record.unread {
      counts[unread.kind, default: 0] += 1
      if counts[unread.kind] == 1 { reasons.append(unread.reason) }
    } else if record.isOfRefusedFile {
      refused += 1
    } else {
      compared += 1
    }
  }

  func text(content: Bool) -> String {
    let what = content ? "read and compared" : "compared"
    var text = "\(compared.counted("record")) \(what) with \(compared == 1 ? "its object" : "their objects")"
    // Of what nobody could look at it is not said that nothing differs.
    if compared + differing > 0 || unread == 0 { text += ", \(differing.counted("differs", "differ"))" }
    let words: [(UnreadObject.Kind, String)] = [(.archived, "archived"), (.denied, "refused"), (.unread, "unread")]
    let not = words.compactMap { kind, word in counts[kind].map { "\($0) \(word)" } }
    if !not.isEmpty { text += "; not \(content ? "read" : "compared"): \(not.joined(separator: ", "))" }
    if refused > 0 { text += "; \(refused.counted("refused file has", "refused files have")) none" }
    return text
  }
}
