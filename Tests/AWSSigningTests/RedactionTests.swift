import Cryptography
import DeliveryModel
import Testing

@testable import AWSSigning

@Suite("Secrets stay secret")
struct RedactionTests {
  private static let credentials = AWSCredentials(
    accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI", sessionToken: "AQoDYXdzEPT",
    expiration: Timestamp(milliseconds: 0))

  private struct Holder { var inner: AWSCredentials? }

  /// Every way by which a value becomes text without anyone's intent.
  private func texts(of value: Any) -> [String] {
    var dumped = ""
    dump(value, to: &dumped)
    let children = Mirror(reflecting: value).children.map { "\($0)" }
    return [String(describing: value), String(reflecting: value), "\(value)", "\([value])", dumped] + children
  }

  @Test(
    "in credentials, alone or held by something",
    arguments: [credentials, Holder(inner: credentials)] as [any Sendable])
  func inCredentials(_ value: any Sendable) {
    for text in texts(of: value) + texts(of: ["x": value]) + texts(of: Optional(value) as Any) {
      #expect(!text.contains("wJalrXUtnFEMI") && !text.contains("AQoDYXdzEPT") && !text.contains("AKIA"), "\(text)")
    }
  }

  @Test("in a signer, whose buffers hold the token")
  func inSigner() {
    var signer = RequestSigner(
      service: "sts", region: "us-east-1", normalizesPath: true, doubleEncodesPath: true, signsContentHash: false)
    let request = SignableRequest(
      method: "POST", path: "/", headers: [("host", "sts.amazonaws.com")], payload: .digest(SHA256.digest(of: [])))
    _ = signer.sign(request, credentials: Self.credentials, at: Timestamp(milliseconds: 0))
    for text in texts(of: signer) {
      #expect(!text.contains("wJalrXUtnFEMI") && !text.contains("AQoDYXdzEPT"))
      #expect(!text.contains("65, 81, 111, 68") && !text.contains("- 65\n"), "bytes of the token: \(text)")
    }
  }

  @Test("while the description tells one key from another, and how long it lasts")
  func whatIsShown() {
    #expect("\(Self.credentials)" == "AWS credentials …MPLE until 1970-01-01T00:00:00.000Z")
    let hostile = AWSCredentials(accessKeyID: "AKIAIOSFODNN7EXA\u{1b}[2", secretAccessKey: "s")
    #expect("\(hostile)" == "AWS credentials …A\\x1b[2")
    #expect("\(AWSCredentials(accessKeyID: "short", secretAccessKey: "s"))" == "AWS credentials …")
  }
}
