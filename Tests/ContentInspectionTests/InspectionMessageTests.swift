import DeliveryModel
import TestSupport
import Testing

@testable import ContentInspection

struct InspectionMessageTests {
  private static func question(_ head: String, tail: String = "", size: Int64? = nil) -> InspectionQuestion {
    InspectionQuestion(
      size: size ?? Int64(head.utf8.count), head: Array(head.utf8), tail: Array(tail.utf8), wantsType: true,
      document: .pdf)
  }

  @Test("questions come out as they went in, their bytes through the shared memory")
  func questions() throws {
    let asked = [Self.question("hello"), Self.question("begin", tail: "end", size: 1 << 40), Self.question("")]
    let (message, parts) = InspectionMessage.encode(asked)
    var memory = [UInt8](repeating: 0, count: 64)
    for part in parts { memory.replaceSubrange(part.offset..<(part.offset + part.bytes.count), with: part.bytes) }
    let read = try #require(InspectionMessage.questions(message) { Array(memory[$0..<($0 + $1)]) })
    #expect(read.map(\.head) == asked.map(\.head) && read.map(\.tail) == asked.map(\.tail))
    #expect(read.map(\.size) == asked.map(\.size) && read.allSatisfy { $0.wantsType && $0.document == .pdf })
  }

  @Test("a question beyond the shared memory is none")
  func outside() {
    let (message, _) = InspectionMessage.encode([Self.question("hello")])
    #expect(InspectionMessage.questions(message) { $0 + $1 <= 4 ? [UInt8](repeating: 0, count: $1) : nil } == nil)
    #expect(InspectionMessage.questions(Array(message.dropLast())) { [UInt8](repeating: 0, count: $1 + $0 * 0) } == nil)
  }

  @Test("answers come out as they went in")
  func answers() {
    let given = [
      InspectionAnswer(type: "application/pdf", findings: [.truncated, .encrypted]),
      InspectionAnswer(type: nil, findings: []), InspectionAnswer(type: "text/x-c++", findings: [.empty]),
    ]
    #expect(InspectionMessage.answers(InspectionMessage.encode(given), to: 3) == given)
    #expect(InspectionMessage.encode(given).count <= InspectionMessage.answerLimit)
  }

  @Test(
    "what libmagic says and is no media type does not leave the process",
    arguments: [
      "text/plain\n", "a", "/", "text/", "text/plain; charset=x", "\u{1b}[2J/x", String(repeating: "x", count: 300),
    ])
  func noType(said: String) {
    let message = InspectionMessage.encode([InspectionAnswer(type: said, findings: [])])
    #expect(InspectionMessage.answers(message, to: 1) == [InspectionAnswer(type: nil, findings: [])])
  }

  @Test("an answer of another length, with unknown findings, or with no media type is none")
  func hostile() {
    let good = InspectionMessage.encode([InspectionAnswer(type: "text/plain", findings: [])])
    #expect(InspectionMessage.answers(good, to: 2) == nil)
    #expect(InspectionMessage.answers(Array(good.dropLast()), to: 1) == nil)
    #expect(InspectionMessage.answers(good + [0], to: 1) == nil)
    for (place, byte) in [(0, UInt8(0xFF)), (1, 0xFF), (2, 0x0A), (2, 0x00), (5, 0x80)] {
      var bad = good
      bad[place] = byte
      #expect(InspectionMessage.answers(bad, to: 1) == nil, "byte \(place) is \(byte)")
    }
  }

  @Test("whatever comes back, it is an answer of checked form or none")
  func random() {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<20_000 {
      var message = InspectionMessage.encode([InspectionAnswer(type: "text/plain", findings: [.truncated])])
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        message[Int.random(in: 0..<message.count, using: &generator)] = .random(in: 0...255, using: &generator)
      }
      for answer in InspectionMessage.answers(message, to: 1) ?? [] {
        let isPlain = (answer.type ?? "").utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3C }
        #expect(isPlain)
      }
    }
  }

  @Test("the ends of a large file tell what the whole file does")
  func ends() throws {
    let whole = Array("%PDF-1.7".utf8) + [UInt8](repeating: 1, count: 300_000) + Array("/Encrypt %%EOF".utf8)
    let content = InspectedContent(whole)
    let question = try InspectionQuestion(content, wantsType: false, document: .pdf)
    #expect(question.byteCount < 150_000 && question.size == Int64(whole.count))
    #expect(try question.answer(nil).findings == [.encrypted])
    let cut = try InspectionQuestion(InspectedContent(Array(whole.dropLast(6))), wantsType: false, document: .pdf)
    #expect(try cut.answer(nil).findings == [.truncated, .encrypted])
  }
}

struct InspectionQueueTests {
  private func next(_ queue: inout InspectionQueue<Int>, most: Int = 10) -> [Int]? {
    queue.next(most: most, capacity: 100) { $0 }?.items
  }

  @Test("folders take turns, and a folder's files keep their order")
  func turns() {
    var queue = InspectionQueue<Int>()
    queue.append([1, 2, 3], of: "a")
    queue.append([4], of: "b")
    queue.append([5], of: "a")
    #expect(next(&queue, most: 2) == [1, 2])
    #expect(next(&queue, most: 2) == [4])
    #expect(next(&queue, most: 2) == [3, 5])
    #expect(next(&queue) == nil && queue.isEmpty)
  }

  @Test("no more than fit go together, and one that does not fit goes alone")
  func capacity() {
    var queue = InspectionQueue<Int>()
    queue.append([60, 40, 1, 200, 7], of: "a")
    #expect(next(&queue) == [60, 40])
    #expect(next(&queue) == [1])
    #expect(next(&queue) == [200])
    #expect(next(&queue) == [7])
  }

  @Test("what waits of a folder can be taken out")
  func removal() {
    var queue = InspectionQueue<Int>()
    queue.append([1, 2], of: "a")
    queue.append([3], of: "b")
    #expect(queue.holds("a") && queue.remove("a") == [1, 2] && !queue.holds("a"))
    #expect(next(&queue) == [3])
    queue.append([4], of: "b")
    queue.append([5, 6], of: "a")
    #expect(queue.removeAll() == [4, 5, 6] && queue.isEmpty && next(&queue) == nil)
  }
}
