import SystemSupport
import Testing

@testable import ControlSocket

@Suite("A client's conversation")
struct ConversationTests {
  private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
  private let request = Array("{}\n".utf8)

  @Test("one request at a time: the next is read once this one is answered")
  func turns() {
    var conversation = Conversation(at: start)
    #expect(conversation.received(Array("{}\n{\"x\":1}\n".utf8)) == .answer(Array("{}".utf8)))
    #expect(!conversation.reads && conversation.deadline == nil)
    #expect(conversation.expire(at: start + .seconds(3600)) == .nothing)
    #expect(conversation.answered(at: start + .seconds(3600)) == .answer(Array("{\"x\":1}".utf8)))
    #expect(conversation.answered(at: start + .seconds(3601)) == .nothing)
    #expect(conversation.reads && conversation.deadline == start + .seconds(3601) + Conversation.patience)
  }

  @Test("a client that says nothing, or a byte a second, is left after its time")
  func slow() {
    var conversation = Conversation(at: start)
    for second in 1...9 {
      #expect(conversation.expire(at: start + .seconds(second)) == .nothing)
      #expect(conversation.received([UInt8(ascii: "{")]) == .nothing)
    }
    guard case .refuse(let refusal) = conversation.expire(at: start + Conversation.patience) else {
      Issue.record("it was not left")
      return
    }
    #expect(refusal.error == .tooSlow && !conversation.reads && conversation.deadline == nil)
  }

  @Test("a line without an end is refused at its limit")
  func long() {
    var conversation = Conversation(at: start)
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 16 << 10)
    var steps: [Conversation.Step] = []
    for _ in 0..<5 where conversation.reads { steps.append(conversation.received(piece)) }
    guard case .refuse(let refusal)? = steps.last else {
      Issue.record("it was not refused")
      return
    }
    #expect(refusal.error == .tooLong && steps.count == 5)
  }

  @Test("who sends no more is still answered, then left; half a line is no request")
  func ending() {
    var conversation = Conversation(at: start)
    #expect(conversation.received(request) == .answer(Array("{}".utf8)))
    #expect(conversation.answered(at: start) == .nothing)
    #expect(conversation.received([]) == .leave)
    var half = Conversation(at: start)
    #expect(half.received([UInt8(ascii: "{")]) == .nothing)
    #expect(half.received([]) == .leave && !half.reads)
  }
}

@Suite("Who may ask, and for whom there is a place")
struct ControlAccessTests {
  private let rule = ControlRule(users: [990], group: 991)

  @Test(
    "root and the service's user for everything, its group for how things are, others for nothing",
    arguments: [
      (PeerCredentials(user: 0, groups: [0]), ControlAccess.orders), (PeerCredentials(user: 990, groups: [1]), .orders),
      (PeerCredentials(user: 1000, groups: [1000, 991]), .reading),
      (PeerCredentials(user: 1000, groups: [1000, 990]), .nothing), (PeerCredentials(user: 991, groups: []), .nothing),
      // What root is in a user namespace that maps it to nobody.
      (PeerCredentials(user: 65534, groups: [65534, 0]), .nothing),
    ])
  func access(peer: PeerCredentials, access: ControlAccess) {
    #expect(rule.access(of: peer) == access)
  }

  @Test("orders need more than reading")
  func needs() {
    #expect(ControlRequest.status.need == .reading && ControlRequest.watch.need == .reading)
    #expect(ControlRequest.retry(.all).need == .orders && ControlRequest.dismiss([1]).need == .orders)
    #expect(ControlAccess.nothing < .reading && .reading < ControlAccess.orders)
  }

  @Test("no user takes the places of others, and readers never those of root")
  func places() {
    var places = ControlPlaces()
    let admitted = (0..<100).count { _ in places.admit(1000, .reading) }
    #expect(admitted == places.perUser)
    var users: UInt32 = 0
    while places.admit(2000 + users, .reading) { users += 1 }
    #expect(places.taken == places.total - places.reserved)
    let stranger = places.admit(1000, .nothing)
    #expect(!stranger)
    let orders = (0..<100).count { _ in places.admit(0, .orders) }
    #expect(orders == places.reserved && places.taken == places.total)
    for _ in 0..<admitted { places.leave(1000, .reading) }
    let isBack = places.admit(1000, .reading)
    #expect(isBack && places.taken == places.total - admitted + 1)
  }

  @Test("few places are shared out as many are", arguments: [2, 4, 5, 8, 32])
  func few(total: Int) {
    var places = ControlPlaces(total: total)
    var readers = 0
    for user in 0..<100 as Range<UInt32> where places.admit(user, .reading) { readers += 1 }
    let isRoomForRoot = places.admit(0, .orders)
    #expect(readers == total - places.reserved && readers > 0 && isRoomForRoot && places.perUser > 0)
  }

  @Test("places that were given back leave nothing behind")
  func forgotten() {
    var places = ControlPlaces()
    for user in 0..<10_000 as Range<UInt32> {
      let isAdmitted = places.admit(user, .reading)
      #expect(isAdmitted)
      places.leave(user, .reading)
    }
    #expect(places == ControlPlaces())
  }
}
