package import DeliveryModel

/// What is to be found out about one file, and the bytes that tell: its beginning, and its end where that says something.
package struct InspectionQuestion: Sendable {
  /// Of the whole file, in bytes.
  package let size: Int64
  package let head: [UInt8]
  /// Empty where ``head`` is the whole file.
  package let tail: [UInt8]
  /// Whether libmagic is asked.
  package let wantsType: Bool
  package let document: DocumentCheck.Kind?

  /// Reads what it takes; throws what reading throws.
  package init(_ content: InspectedContent, wantsType: Bool, document: DocumentCheck.Kind?) throws {
    size = content.size
    head = try content.head(wantsType ? MagicDatabase.headLength : DocumentCheck.window)
    tail = Int64(head.count) < content.size ? try content.tail(DocumentCheck.tailLength) : []
    self.wantsType = wantsType
    self.document = document
  }

  init(size: Int64, head: [UInt8], tail: [UInt8], wantsType: Bool, document: DocumentCheck.Kind?) {
    self.size = size
    self.head = head
    self.tail = tail
    self.wantsType = wantsType
    self.document = document
  }

  /// Bytes that it carries.
  var byteCount: Int { head.count + tail.count }

  /// Looks into the bytes, in this process. `magic`: libmagic, where it could be loaded.
  package func answer(_ magic: MagicDatabase?) throws -> InspectionAnswer {
    let (head, tail, end) = (head, tail, size)
    let content = InspectedContent(size: size) { offset, count in
      if offset + Int64(count) <= Int64(head.count) || tail.isEmpty {
        return Array(head.dropFirst(Int(offset)).prefix(count))
      }
      return Array(tail.dropFirst(max(0, Int(offset - (end - Int64(tail.count))))).prefix(count))
    }
    return InspectionAnswer(
      type: wantsType ? magic?.type(of: head) : nil, findings: try DocumentCheck.findings(content, document))
  }
}

/// What was found out about one file.
package struct InspectionAnswer: Sendable, Equatable {
  /// The media type of the content; nil where it cannot be told, or was not asked for.
  package var type: String?
  package var findings: [Finding.Code]

  package init(type: String?, findings: [Finding.Code]) {
    self.type = type
    self.findings = findings
  }
}
