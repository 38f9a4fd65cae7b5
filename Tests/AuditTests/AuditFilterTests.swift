import DeliveryModel
import Testing

@testable import AWSClients
@testable import Audit

@Suite("Which records an auditor asks for")
struct AuditFilterTests {
  /// 2026-11-24T10:42:07Z.
  private let now = Timestamp(milliseconds: 1_795_516_927_000)

  private func queries(_ change: (inout AuditFilter) -> Void) throws(AuditError) -> [RecordQuery] {
    var filter = AuditFilter()
    change(&filter)
    return try filter.queries(folders: ["inbox", "scans"], now: now)
  }

  @Test("the most selective index is asked: content, then name, then folder and day")
  func selection() throws {
    let digest = String(repeating: "a", count: 64)
    #expect(
      try queries {
        $0.sha256 = digest
        $0.name = "a"
      } == [.index(.bySHA256, value: digest, from: nil, to: nil)])
    #expect(
      try queries {
        $0.name = "a.pdf"
        $0.folder = "inbox"
        $0.since = now
      } == [.index(.byFilename, value: "a.pdf", from: now.iso8601, to: nil)])
    #expect(try queries { $0.scan = true } == [.scan])
  }

  @Test("texts are told apart by their bytes, and a mark after a wildcard makes it none the less one")
  func bytes() throws {
    let record = StoredRecord(attributes: [
      "folder": .text("cafe\u{301}"), "filename": .text("x"), "source_path": .text("x"),
    ])
    var filter = AuditFilter()
    filter.folder = "caf\u{e9}"
    #expect(!filter.matches(record))
    #expect(throws: AuditError.self) { try queries { $0.name = "*\u{301}" } }
    let refused = StoredRecord(
      attributes: ["status": .text("rejected"), "object_key": .text("rejected:\u{301}x.pdf")])
    #expect(refused.isOfRefusedFile)
  }

  @Test("a stretch of time is asked day by day, in each folder, and its end is not included")
  func days() throws {
    let found = try queries {
      $0.since = now
      $0.until = Timestamp(milliseconds: 1_795_651_200_000)
    }
    let values = found.map { query -> String in
      guard case .index(.byFolderDay, let value, let from, let to) = query else { return "" }
      #expect(from == "2026-11-24T10:42:07.000Z" && to == "2026-11-25T23:59:59.999Z")
      return value
    }
    #expect(values == ["inbox#2026-11-24", "inbox#2026-11-25", "scans#2026-11-24", "scans#2026-11-25"])
    let open = try queries {
      $0.since = now
      $0.folder = "inbox"
    }
    #expect(open.count == 2, "a clock ahead of ours may have written tomorrow's day")
    #expect(
      try queries {
        $0.since = now
        $0.until = now
      } == [])
  }

  @Test("what no index finds is refused, and so are more days than anyone waits for")
  func refused() {
    for change: (inout AuditFilter) -> Void in [
      { _ in }, { $0.folder = "inbox" }, { $0.name = "*.pdf" }, { $0.until = now },
      { $0.since = Timestamp(milliseconds: 0) },
    ] {
      #expect(throws: AuditError.self) { try queries(change) }
    }
  }

  @Test("what the index found is looked at again")
  func matching() {
    let record = StoredRecord(attributes: [
      "folder": .text("inbox"), "filename": .text("b.pdf"), "source_path": .text("a/b.pdf"), "sha256": .text("x"),
      "uploaded_at": .text("2026-11-24T10:42:07.000Z"), "saved_by": .text("OFFICE\\anna"),
    ])
    func matches(_ change: (inout AuditFilter) -> Void) -> Bool {
      var filter = AuditFilter()
      change(&filter)
      return filter.matches(record)
    }
    #expect(matches { $0.name = "*.pdf" } && matches { $0.name = "a/*" } && matches { $0.name = "b.pdf" })
    #expect(!matches { $0.name = "*.PDF" } && !matches { $0.name = "c/*" } && !matches { $0.name = "b" })
    #expect(matches { $0.since = now } && !matches { $0.until = now } && !matches { $0.since = now + .milliseconds(1) })
    #expect(!matches { $0.savedBy = "anna" } && matches { $0.savedBy = "OFFICE\\anna" })
    #expect(!matches { $0.folder = "scans" } && !matches { $0.sha256 = "y" } && matches { $0.folder = "inbox" })
  }

  @Test("names that only look the same are two")
  func twins() {
    var filter = AuditFilter()
    filter.scan = true
    filter.name = "caf\u{e9}.pdf"
    #expect(filter.matches(StoredRecord(attributes: ["filename": .text("caf\u{e9}.pdf")])))
    #expect(!filter.matches(StoredRecord(attributes: ["filename": .text("cafe\u{301}.pdf")])))
  }

  @Test("a query is written as DynamoDB reads it")
  func body() {
    let query = RecordQuery.index(.byFilename, value: "a\"b", from: "2026", to: "2027")
    let key = RecordPage.Position(
      key: .object([.init(name: "object_key", value: .object([.init(name: "S", value: .string("k"))]))]))
    let text = String(decoding: query.body(table: "t", after: key, countOnly: true), as: UTF8.self)
    #expect(
      text == """
        {"TableName":"t","IndexName":"by_filename","KeyConditionExpression":"#p = :p AND #t BETWEEN :a AND :b",\
        "ExpressionAttributeNames":{"#p":"filename","#t":"uploaded_at"},"ExpressionAttributeValues":\
        {":p":{"S":"a\\"b"},":a":{"S":"2026"},":b":{"S":"2027"}},"Limit":5000,"Select":"COUNT",\
        "ExclusiveStartKey":{"object_key":{"S":"k"}}}
        """)
    #expect(
      String(decoding: RecordQuery.scan.body(table: "t", after: nil, countOnly: false), as: UTF8.self)
        == #"{"TableName":"t","Limit":500}"#)
  }
}
