/// Reads the keys of one table and remembers which it was asked for; what is left over is unknown.
///
/// Every problem goes to ``Findings`` and the reading goes on, so that all are found at once: ask for every key, also
/// after a failure.
final class TOMLTableReader {
  let key: ConfigurationKey
  let findings: Findings
  private let entries: [String: TOMLNode]
  private var known: [String] = []

  init(_ entries: [String: TOMLNode], key: ConfigurationKey = .document, findings: Findings) {
    self.entries = entries
    self.key = key
    self.findings = findings
  }

  /// Whether the table has the key.
  func has(_ name: String) -> Bool { entries[name] != nil }

  func error(_ name: String, _ message: String) {
    findings.error(key.appending(name), message)
  }

  /// A text value; nil if it is absent or wrong.
  func value<Value>(_ name: String, _ syntax: ValueSyntax<Value>) -> Value? {
    guard let node = take(name) else { return nil }
    return parse(node, at: key.appending(name), syntax)
  }

  /// A text value that must be there.
  func required<Value>(_ name: String, _ syntax: ValueSyntax<Value>) -> Value? {
    if !has(name) { error(name, "is missing; write \(syntax.expected)") }
    return value(name, syntax)
  }

  /// A list of text values; empty if it is absent.
  func list<Value>(_ name: String, _ syntax: ValueSyntax<Value>) -> [Value] {
    guard let node = take(name) else { return [] }
    guard case .array(let nodes) = node else {
      error(name, "is \(node.kind); write a list in brackets of \(syntax.expected)")
      return []
    }
    let list = key.appending(name)
    return nodes.enumerated().compactMap { parse($1, at: list.appending($0 + 1), syntax) }
  }

  /// One of an enumeration's raw values.
  func choice<Value: RawRepresentable<String> & CaseIterable>(_ name: String, default standard: Value) -> Value {
    guard let value = value(name, ValueSyntax<Value>.choice) else { return standard }
    guard !UnsupportedKeys.contains(key.appending(name), value: value.rawValue) else {
      error(name, "\"\(value.rawValue)\" is not available in this version; write \"\(standard.rawValue)\"")
      return standard
    }
    return value
  }

  func flag(_ name: String) -> Bool? {
    guard let node = take(name) else { return nil }
    if case .boolean(let value) = node { return value }
    error(name, "is \(node.kind); write true or false without quotes")
    return nil
  }

  func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
    guard let node = take(name) else { return nil }
    let expected = "write a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard case .integer(let value) = node else {
      error(name, "is \(node.kind); \(expected)")
      return nil
    }
    guard range.contains(value) else {
      error(name, "\(value) is out of range; \(expected)")
      return nil
    }
    return value
  }

  /// The names and texts of a table of free names, sorted by name.
  func texts<Value>(_ name: String, _ syntax: ValueSyntax<Value>) -> [(name: String, value: Value)] {
    guard let node = take(name) else { return [] }
    guard case .table(let entries) = node else {
      error(name, "is \(node.kind); write a table such as { name = \"value\" }")
      return []
    }
    return entries.sorted { $0.key < $1.key }.compactMap { entry in
      parse(entry.value, at: key.appending(name).appending(entry.key), syntax).map { (entry.key, $0) }
    }
  }

  /// The section `name`; an empty one if it is absent.
  func section(_ name: String) -> TOMLTableReader {
    var content = [String: TOMLNode]()
    switch take(name) {
    case .table(let entries): content = entries
    case nil: break
    case .array: error(name, "is written as a list; write [\(name)] with single brackets, once")
    case let node?: error(name, "is \(node.kind); write a section [\(name)]")
    }
    return TOMLTableReader(content, key: key.appending(name), findings: findings)
  }

  /// The sections `[[name]]`.
  func sections(_ name: String) -> [TOMLTableReader] {
    guard let node = take(name) else { return [] }
    guard case .array(let nodes) = node else {
      error(name, "is \(node.kind); write [[\(name)]] with double brackets, once for each")
      return []
    }
    return nodes.enumerated().compactMap { index, node in
      let element = key.appending(name).appending(index + 1)
      guard case .table(let entries) = node else {
        findings.error(element, "is \(node.kind); write a section [[\(name)]]")
        return nil
      }
      return TOMLTableReader(entries, key: element, findings: findings)
    }
  }

  /// Reports every key that was not asked for. Secrets have been reported already.
  func finish() {
    for name in entries.keys.sorted() where !known.contains(name) && !SecretKeys.contains(name) {
      let place = key.text.isEmpty ? "section" : "key"
      let nearest = NearestName.find(name, among: known)
      let advice = nearest.map { "did you mean \($0)?" } ?? "those there are: \(known.joined(separator: ", "))"
      error(name, "is no known \(place); \(advice)")
    }
  }

  private func take(_ name: String) -> TOMLNode? {
    known.append(name)
    findings.ask(name, of: key)
    guard let node = entries[name] else { return nil }
    guard !UnsupportedKeys.contains(key.appending(name)) else {
      error(name, "is not available in this version; remove it")
      return nil
    }
    return node
  }

  private func parse<Value>(_ node: TOMLNode, at key: ConfigurationKey, _ syntax: ValueSyntax<Value>) -> Value? {
    guard case .string(let text) = node else {
      findings.error(key, "is \(node.kind); write \(syntax.expected)")
      return nil
    }
    do {
      return try syntax.parse(text)
    } catch {
      findings.error(key, syntax.message(for: text, error))
      return nil
    }
  }
}
