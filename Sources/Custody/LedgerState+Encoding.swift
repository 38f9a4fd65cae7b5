import DeliveryModel

extension LedgerState {
  /// The state as the journal keeps it: canonical JSON.
  package var encoded: [UInt8] {
    var members: [CanonicalJSON.Member] = [
      .init("v", .integer(1)), .init("host", .string(host.text)), .init("log", .string(log.text)),
      .init("next_seq", .integer(nextSequence)), .init("prev", .string(previousLine.hex)),
      .init("key", .string(key.hex)),
    ]
    switch phase {
    case .new(let after):
      if let after { members.append(.init("after", after.json)) }
    case .open(let open): members.append(.init("open", open.json))
    }
    return CanonicalJSON.object(members).bytes
  }

  /// Takes a state as ``encoded`` wrote it; nil for anything else.
  package init?(decoding bytes: some Collection<UInt8>) {
    guard let json = CanonicalJSON(canonical: bytes), json["v"]?.integer == 1,
      let host = json["host"]?.text.flatMap({ HostLabel(label: $0) }),
      let log = json["log"]?.text.flatMap({ LogID(text: $0) }), let nextSequence = json["next_seq"]?.integer,
      let previousLine = json["prev"]?.text.flatMap(SHA256Digest.init(hex:)),
      let key = json["key"]?.text.flatMap(SHA256Digest.init(hex:))
    else { return nil }
    let phase: Phase
    if let open = json["open"] {
      guard let open = OpenDay(json: open) else { return nil }
      phase = .open(open)
    } else if let after = json["after"] {
      guard let after = LogHead(json: after) else { return nil }
      phase = .new(after: after)
    } else {
      phase = .new(after: nil)
    }
    self.init(
      host: host, log: log, nextSequence: nextSequence, previousLine: previousLine, key: key, phase: phase)
  }
}

extension LedgerState.OpenDay {
  fileprivate var json: CanonicalJSON {
    var members: [CanonicalJSON.Member] = [
      .init("day", .string(day.iso8601)), .init("first_seq", .integer(firstSequence)),
      .init("size", .integer(tree.size)), .init("nodes", .array(tree.nodes.map { .string($0.hex) })),
    ]
    if let previous { members.append(.init("previous", previous.json)) }
    return .object(members)
  }

  fileprivate init?(json: CanonicalJSON) {
    guard let day = json["day"]?.text.flatMap(CivilDate.init(text:)), let firstSequence = json["first_seq"]?.integer,
      let size = json["size"]?.integer, case .array(let texts)? = json["nodes"]
    else { return nil }
    let nodes = texts.compactMap { $0.text.flatMap(SHA256Digest.init(hex:)) }
    guard nodes.count == texts.count, let tree = MerkleFrontier(size: size, nodes: nodes) else { return nil }
    let previous = json["previous"].flatMap(LogHead.init(json:))
    guard (json["previous"] == nil) == (previous == nil) else { return nil }
    self.init(day: day, firstSequence: firstSequence, tree: tree, previous: previous)
  }
}
