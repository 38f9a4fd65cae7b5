import Testing

@testable import DeliveryModel

@Suite("DeliveryState")
struct DeliveryStateTests {
  @Test("what is delivered or withdrawn stays so", arguments: [DeliveryState.logged, .withdrawn])
  func final(state: DeliveryState) {
    #expect(state.successors.isEmpty)
    #expect(!state.isOpen)
  }

  @Test("bytes that S3 acknowledged are never pending, withdrawn or rejected again")
  func uploadedGoesForward() {
    #expect(DeliveryState.uploaded.successors == [.uploaded, .logged, .parked])
  }

  @Test("every state is reached from pending, and every open one can reach logged")
  func reachable() {
    #expect(closure(of: .pending) == Set(DeliveryState.allCases))
    for state in DeliveryState.allCases where ![.logged, .withdrawn].contains(state) {
      #expect(closure(of: state).contains(.logged))
    }
  }

  @Test("the daemon works by itself on pending and uploaded alone")
  func open() {
    #expect(DeliveryState.allCases.filter(\.isOpen) == [.pending, .uploaded])
  }

  @Test("the names that scripts use do not change")
  func names() {
    #expect(
      DeliveryState.allCases.map(\.rawValue) == ["pending", "uploaded", "logged", "parked", "withdrawn", "rejected"])
  }

  private func closure(of state: DeliveryState) -> Set<DeliveryState> {
    var reached: Set<DeliveryState> = []
    var open = [state]
    while let next = open.popLast() {
      for successor in next.successors where reached.insert(successor).inserted { open.append(successor) }
    }
    return reached
  }
}
