import DeliveryModel
import HTTPTransport
import Testing

@testable import AWSClients

@Suite("Clock skew")
struct ClockSkewTests {
  private func classify(_ code: String, date: String?, tookSeconds: Int64 = 1, serverTime: String = "")
    -> ServiceFailure
  {
    let body = "<Error><Code>\(code)</Code><ServerTime>\(serverTime)</ServerTime></Error>"
    return FailureClassifier.classify(
      ServiceCall(.putObject, on: "b"), response: answer(403, date.map { ["date": $0] } ?? [:], body),
      signedAt: signedAt, now: signedAt + .seconds(tookSeconds))
  }

  @Test("a signature error is a clock error where the server's date differs by more than 300 s")
  func probable() {
    for code in ["SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"] {
      let ahead = classify(code, date: "Tue, 24 Nov 2026 10:47:09 GMT")
      #expect(ahead.failureClass == .skew)
      #expect(ahead.clockOffset == .seconds(301))
      #expect(ahead.message.hasPrefix("this machine's clock is 301 s behind S3"))
      let behind = classify(code, date: "Tue, 24 Nov 2026 10:37:06 GMT")
      #expect(behind.clockOffset == .seconds(-301))
      let equal = classify(code, date: "Tue, 24 Nov 2026 10:47:08 GMT")
      #expect(equal.failureClass == .blocked)
      #expect(equal.clockOffset == nil)
      #expect(classify(code, date: nil).failureClass == .blocked)
    }
  }

  @Test("a certain clock error has the offset, unless it is under 60 s")
  func definite() {
    #expect(classify("RequestTimeTooSkewed", date: "Tue, 24 Nov 2026 11:42:08 GMT").clockOffset == .seconds(3600))
    let small = classify("RequestTimeTooSkewed", date: "Tue, 24 Nov 2026 10:43:07 GMT")
    #expect(small.failureClass == .skew)
    #expect(small.clockOffset == nil)
    let named = classify("RequestTimeTooSkewed", date: nil, serverTime: "2026-11-24T11:42:08Z")
    #expect(named.clockOffset == .seconds(3600))
  }

  @Test("a long upload is not taken for a wrong clock")
  func longUpload() {
    let failure = classify("SignatureDoesNotMatch", date: "Tue, 24 Nov 2026 11:42:07 GMT", tookSeconds: 3600)
    #expect(failure.failureClass == .blocked)
  }
}
