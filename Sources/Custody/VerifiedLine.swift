import DeliveryModel

/// What a verification reads of a line: what every entry has, and what the types that link days, keys and stamps have.
struct VerifiedLine {
  struct Opening {
    let host: HostLabel
    let log: LogID
    let day: CivilDate
    let key: SHA256Digest
    /// Of the day before; nil in a log's first day.
    let checkpoint: SHA256Digest?
    let after: LogHead?
  }

  enum Content {
    case stamped(DayStamp)
    case key(KeyAnnouncement)
    case closed(count: Int64, nextLog: LogID?)
    case other
  }

  let sequence: Int64
  let previous: SHA256Digest
  let type: LedgerEntryType
  let opening: Opening?
  let content: Content

  /// Nil where something that an entry has is missing or no such thing.
  init?(_ json: CanonicalJSON) {
    guard json["v"]?.integer == 1, let sequence = json["seq"]?.integer, sequence > 0,
      let previous = json["prev"]?.text.flatMap(SHA256Digest.init(hex:)),
      let type = json["type"]?.text.flatMap(LedgerEntryType.init(rawValue:)),
      json["at"]?.text.flatMap(Timestamp.init(iso8601:)) != nil
    else { return nil }
    self.sequence = sequence
    self.previous = previous
    self.type = type
    opening = type == .opened ? Opening(json) : nil
    switch type {
    case .opened:
      guard opening != nil else { return nil }
      content = .other
    case .delivered, .rejected, .known:
      guard case .object? = json["record"] else { return nil }
      content = .other
    case .stamped:
      guard let stamp = json["stamp"].flatMap(DayStamp.init(json:)) else { return nil }
      content = .stamped(stamp)
    case .key:
      guard let announcement = json["next"].flatMap(KeyAnnouncement.init(json:)) else { return nil }
      content = .key(announcement)
    case .closed:
      guard let count = json["count"]?.integer else { return nil }
      let nextLog = json["next_log"]?.text.flatMap { LogID(text: $0) }
      guard (nextLog == nil) == (json["next_log"] == nil) else { return nil }
      content = .closed(count: count, nextLog: nextLog)
    }
  }
}

extension VerifiedLine.Opening {
  fileprivate init?(_ json: CanonicalJSON) {
    guard let host = json["host"]?.text.flatMap({ HostLabel(label: $0) }),
      let log = json["log"]?.text.flatMap({ LogID(text: $0) }),
      let day = json["day"]?.text.flatMap(CivilDate.init(text:)),
      let key = json["key"]?.text.flatMap(SHA256Digest.init(hex:))
    else { return nil }
    let checkpoint = json["checkpoint"]?.text.flatMap(SHA256Digest.init(hex:))
    let after = json["after"].flatMap(LogHead.init(json:))
    guard (checkpoint == nil) == (json["checkpoint"] == nil), (after == nil) == (json["after"] == nil) else {
      return nil
    }
    self.init(host: host, log: log, day: day, key: key, checkpoint: checkpoint, after: after)
  }
}
