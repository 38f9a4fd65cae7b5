/// Which records are asked for.
package enum RecordQuery: Sendable, Equatable {
  /// Those of one index with one value, in the order of `uploaded_at`; `from` and `to` are moments as in the records, both
  /// included.
  case index(RecordIndex, value: String, from: String?, to: String?)
  /// All of them: every record of the table is read, and paid for.
  case scan

  /// The call's body. `start` is where the page before ended.
  func body(table: String, after start: RecordPage.Position?, countOnly: Bool) -> [UInt8] {
    var members = [JSONValue.Member(name: "TableName", value: .string(table))]
    if case .index(let index, let value, let from, let to) = self {
      members += Self.condition(index, value, from, to)
    }
    // A page of records fits the answer's bound, whatever their names are.
    members.append(.init(name: "Limit", value: .number(countOnly ? "5000" : "500")))
    if countOnly { members.append(.init(name: "Select", value: .string("COUNT"))) }
    if let start { members.append(.init(name: "ExclusiveStartKey", value: start.key)) }
    var bytes: [UInt8] = []
    JSONValue.object(members).write(to: &bytes)
    return bytes
  }

  var operation: ServiceOperation { self == .scan ? .scan : .query }

  /// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
  private static func condition(
    _ index: RecordIndex, _ value: String, _ from: String?, _ to: String?
  ) -> [JSONValue.Member] {
    var expression = "#p = :p"
    var names = [JSONValue.Member(name: "#p", value: .string(index.attribute))]
    var values = [text(":p", value)]
    if from != nil || to != nil {
      names.append(.init(name: "#t", value: .string("uploaded_at")))
      expression += from == nil ? " AND #t <= :b" : to == nil ? " AND #t >= :a" : " AND #t BETWEEN :a AND :b"
      values += [from.map { text(":a", $0) }, to.map { text(":b", $0) }].compactMap { $0 }
    }
    return [
      .init(name: "IndexName", value: .string(index.rawValue)),
      .init(name: "KeyConditionExpression", value: .string(expression)),
      .init(name: "ExpressionAttributeNames", value: .object(names)),
      .init(name: "ExpressionAttributeValues", value: .object(values)),
    ]
  }

  private static func text(_ name: String, _ value: String) -> JSONValue.Member {
    .init(name: name, value: .object([.init(name: "S", value: .string(value))]))
  }
}

/// The table's indexes.
package enum RecordIndex: String, Sendable {
  case byFolderDay = "by_folder_day"
  case byFilename = "by_filename"
  case bySHA256 = "by_sha256"

  /// The attribute that an index finds records by.
  var attribute: String {
    switch self {
    case .byFolderDay: "folder_day"
    case .byFilename: "filename"
    case .bySHA256: "sha256"
    }
  }
}
