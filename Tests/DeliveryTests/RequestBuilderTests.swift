import AWSSigning
import DeliveryModel
import Foundation
import HTTPTransport
import TestFixtures
import Testing

@testable import Delivery

struct RequestBuilderTests {
  private static let old = credentials("OLD")
  private static let new = credentials("NEW")

  @Test("credentials are refused by an answer to what was signed with them")
  func refused() throws {
    var desk = try desk()
    send(1, of: &desk)
    #expect(!desk.areCredentialsRefused)
    #expect(expired(1, &desk)?.failureClass == .refresh)
    #expect(desk.areCredentialsRefused)
    desk.credentials = Self.new
    #expect(!desk.areCredentialsRefused)
  }

  @Test("a late refusal of the credentials before is none of the present ones, whatever arrives together with it")
  func late() throws {
    var desk = try desk()
    send(1, of: &desk)
    desk.credentials = Self.new
    send(2, of: &desk)
    #expect(expired(1, &desk)?.failureClass == .refresh)
    let response = HTTPResponse(
      status: 200,
      headers: [HTTPHeader("etag", "\"e\""), HTTPHeader("x-amz-checksum-sha256", Self.checksum)])
    let judged = desk.judge(HTTPCompletion(id: Self.id(2), result: .success(response)), now: Fixture.wall)
    #expect(judged != nil && judged?.failure == nil)
    #expect(!desk.areCredentialsRefused)
  }

  @Test("credentials stay refused when a late refusal of those before them, or another answer, follows")
  func staysRefused() throws {
    var desk = try desk()
    send(1, of: &desk)
    desk.credentials = Self.new
    send(2, of: &desk)
    send(3, of: &desk)
    #expect(expired(2, &desk)?.failureClass == .refresh)
    #expect(expired(1, &desk)?.failureClass == .refresh)
    _ = desk.judge(HTTPCompletion(id: Self.id(3), result: .success(HTTPResponse(status: 500))), now: Fixture.wall)
    #expect(desk.areCredentialsRefused)
  }

  @Test(
    "credentials are doubted by a refusal of what was signed with them, until there are others",
    arguments: [
      ("AccessDenied", true), ("InvalidAccessKeyId", true), ("SignatureDoesNotMatch", true), ("ExpiredToken", true),
      ("NoSuchBucket", false), ("SlowDown", false),
    ])
  func doubted(code: String, expected: Bool) throws {
    var desk = try desk()
    send(1, of: &desk)
    _ = answer(1, 403, code, &desk)
    #expect(desk.areCredentialsDoubted == expected)
    desk.credentials = Self.new
    #expect(!desk.areCredentialsDoubted)
    send(2, of: &desk)
    desk.credentials = Self.old
    _ = answer(2, 403, code, &desk)
    #expect(!desk.areCredentialsDoubted, "that was about those before")
  }

  // MARK: Requests

  private func send(_ number: Int64, of desk: inout RequestBuilder) {
    var delivery = Fixture.delivery(number)
    delivery.prepared = Fixture.prepared()
    let active = ActiveDelivery(delivery: delivery, loaded: Fixture.start, stage: .uploading)
    let content = FileContent.bytes(Array(repeating: 0, count: 10))
    let sent = desk.exchange(for: .putObject(number), active, content, at: Fixture.wall)
    #expect(sent != nil)
  }

  /// The answer that the credentials of the request have expired.
  private func expired(_ number: Int64, _ desk: inout RequestBuilder) -> ServiceFailure? {
    answer(number, 400, "ExpiredToken", &desk)
  }

  private func answer(_ number: Int64, _ status: Int, _ code: String, _ desk: inout RequestBuilder) -> ServiceFailure? {
    let response = HTTPResponse(status: status, body: Array("<Error><Code>\(code)</Code></Error>".utf8))
    return desk.judge(HTTPCompletion(id: Self.id(number), result: .success(response)), now: Fixture.wall)?.failure
  }

  private static func id(_ number: Int64) -> UInt64 { RequestBuilder.identifier(of: .putObject(number)) ?? 0 }

  private func desk() throws -> RequestBuilder {
    var desk = RequestBuilder(settings: try Fixture.settings("/srv/inbox"))
    desk.credentials = Self.old
    return desk
  }

  /// Of what is sent.
  private static let checksum = Data(Fixture.prepared().sha256?.bytes ?? []).base64EncodedString()

  private static func credentials(_ name: String) -> AWSCredentials {
    AWSCredentials(accessKeyID: name, secretAccessKey: "secret", sessionToken: "token")
  }
}
