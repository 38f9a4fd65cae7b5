import DeliveryModel
import Testing

@testable import AWSClients

@Suite("Which refusals other credentials might not meet")
struct CredentialDoubtTests {
  private func failure(_ code: String, _ failureClass: FailureClass) -> ServiceFailure {
    ServiceFailure(lane: .s3, failureClass: failureClass, code: code, message: "no")
  }

  @Test(
    "the key's own refusals, in the names of all services",
    arguments: [
      "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException", "InvalidClientTokenId",
      "UnrecognizedClientException", "ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired",
    ])
  func key(code: String) {
    for failureClass in [FailureClass.blocked, .refresh] {
      #expect(failure(code, failureClass).doubtsCredentials)
      #expect(failure(code, failureClass).blamesKey)
    }
    #expect(!failure(code, .skew).doubtsCredentials, "the clock is another matter")
    #expect(failure(code, .blocked).withRestartHint.message.hasSuffix("systemctl restart s3loggerd"))
  }

  @Test("a refusal by policy may be one of the session, and says nothing of the key")
  func policy() {
    for code in ["AccessDenied", "AccessDeniedException", "http-403"] {
      #expect(failure(code, .blocked).doubtsCredentials)
      #expect(!failure(code, .blocked).blamesKey)
    }
  }

  @Test("whatever else is wrong", arguments: ["NoSuchBucket", "SlowDown", "transport-tls", "http-400"])
  func other(code: String) {
    #expect(!failure(code, .blocked).doubtsCredentials)
  }
}
