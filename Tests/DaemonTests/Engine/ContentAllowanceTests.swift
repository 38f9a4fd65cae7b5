import Testing

@testable import Daemon

@Suite("What may be held at once") struct ContentAllowanceTests {
  private static let largest = FileReading.inMemoryLimit

  @Test("small files are read up to the memory, the rest as it becomes free")
  func memory() {
    var allowance = ContentAllowance(descriptors: 2)
    for number in 1...512 { allowance.ask(.init(number: Int64(number), bytes: Self.largest)) }
    let first = allowance.admitted()
    #expect(Int64(first.count) * Self.largest == ContentAllowance.memory)
    #expect(allowance.admitted().isEmpty)
    allowance.release(first[0])
    allowance.release(first[1])
    #expect(allowance.admitted() == [Int64(first.count) + 1, Int64(first.count) + 2])
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
    for limit in [64, 1024, 524_288] {
      let budget = try DescriptorBudget(limit: limit, folders: 1)
      #expect(budget.contents >= 8 && budget.connections >= 4)
      #expect(DescriptorBudget.base + budget.contents + 2 * budget.connections < limit)
    }
    #expect(throws: TooFewDescriptors(limit: 40, needed: 62)) { try DescriptorBudget(limit: 40, folders: 1) }
    #expect("\(TooFewDescriptors(limit: 40, needed: 62))".contains("LimitNOFILE="))
  }
}
