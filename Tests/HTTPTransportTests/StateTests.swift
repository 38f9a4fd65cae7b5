import Testing

@testable import HTTPTransport

struct StateTests {
  @Test("Over any time, no more is granted than rate times time plus the burst", arguments: [3, 20_000, 50_000_000])
  func bucketBound(rate: Int64) {
    var bucket = TokenBucket(rate: rate, now: 0)
    var granted = 0
    for now in stride(from: UInt64(0), through: 10_000_000_000, by: 777_777) {
      bucket.refill(now: now)
      while case let count = bucket.grant(upTo: 70_000), count > 0 { granted += count }
    }
    #expect(granted <= Int(rate) * 10 + max(Int(rate) / 20, 1024))
    #expect(Double(granted) >= Double(rate) * 10 * 0.99 - 1)
  }

  @Test("What is sent in one piece is paid off before anything else goes out")
  func bucketDebt() {
    var bucket = TokenBucket(rate: 100_000, now: 0)
    bucket.refill(now: 1_000_000_000)
    #expect(bucket.isOpen && bucket.delay == 0)
    bucket.charge(55_000)
    let granted = bucket.grant(upTo: 10)
    #expect(!bucket.isOpen && granted == 0)
    bucket.refill(now: 1_499_000_000)
    #expect(!bucket.isOpen)
    #expect(abs(Int(bucket.delay) - 26_000_000) < 1_000_000)
    bucket.refill(now: 1_501_000_000)
    #expect(bucket.isOpen)
  }

  @Test("Without a bound everything is granted")
  func bucketUnbound() {
    var bucket = TokenBucket(rate: nil, now: 0)
    bucket.charge(1 << 30)
    let granted = bucket.grant(upTo: 1 << 30)
    #expect(bucket.isOpen && bucket.delay == 0 && granted == 1 << 30)
  }

  @Test("One byte a second is no stall, fewer are")
  func stall() {
    let second: UInt64 = 1_000_000_000
    var steady = StallMark(timeout: .seconds(30), now: 0)
    var slower = StallMark(timeout: .seconds(30), now: 0)
    for time in 1...300 as ClosedRange<UInt64> {
      let isStalled = steady.isStalled(total: Int64(time), now: time * second)
      #expect(!isStalled)
    }
    for time in 1...30 as ClosedRange<UInt64> {
      let isStalled = slower.isStalled(total: Int64(time) * 29 / 30, now: time * second)
      #expect(isStalled == (time == 30))
    }
  }

  @Test("Waiting on our side and a retry from the beginning are no stall")
  func stallRestart() {
    var mark = StallMark(timeout: .seconds(30), now: 0)
    var verdicts = [mark.isStalled(total: 1_000_000, now: 1_000_000_000)]
    verdicts.append(mark.isStalled(total: 5, now: 30_000_000_000))
    verdicts.append(mark.isStalled(total: 5, now: 59_000_000_000))
    mark.restart(now: 59_500_000_000)
    verdicts.append(mark.isStalled(total: 5, now: 89_000_000_000))
    verdicts.append(mark.isStalled(total: 5, now: 89_500_000_000))
    #expect(verdicts == [false, false, false, false, true])
  }

  @Test("The queue keeps its order; urgent jobs come first, cancelled ones not at all")
  func queue() {
    var queue = JobQueue()
    let request = HTTPRequest(method: .get, url: "")
    for id in 0..<500 as Range<UInt64> { queue.append(Job(ticket: .caller(id), request: request)) }
    let first = (0..<300).compactMap { _ in queue.next()?.ticket }
    queue.prepend(Job(ticket: .waiter(1), request: request))
    let removed = queue.remove([.caller(5), .caller(301), .caller(499)]).map(\.ticket)
    var rest: [Ticket] = []
    while let job = queue.next() { rest.append(job.ticket) }
    #expect(first == (0..<300).map { .caller($0) })
    #expect(removed == [.caller(301), .caller(499)])
    #expect(rest == [.waiter(1), .caller(300)] + (302..<499).map { .caller($0) })
    #expect(queue.isEmpty)
  }

  @Test(
    "A message names the server alone",
    arguments: [
      ("https://b.s3.eu-south-1.amazonaws.com/key?X-Amz-Signature=1", "b.s3.eu-south-1.amazonaws.com"),
      ("http://127.0.0.1:9000", "127.0.0.1:9000"), ("http://u:p@host/", "the server"), ("nonsense", "the server"),
    ])
  func authority(url: String, expected: String) {
    #expect(URLAuthority.of(url) == expected)
  }

  @Test("a body that had its share waits while another waits for one, and no more once there is no limit")
  func shareOfMany() throws {
    let orders = TransportOrders(multi: try MultiHandle(idleConnections: 1))
    let shared = SharedState(orders: orders, bucket: TokenBucket(rate: 100_000, now: 0))
    var share = Share()
    _ = shared.refill(now: 1_000_000_000)
    #expect(shared.grant(upTo: 10, &share) == 10)
    shared.pausedCount = 1
    #expect(shared.grant(upTo: 10, &share) == 0)
    shared.bucket.change(rate: nil, now: 1_000_000_000)
    #expect(shared.grant(upTo: 10, &share) == 10)
  }
}
