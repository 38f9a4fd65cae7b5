/// Finds where the keys of a TOML text stand, since the parser tells places of syntax errors only.
///
/// It expects a valid document; of any other it finds something or nothing, and always comes to an end.
struct TOMLKeyLocator {
  /// Where each key first appears, by ``ConfigurationKey/text``. A table is where its header is.
  private(set) var positions: [String: TOMLPosition] = [:]
  /// The first thing that the parser must not see, for it would end the process: it fails assertions at a missing name
  /// or value and at some dates, and deep nesting would exhaust its stack. Beyond it nothing is found.
  private(set) var problem: Problem?

  struct Problem {
    let position: TOMLPosition
    let message: String
  }

  private var scanner: TOMLScanner
  /// How many elements each list of tables has so far.
  private var elements: [String: Int] = [:]
  private static let maximumDepth = 16

  init(text: [UInt8]) {
    scanner = TOMLScanner(text)
    var table = ConfigurationKey.document
    scanner.skipBlank()
    while scanner.current != nil, problem == nil {
      if scanner.current == UInt8(ascii: "[") {
        table = takeHeader()
      } else {
        takeEntry(in: table, depth: 0)
      }
      scanner.skipLine()
      scanner.skipBlank()
    }
  }

  /// The place of `key`, or of what holds it; the beginning of the text where nothing does.
  func position(of key: ConfigurationKey) -> TOMLPosition {
    positions[key.text] ?? key.ancestors.lazy.compactMap { positions[$0] }.first ?? .start
  }

  /// `[a.b]` or `[[a.b]]`.
  private mutating func takeHeader() -> ConfigurationKey {
    let place = scanner.position
    scanner.advance()
    let isElement = scanner.take("[")
    let names = scanner.takeDottedKey()
    if names.isEmpty { report("is not valid TOML: a table's name is missing; write [name] or [[name]]", at: place) }
    guard isWithinLimit(names.count, at: place) else { return .document }
    var key = ConfigurationKey.document
    for (index, name) in names.enumerated() {
      key = key.appending(name.name)
      record(key, at: place)
      if isElement, index == names.count - 1 { elements[key.text, default: 0] += 1 }
      guard let number = elements[key.text] else { continue }
      key = key.appending(number)
      record(key, at: place)
    }
    return key
  }

  /// `a.b = value`.
  private mutating func takeEntry(in table: ConfigurationKey, depth: Int) {
    let place = scanner.position
    let names = scanner.takeDottedKey()
    guard isWithinLimit(names.count, at: place) else { return }
    var key = table
    for name in names {
      key = key.appending(name.name)
      record(key, at: name.position)
    }
    guard scanner.take("=") else { return }
    scanner.skipSpaces()
    takeValue(of: key, depth: depth)
  }

  private mutating func takeValue(of key: ConfigurationKey, depth: Int) {
    guard isWithinLimit(depth, at: scanner.position) else { return }
    switch scanner.current {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): scanner.skipString()
    case UInt8(ascii: "["): takeList(of: key, depth: depth)
    case UInt8(ascii: "{"): takeInlineTable(of: key, depth: depth)
    default: takeBareValue()
    }
  }

  /// A whole number, `true` or `false`: what keys take. Numbers with a fraction, dates and times are refused here.
  private mutating func takeBareValue() {
    let place = scanner.position
    let word = scanner.takeWord()
    guard word != "true", word != "false", word.wholeMatch(of: /[+-]?[0-9]+(_[0-9]+)*/) == nil else { return }
    let shown = word.isEmpty ? "no value" : "no value that a key takes"
    report("\(shown) begins here; write text in quotes, a whole number, true or false", at: place)
  }

  private mutating func takeList(of key: ConfigurationKey, depth: Int) {
    scanner.advance()
    var number = 0
    while problem == nil {
      scanner.skipBlank()
      guard scanner.current != nil, !scanner.take("]") else { return }
      number += 1
      let element = key.appending(number)
      let place = scanner.position
      record(element, at: place)
      takeValue(of: element, depth: depth + 1)
      scanner.skipBlank()
      guard scanner.take(",") || scanner.position > place else { return }
    }
  }

  private mutating func takeInlineTable(of key: ConfigurationKey, depth: Int) {
    scanner.advance()
    while problem == nil {
      scanner.skipBlank()
      guard scanner.current != nil, !scanner.take("}") else { return }
      let place = scanner.position
      takeEntry(in: key, depth: depth + 1)
      scanner.skipBlank()
      guard scanner.take(",") || scanner.position > place else { return }
    }
  }

  private mutating func record(_ key: ConfigurationKey, at place: TOMLPosition) {
    if positions[key.text] == nil { positions[key.text] = place }
  }

  private mutating func isWithinLimit(_ depth: Int, at place: TOMLPosition) -> Bool {
    if depth > Self.maximumDepth { report("is nested deeper than any configuration", at: place) }
    return problem == nil
  }

  private mutating func report(_ message: String, at place: TOMLPosition) {
    if problem == nil { problem = Problem(position: place, message: message) }
  }
}
