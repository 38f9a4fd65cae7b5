import AWSSigning
import Cryptography
import DeliveryJournal
import DeliveryModel
import TestFixtures
import TestSupport
import Testing

@testable import Daemon

struct SafetyAnswerTests {
  private let inbox: TemporaryDirectory
  private let state: TemporaryDirectory
  private let journal: Journal

  init() throws {
    inbox = try TemporaryDirectory()
    state = try TemporaryDirectory()
    journal = try Journal(directory: state.path, now: Fixture.wall) { _ in }
  }

  @Test("content that was delivered is safe, however often the file was touched since")
  func touched() async throws {
    try inbox.write("hello", to: "a.pdf")
    var prepared = Fixture.prepared()
    prepared.sha256 = SHA256.digest(of: Array("hello".utf8))
    _ = try await journal.commit([
      .received(Fixture.file()), .prepared(number: 1, prepared), .uploaded(number: 1, Fixture.receipt),
      .logged(number: 1, at: Fixture.wall, alreadyRecorded: false),
    ])
    for number in 2...30 as ClosedRange<Int64> {
      _ = try await journal.commit([
        .received(Fixture.file()),
        .unchanged(number: number, of: 1, identity: Fixture.file().identity, at: Fixture.wall),
      ])
    }
    #expect(try answer() == .safe(number: 1, at: Fixture.wall.iso8601))
    try inbox.write("changed", to: "a.pdf")
    guard case .notSafe(let reason) = try answer() else { return #expect(Bool(false)) }
    #expect(reason.hasPrefix("delivery 30 is withdrawn"))
  }

  private func answer() throws -> SafetyAnswer {
    let configuration = try Fixture.configuration(inbox.path, "[journal]\ndirectory = \"\(state.path)\"")
    return try #require(
      QueueInspection(configuration, .here).safety(of: [Array("\(inbox.path)/a.pdf".utf8)]).first)
  }
}
