import HTTPTransport
import Testing

@testable import Alerts

@Suite struct WebhookSignatureTests {
  private static let body = Array(#"{"test": 2432232314}"#.utf8)

  @Test("The signature is that of the published example")
  func published() throws {
    // https://docs.svix.com/receiving/verifying-payloads/how-manual
    let signature = try WebhookSignature(keyFile: Array("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n".utf8))
    let headers = signature.headers(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Self.body)
    #expect(
      headers == [
        HTTPHeader("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"), HTTPHeader("webhook-timestamp", "1614265330"),
        HTTPHeader("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
      ])
  }

  @Test("Key, name, moment and body all count")
  func parts() throws {
    let keys = ["0123456789abcdefghijklmn", "0123456789abcdefghijklmo"]
    var found: Set<String> = []
    for key in keys {
      let signature = try WebhookSignature(keyFile: Array(key.utf8))
      for (id, seconds, body) in [("a", 1, [UInt8(1)]), ("b", 1, [1]), ("a", 2, [1]), ("a", 1, [2])]
        as [(String, Int64, [UInt8])]
      {
        found.insert(signature.headers(id: id, seconds: seconds, body: body)[2].value)
      }
    }
    #expect(found.count == 8)
  }

  @Test(
    "A key that is none is refused in words that do not show it",
    arguments: ["", "   \n", "too short to be a key", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all!!!!"])
  func refused(text: String) throws {
    let fault = #expect(throws: WebhookFault.self) { try WebhookSignature(keyFile: Array(text.utf8)) }
    let secret = text.replacing("whsec_", with: "").trimmed
    #expect(secret.isEmpty || fault?.message.contains(secret) == false)
  }

  @Test("2xx is taken, nothing else; the receiver's wish to wait is heard")
  func judging() {
    #expect(WebhookPost.judge(HTTPResponse(status: 204)) == .delivered)
    for status in [301, 400, 410, 500] {
      guard case .failed(let reason, nil) = WebhookPost.judge(HTTPResponse(status: status)) else {
        Issue.record("\(status) is no success")
        continue
      }
      #expect(reason.contains("\(status)"))
    }
    let busy = HTTPResponse(status: 429, headers: [HTTPHeader("retry-after", "30")])
    #expect(WebhookPost.judge(busy) == .failed("it answers 429", retryAfter: .seconds(30)))
  }
}
