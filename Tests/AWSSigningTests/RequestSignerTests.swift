import Cryptography
import DeliveryModel
import Testing

@testable import AWSSigning

@Suite("The signer")
struct RequestSignerTests {
  private let request = SignableRequest(
    method: "PUT", path: "/key", headers: [("host", "b.s3.amazonaws.com")], payload: .digest(SHA256.digest(of: [])))
  private let credentials = AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "first")
  private let noon = Timestamp(milliseconds: 1_440_936_000_000)

  private static func signer(region: String = "us-east-1") -> RequestSigner {
    RequestSigner(
      service: "s3", region: region, normalizesPath: false, doubleEncodesPath: false, signsContentHash: true)
  }

  private func fresh(_ credentials: AWSCredentials, at moment: Timestamp, region: String = "us-east-1") -> String? {
    var signer = Self.signer(region: region)
    return signer.sign(request, credentials: credentials, at: moment).first?.value
  }

  @Test("derives a key once for all requests of a day, to the last second, and its date is that of UTC")
  func oneDay() {
    var signer = Self.signer()
    let midnight = Timestamp(milliseconds: 1_440_892_800_000)
    for moment in [midnight, noon, midnight + .milliseconds(86_399_999)] {
      let authorization = signer.sign(request, credentials: credentials, at: moment).first?.value
      #expect(authorization?.contains("AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request") == true)
    }
    #expect(signer.derivations == 1)
  }

  @Test("derives anew on a new day and for a new secret, and back again")
  func newKeys() {
    var signer = Self.signer()
    let other = AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "second")
    let tomorrow = noon + .seconds(86_400)
    let steps = [(credentials, noon), (credentials, tomorrow), (other, tomorrow), (credentials, noon), (other, noon)]
    for (index, (credentials, moment)) in steps.enumerated() {
      let authorization = signer.sign(request, credentials: credentials, at: moment).first?.value
      #expect(authorization == fresh(credentials, at: moment))
      #expect(signer.derivations == index + 1)
    }
  }

  @Test("signs differently in another region")
  func regions() {
    let signatures = ["us-east-1", "eu-south-1"].compactMap {
      fresh(credentials, at: noon, region: $0)?.split(separator: "Signature=").last
    }
    #expect(Set(signatures).count == 2)
  }

  @Test("keeps the key when the access key's id or the token alone changes, and uses the new ones")
  func sameSecret() {
    var signer = Self.signer()
    _ = signer.sign(request, credentials: credentials, at: noon)
    let renamed = AWSCredentials(accessKeyID: "ASIAOTHER", secretAccessKey: "first", sessionToken: "token")
    let added = signer.sign(request, credentials: renamed, at: noon)
    #expect(signer.derivations == 1)
    #expect(added.first?.value.contains("Credential=ASIAOTHER/") == true)
    #expect(added.contains { $0.name == "x-amz-security-token" && $0.value == "token" })
  }

  @Test("signs a body that is left to TLS as S3 wants it")
  func unsignedBody() {
    var signer = Self.signer()
    var unsigned = request
    unsigned.payload = .unsigned
    let added = signer.sign(unsigned, credentials: credentials, at: noon)
    #expect(added.contains { $0.name == "x-amz-content-sha256" && $0.value == "UNSIGNED-PAYLOAD" })
    #expect(String(decoding: signer.canonicalRequest.bytes, as: UTF8.self).hasSuffix("\nUNSIGNED-PAYLOAD"))
  }

  @Test(
    "takes the second in which a moment lies, before 1970 too",
    arguments: [
      (0, "19700101T000000Z"), (999, "19700101T000000Z"), (-1, "19691231T235959Z"),
      (1_456_704_001_500, "20160229T000001Z"), (4_102_444_799_999, "20991231T235959Z"),
    ])
  func times(milliseconds: Int64, text: String) {
    #expect(SigningTime(Timestamp(milliseconds: milliseconds)).text == text)
  }
}
