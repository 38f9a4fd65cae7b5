import Testing

@testable import Delivery

@Suite("What may be held at once") struct ContentAllowanceTests {
  private static let largest = FileReading.inMemoryLimit

  @Test("small files are read up to the memory, a little of a folder at a time, the rest as it becomes free")
  func memory() {
    var allowance = ContentAllowance(descriptors: 2)
    for number in 1...512 { allowance.ask(.init(number: Int64(number), bytes: Self.largest)) }
    var held: [Int64] = []
    while case let next = allowance.admitted(), !next.isEmpty {
      #expect(Int64(next.count) * Self.largest <= ContentAllowance.unreadMemory)
      for number in next { allowance.read(number) }
      held += next
    }
    #expect(Int64(held.count) * Self.largest == ContentAllowance.memory)
    allowance.release(held[0])
    allowance.release(held[1])
    #expect(allowance.admitted() == [Int64(held.count) + 1, Int64(held.count) + 2])
  }

  @Test("folders that give nothing leave all of the memory to others, however many they are")
  func hangingFolders() {
    var allowance = ContentAllowance(descriptors: 1000)
    var number: Int64 = 0
    func ask(_ folder: String, _ bytes: Int64?) {
      number += 1
      allowance.ask(.init(number: number, folder: folder, bytes: bytes))
    }
    for folder in 0..<100 { for _ in 0..<20 { ask("hangs \(folder)", Self.largest) } }
    for folder in 0..<100 { for _ in 0..<20 { ask("hangs \(folder)", nil) } }
    let hanging = allowance.admitted()
    #expect(hanging.count == 100 * Int(ContentAllowance.unreadMemory / Self.largest) + 100 * 4)
    let first = number + 1
    for _ in 0..<256 { ask("answers", Self.largest) }
    var given: [Int64] = []
    while case let next = allowance.admitted(), !next.isEmpty {
      for number in next { allowance.read(number) }
      given += next
    }
    #expect(given == Array(first..<(first + ContentAllowance.memory / Self.largest)))
    for number in hanging + given { allowance.release(number) }
    #expect(!allowance.admitted().isEmpty)
  }

  @Test("a descriptor that a share keeps open counts until it is closed")
  func lingering() {
    var allowance = ContentAllowance(descriptors: 2)
    for number in Int64(1)...3 { allowance.ask(.init(number: number, bytes: nil)) }
    #expect(allowance.admitted(lingering: 2).isEmpty)
    #expect(allowance.admitted(lingering: 1) == [1])
    #expect(allowance.admitted(lingering: 0) == [2])
  }

  @Test("files held by a descriptor wait for one, and hold up no small file")
  func descriptors() {
    var allowance = ContentAllowance(descriptors: 1)
    for number in Int64(1)...3 { allowance.ask(.init(number: number, bytes: nil)) }
    allowance.ask(.init(number: 4, bytes: 10))
    #expect(allowance.admitted() == [1, 4])
    allowance.read(4)
    allowance.release(4)
    #expect(allowance.admitted().isEmpty)
    allowance.release(1)
    #expect(allowance.admitted() == [2])
  }

  @Test("what is let go before it was read waits no more; the same file may ask again")
  func again() {
    var allowance = ContentAllowance(descriptors: 1)
    for number in Int64(1)...3 { allowance.ask(.init(number: number, bytes: nil)) }
    #expect(allowance.admitted() == [1])
    allowance.release(2)
    allowance.release(1)
    allowance.ask(.init(number: 1, bytes: nil))
    #expect(allowance.admitted() == [3])
    allowance.release(3)
    #expect(allowance.admitted() == [1])
  }

  @Test("descriptors are shared out with some to spare, and too few are refused in words")
  func budget() throws {
    for limit in [84, 1024, 524_288] {
      let budget = try DescriptorBudget(limit: limit, folders: 1)
      #expect(budget.contents >= 8 && budget.connections >= 4)
      #expect(DescriptorBudget.base + budget.contents + 2 * budget.connections + budget.clients < limit)
    }
    #expect(throws: TooFewDescriptors(limit: 40, needed: 84)) { try DescriptorBudget(limit: 40, folders: 1) }
    #expect("\(TooFewDescriptors(limit: 40, needed: 84))".contains("LimitNOFILE="))
  }
}
