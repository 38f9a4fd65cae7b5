import AWSClients
import DaemonConfiguration
import DeliveryModel
import TestFixtures
import Testing

@testable import Daemon

struct OnlineTrialTests {
  @Test(
    "the file that is asked about has an extension that the folder takes",
    arguments: [
      ("", "inbox/s3loggerd-check"), ("include = [\"*.pdf\"]", "inbox/s3loggerd-check.pdf"),
      ("include = [\"scan*\", \"a/**/*.tar.gz\"]", "inbox/s3loggerd-check.tar.gz"),
      ("include = [\"*.[pP]df\"]", "inbox/s3loggerd-check"), ("include = [\"a/\"]", "inbox/s3loggerd-check"),
      ("key = \"{year}/{month}/{day}/{folder}/{stem}-{ext}\"", "2026/11/24/inbox/s3loggerd-check-"),
    ])
  func key(keys: String, expected: String) throws {
    let folder = try #require(try Fixture.configuration("/inbox", keys).folders.first)
    let moment = Timestamp(milliseconds: 1_795_516_927_000)  // 2026-11-24T10:42:07Z
    #expect(TrialObject(folder: folder, at: moment).key == .success(expected))
  }

  private func failure(_ failureClass: FailureClass, _ code: String, status: Int, id: String?) -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: failureClass, code: code, message: "", status: status, ids: RequestIDs(request: id))
  }

  @Test("only a refusal that the service named itself is one")
  func outcome() {
    func isRefused(_ failure: ServiceFailure) -> Bool {
      if case .refused = OnlineTrial.Outcome(failure) { true } else { false }
    }
    #expect(isRefused(failure(.blocked, "AccessDenied", status: 403, id: "R")))
    #expect(isRefused(failure(.item, "KeyTooLongError", status: 400, id: "R")))
    #expect(!isRefused(failure(.blocked, "AccessDenied", status: 403, id: nil)), "no request id")
    #expect(!isRefused(failure(.blocked, "http-403", status: 403, id: "R")), "no code")
    #expect(!isRefused(failure(.throttle, "SlowDown", status: 503, id: "R")), "it passes")
    #expect(!isRefused(failure(.blocked, "transport-tls", status: 0, id: nil)), "no answer")
  }

  @Test("a lack is only spoken of as far as AWS does")
  func advice() throws {
    let statement = PolicyStatement(
      allowing: "s3:PutObject", of: try Fixture.configuration("/inbox"), account: "123456789012")
    func advice(_ end: String) -> String? {
      statement.advice(on: "S3 refuses s3:PutObject on files (AccessDenied)\(end)")
    }
    let json = statement.json
    #expect(advice(": because no identity-based policy allows the s3:PutObject action") == "the policy lacks: \(json)")
    #expect(advice(": because no session policy allows it") == "the session policy lacks: \(json)")
    #expect(advice(": with an explicit deny in an identity-based policy") == nil)
    let open = "a policy denies it (the bucket's, the organisation's), or the policy lacks: \(json)"
    #expect(advice(": Access Denied") == open && advice(": because no") == open)
  }
}
