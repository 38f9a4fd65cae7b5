import DeliveryModel

/// Takes the attributes of one item, one by one.
protocol AttributeWriter {
  /// Adds a string, unless it is empty.
  mutating func string(_ name: StaticString, _ value: String)
  mutating func number(_ name: StaticString, _ value: Int64)
  mutating func binary(_ name: StaticString, _ value: [UInt8])
}

/// Collects the attributes of one item.
struct AttributeCollector: AttributeWriter {
  private(set) var attributes: [String: RecordedItem.Value] = [:]

  mutating func string(_ name: StaticString, _ value: String) {
    if !value.isEmpty { attributes["\(name)"] = .text(value) }
  }

  mutating func number(_ name: StaticString, _ value: Int64) { attributes["\(name)"] = .number(String(value)) }

  mutating func binary(_ name: StaticString, _ value: [UInt8]) { attributes["\(name)"] = .binary(Base64.encode(value)) }
}

/// Writes the attributes of one item in DynamoDB's JSON, straight into a byte buffer.
///
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
struct ItemWriter: AttributeWriter {
  private(set) var bytes: [UInt8]
  private var isFirst = true

  /// Continues `prefix`, which ends where the item's object begins.
  init(after prefix: [UInt8]) {
    bytes = []
    bytes.reserveCapacity(prefix.count + 1536)
    bytes.append(contentsOf: prefix)
    bytes.append(UInt8(ascii: "{"))
  }

  /// Adds a string, unless it is empty.
  mutating func string(_ name: StaticString, _ value: String) {
    if value.isEmpty { return }
    begin(name, "S")
    JSONText.append(value, to: &bytes)
    bytes.append(UInt8(ascii: "}"))
  }

  mutating func number(_ name: StaticString, _ value: Int64) {
    begin(name, "N")
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: String(value).utf8)
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: "}"))
  }

  mutating func binary(_ name: StaticString, _ value: [UInt8]) {
    begin(name, "B")
    JSONText.append(Base64.encode(value), to: &bytes)
    bytes.append(UInt8(ascii: "}"))
  }

  /// Ends the item and the document around it.
  consuming func finish() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  /// `,"name":{"S":`. Names are ours and need no escaping.
  private mutating func begin(_ name: StaticString, _ type: StaticString) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    bytes.append(UInt8(ascii: "{"))
    bytes.append(UInt8(ascii: "\""))
    type.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }
}
