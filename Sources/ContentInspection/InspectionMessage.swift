import DeliveryModel

/// How questions and answers go between the daemon and the process that looks into files: short messages of fixed form
/// beside the shared memory. What comes back is judged as if an attacker had written it.
enum InspectionMessage {
  /// Questions in one message, at most.
  static let most = 32
  /// Bytes of a question: where its bytes lie in the shared memory, the file's size, and what is asked.
  private static let questionSize = 24
  /// Bytes of an answer: what was found, and a type with its length.
  private static let answerSize = 2 + typeSize
  private static let typeSize = 100
  /// The answer to one message, at most; so long is a word of the process about itself, too.
  static let answerLimit = most * answerSize

  // MARK: Questions

  /// The message, and what of it lies where in the shared memory.
  static func encode(_ questions: [InspectionQuestion]) -> (message: [UInt8], parts: [(offset: Int, bytes: [UInt8])]) {
    var message: [UInt8] = []
    var parts: [(offset: Int, bytes: [UInt8])] = []
    var offset = 0
    for question in questions {
      for number in [offset, question.head.count, question.tail.count] { append(UInt32(number), to: &message) }
      append(UInt64(question.size), to: &message)
      message += [question.wantsType ? 1 : 0, question.document?.rawValue ?? 0, 0, 0]
      parts.append((offset, question.head))
      if !question.tail.isEmpty { parts.append((offset + question.head.count, question.tail)) }
      offset += question.byteCount
    }
    return (message, parts)
  }

  /// The questions of a message; nil where it is none. `bytes` reads the shared memory.
  static func questions(
    _ message: [UInt8], _ bytes: (_ offset: Int, _ count: Int) -> [UInt8]?
  ) -> [InspectionQuestion]? {
    guard !message.isEmpty, message.count % questionSize == 0, message.count <= most * questionSize else { return nil }
    var questions: [InspectionQuestion] = []
    for start in stride(from: 0, to: message.count, by: questionSize) {
      let field = message[start..<(start + questionSize)]
      let (offset, headCount, tailCount) = (number(field, 0, 4), number(field, 4, 4), number(field, 8, 4))
      guard let size = Int64(exactly: number(field, 12, 8)),
        let head = bytes(Int(offset), Int(headCount)),
        let tail = bytes(Int(offset + headCount), Int(tailCount))
      else { return nil }
      questions.append(
        InspectionQuestion(
          size: size, head: head, tail: tail, wantsType: field[start + 20] == 1,
          document: DocumentCheck.Kind(rawValue: field[start + 21])))
    }
    return questions
  }

  // MARK: Answers

  static func encode(_ answers: [InspectionAnswer]) -> [UInt8] {
    var message: [UInt8] = []
    for answer in answers {
      // libmagic may say something else; that is no type.
      let said = Array((answer.type ?? "").utf8)
      let type = said.count <= typeSize && isMediaType(said[...]) ? said : []
      let found = codes.enumerated().reduce(UInt8(0)) {
        answer.findings.contains($1.element) ? $0 | 1 << UInt8($1.offset) : $0
      }
      message += [found, UInt8(type.count)] + type + [UInt8](repeating: 0, count: typeSize - type.count)
    }
    return message
  }

  /// The answers to so many questions; nil where a message is anything else.
  static func answers(_ message: [UInt8], to count: Int) -> [InspectionAnswer]? {
    guard message.count == count * answerSize else { return nil }
    var answers: [InspectionAnswer] = []
    for start in stride(from: 0, to: message.count, by: answerSize) {
      let (found, length) = (message[start], Int(message[start + 1]))
      guard found < 1 << UInt8(codes.count), length <= typeSize else { return nil }
      let type = message[(start + 2)..<(start + 2 + length)]
      guard type.isEmpty || isMediaType(type) else { return nil }
      answers.append(
        InspectionAnswer(
          type: type.isEmpty ? nil : String(decoding: type, as: UTF8.self),
          findings: codes.enumerated().filter { found & 1 << UInt8($0.offset) != 0 }.map(\.element)))
    }
    return answers
  }

  /// In the order of their bits.
  private static let codes: [Finding.Code] = [.empty, .onlyZeros, .truncated, .encrypted]

  /// RFC 6838, 4.2: a type, a slash and a subtype.
  private static func isMediaType(_ bytes: ArraySlice<UInt8>) -> Bool {
    let names = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return names.count == 2
      && names.allSatisfy { name in
        !name.isEmpty
          && name.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
              UInt8(ascii: "0")...UInt8(ascii: "9"):
              true
            default: ".+-_!#$&^".utf8.contains(byte)
            }
          }
      }
  }

  // MARK: Numbers

  private static func append(_ number: some FixedWidthInteger, to message: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { message += $0 }
  }

  private static func number(_ field: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> UInt64 {
    field.dropFirst(offset).prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
