import DeliveryModel
import Folders
import SystemSupport
import TestSupport
import Testing

@testable import Daemon

@Suite("Orders to take files")
struct TakeOrdersTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func order(_ name: [UInt8]) -> TakeOrders.Order {
    TakeOrders.Order(folder: "inbox", path: .init(unchecked: name))
  }

  @Test("one stands, whatever bytes its name has and whoever ends, until something came of it")
  func standing() async throws {
    let odd = order([0xff, 0x0a, 0x22, 0x5c])
    let orders = TakeOrders(directory: directory.path)
    #expect(try await orders.carryOut(odd, within: .zero) == nil)
    try orders.addNow(order(Array("b.tmp".utf8)))
    let next = TakeOrders(directory: directory.path)
    #expect(Set(next.standing) == [odd, order(Array("b.tmp".utf8))])
    next.answered(odd, .accepted)
    #expect(next.standing == [order(Array("b.tmp".utf8))])
    #expect(try await next.takeAnswered().map(\.0) == [odd])
    #expect(TakeOrders(directory: directory.path).standing == [order(Array("b.tmp".utf8))])
  }

  @Test("who gave it hears what came of it, also where that was quick")
  func answer() async throws {
    let orders = TakeOrders(directory: directory.path)
    let one = order([0x61])
    async let outcome = orders.carryOut(one, within: .seconds(60))
    while orders.standing.isEmpty { _ = await orders.changes.take() }
    orders.answered(one, .noFile)
    #expect(try await outcome == .noFile)
    // Given again while the first is not forgotten, it stands again.
    try orders.addNow(one)
    #expect(orders.standing == [one])
  }

  @Test("so many stand and no more; what is no order is passed over")
  func bounds() throws {
    try directory.write("nonsense\n{\"v\":1,\"ask\":\"retry\",\"all\":true}\n", to: TakeOrders.fileName)
    let orders = TakeOrders(directory: directory.path)
    #expect(orders.standing.isEmpty)
    let all = (0..<TakeOrders.limit).map { order(Array("\($0)".utf8)) }
    try directory.write([], to: TakeOrders.fileName)
    for order in all.prefix(3) { try orders.addNow(order) }
    #expect(TakeOrders(directory: directory.path).standing.count == 3)
  }

  @Test("an order that cannot be written is refused, and does not stand")
  func refused() async throws {
    let orders = TakeOrders(directory: directory.path + "/none")
    await #expect(throws: (any Error).self) { try await orders.carryOut(order([0x61]), within: .seconds(60)) }
    #expect(orders.standing.isEmpty)
  }
}
