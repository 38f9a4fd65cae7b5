import DeliveryModel
import TestFixtures

@testable import Delivery

/// A breaker, and what a request of it looks like from outside.
struct BreakerRig {
  var breaker = CircuitBreaker(now: Fixture.start)
  var now = Fixture.start
  /// What else of the failing folder is in memory.
  var rest = CircuitBreaker.Rest(numbers: [1000])

  init(folders: Int = 5) { breaker.folderCount = folders }

  mutating func start(_ number: Int64, _ folder: String = "a", in directory: String = "") {
    breaker.started(number, of: Self.place(folder, directory), now: now)
  }

  static func place(_ folder: String, _ directory: String) -> PathKey {
    PathKey(folder: folder, path: Fixture.path(directory.isEmpty ? "x" : directory + "/x"))
  }

  /// Sent and failed for good.
  mutating func fail(
    _ number: Int64, _ folder: String = "a", in directory: String = "", as failureClass: FailureClass = .refused,
    code: String = "Code", retryAfter: Duration? = nil
  ) -> [CircuitBreaker.Change] {
    start(number, folder, in: directory)
    return end(number, folder, in: directory, as: failureClass, code: code, retryAfter: retryAfter)
  }

  mutating func end(
    _ number: Int64, _ folder: String = "a", in directory: String = "", as failureClass: FailureClass = .refused,
    code: String = "Code", retryAfter: Duration? = nil
  ) -> [CircuitBreaker.Change] {
    breaker.ended(number)
    return breaker.failed(
      Fixture.failure(failureClass, code: code, retryAfter: retryAfter), of: number,
      at: Self.place(folder, directory), rest: rest, wall: Fixture.wall, now: now, random: 0.999)
  }

  mutating func pass(_ number: Int64, _ folder: String = "a") -> [CircuitBreaker.Change] {
    start(number, folder)
    let sent = breaker.ended(number)?.begun ?? 0
    return breaker.succeeded(number, folder: folder, sent: sent, now: now)
  }

  func admission(_ folder: String = "a") -> CircuitBreaker.Admission { breaker.admission(of: folder, now: now) }

  func admits(
    _ number: Int64, _ folder: String = "a", in directory: String = "", isNew: Bool = true,
    as admission: CircuitBreaker.Admission
  ) -> Bool {
    breaker.admits(number, at: Self.place(folder, directory), isNew: isNew, admission, now: now)
  }

  func isClosed(_ folder: String = "a") -> Bool {
    breaker.service.isOpen || breaker.folders[folder]?.isOpen == true
  }
}

extension CircuitBreaker.Change {
  func isOpening(_ scope: CircuitBreaker.Scope) -> Bool {
    if case .opened(scope, _) = self { true } else { false }
  }
}
