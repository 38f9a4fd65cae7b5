import Foundation
import Testing

@testable import AWSSigning

@Suite("AWS's signing suite")
struct SigningSuiteTests {
  @Test("is here whole")
  func count() throws {
    #expect(try SuiteCase.all().count == 38)
  }

  @Test("passes: canonical request, string to sign, signature and header", arguments: try SuiteCase.all())
  func passes(_ suiteCase: SuiteCase) throws {
    var signer = suiteCase.signer
    let request = try SuiteRequest(parsing: suiteCase.text("request.txt")).signable
    let added = signer.sign(request, credentials: suiteCase.credentials, at: suiteCase.moment)
    let authorization = try #require(added.first { $0.name == "authorization" }?.value)

    let canonicalRequest = String(decoding: signer.canonicalRequest.bytes, as: UTF8.self)
    #expect(try canonicalRequest == suiteCase.text("header-canonical-request.txt"))
    #expect(try String(decoding: signer.stringToSign, as: UTF8.self) == suiteCase.text("header-string-to-sign.txt"))
    #expect(try authorization.hasSuffix("Signature=" + suiteCase.text("header-signature.txt")))
    let signed = try suiteCase.text("header-signed-request.txt").split(separator: "\n")
    #expect(signed.contains("Authorization:" + authorization))
    for header in added where header.name != "authorization" {
      #expect(signed.contains { $0.lowercased() == (header.name + ":" + header.value).lowercased() })
    }
  }
}
