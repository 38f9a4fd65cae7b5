import DeliveryModel

/// A page of a b-tree, taken apart. Whatever the bytes are, nothing outside of them is read, and what does not fit is told
/// as damage.
struct TreePage {
  enum Kind: UInt8 {
    case indexInterior = 0x02
    case tableInterior = 0x05
    case indexLeaf = 0x0a
    case tableLeaf = 0x0d

    var isTable: Bool { self == .tableInterior || self == .tableLeaf }
    var isInterior: Bool { self == .tableInterior || self == .indexInterior }
  }

  /// A row, or an entry of an index.
  struct Record {
    /// Of a row of a table that has row ids.
    var rowID: Int64?
    var values: [SQLValue]
  }

  let kind: Kind
  /// The pages below, in order.
  private(set) var children: [Int] = []
  private(set) var records: [Record] = []
  /// Cells that could not be read.
  private(set) var damagedCells = 0

  /// Nil for what is no page of a b-tree. `isUsed` is told the pages that hold the rest of long records.
  init?(_ number: Int, in image: DatabaseImage, isUsed: (Int) -> Void) {
    let start = number == 1 ? 100 : 0
    guard let page = image.page(number), let kind = Kind(rawValue: page[start]) else { return nil }
    let headerSize = kind.isInterior ? 12 : 8
    let count = Int(page[start + 3]) << 8 | Int(page[start + 4])
    guard start + headerSize + 2 * count <= page.count else { return nil }
    self.kind = kind
    for index in 0..<count {
      let pointer = start + headerSize + 2 * index
      let offset = Int(page[pointer]) << 8 | Int(page[pointer + 1])
      let reader = CellReader(page: page, image: image)
      if offset < start + headerSize + 2 * count || !read(reader, at: offset, isUsed) { damagedCells += 1 }
    }
    if kind.isInterior { children.append(Int(page.bigEndian32(at: start + 8))) }
  }

  /// Returns whether the cell is whole.
  private mutating func read(_ reader: CellReader, at offset: Int, _ isUsed: (Int) -> Void) -> Bool {
    var reader = reader
    reader.offset = offset
    if kind.isInterior {
      guard let child = reader.pageNumber() else { return false }
      children.append(child)
      if kind == .tableInterior { return true }
    }
    guard let size = reader.varint() else { return false }
    var rowID: Int64?
    if kind == .tableLeaf {
      guard let number = reader.varint() else { return false }
      rowID = number
    }
    guard let payload = reader.payload(size, isTable: kind.isTable, isUsed), let values = RecordFormat.values(payload)
    else { return false }
    records.append(Record(rowID: rowID, values: values))
    return true
  }
}

/// Reads the parts of a cell.
private struct CellReader {
  let page: [UInt8]
  let image: DatabaseImage
  var offset = 0

  /// No row of ours comes near: a longer one is damage.
  private static let payloadLimit: Int64 = 1 << 24

  mutating func pageNumber() -> Int? {
    guard offset + 4 <= page.count else { return nil }
    defer { offset += 4 }
    return Int(page.bigEndian32(at: offset))
  }

  mutating func varint() -> Int64? { RecordFormat.varint(page, &offset) }

  /// The content of a cell of `size` bytes: what stands in the page, and the rest from the pages that it names.
  mutating func payload(_ size: Int64, isTable: Bool, _ isUsed: (Int) -> Void) -> [UInt8]? {
    guard size >= 0, size <= Self.payloadLimit else { return nil }
    let (size, usable) = (Int(size), page.count)
    let most = isTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
    let least = (usable - 12) * 32 / 255 - 23
    var local = size
    if size > most {
      let wanted = least + (size - least) % (usable - 4)
      local = wanted <= most ? wanted : least
    }
    guard offset + local <= usable else { return nil }
    var payload = Array(page[offset..<offset + local])
    offset += local
    if local == size { return payload }
    guard var next = pageNumber() else { return nil }
    while payload.count < size {
      guard let more = image.page(next) else { return nil }
      isUsed(next)
      payload += more[4..<min(4 + size - payload.count, usable)]
      next = Int(more.bigEndian32(at: 0))
    }
    return payload
  }
}

/// How SQLite writes a row.
enum RecordFormat {
  /// 1 to 9 bytes, seven bits each, the most significant first.
  static func varint(_ bytes: [UInt8], _ offset: inout Int) -> Int64? {
    var value: UInt64 = 0
    for index in 0..<9 {
      guard offset < bytes.count else { return nil }
      let byte = bytes[offset]
      offset += 1
      if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
      value = value << 7 | UInt64(byte & 0x7f)
      if byte < 0x80 { return Int64(bitPattern: value) }
    }
    return nil
  }

  /// Nil for what is no record, or has a value that no table of ours holds. The values fill the payload to its end.
  static func values(_ payload: [UInt8]) -> [SQLValue]? {
    var offset = 0
    guard let headerSize = varint(payload, &offset), headerSize >= offset, headerSize <= payload.count else {
      return nil
    }
    var place = Int(headerSize)
    var values: [SQLValue] = []
    while offset < Int(headerSize) {
      guard let code = varint(payload, &offset), offset <= Int(headerSize),
        let value = value(code, payload, &place)
      else { return nil }
      values.append(value)
    }
    return place == payload.count ? values : nil
  }

  private static func value(_ code: Int64, _ payload: [UInt8], _ place: inout Int) -> SQLValue? {
    switch code {
    case 0: return .null
    case 1...6:
      let count = [1, 2, 3, 4, 6, 8][Int(code) - 1]
      guard place + count <= payload.count else { return nil }
      defer { place += count }
      let first = Int64(Int8(bitPattern: payload[place]))
      return .integer(payload[place + 1..<place + count].reduce(first) { $0 << 8 | Int64($1) })
    case 8, 9: return .integer(code - 8)
    case 12...:
      let count = Int((code - 12) / 2)
      guard count <= payload.count - place else { return nil }
      defer { place += count }
      let bytes = payload[place..<place + count]
      if code & 1 == 0 { return .bytes(Array(bytes)) }
      return String(validating: bytes, as: UTF8.self).map { .text($0) }
    default: return nil
    }
  }
}
