import DeliveryModel
import Foundation
import Testing

@testable import AWSSigning

/// Ten thousand random requests, signed by botocore and by us. `S3LOGGERD_PYTHON` names a Python that has botocore.
@Suite("Against botocore")
struct DifferentialTests {
  @Test("every random request is signed the same")
  func sameSignatures() throws {
    let seed = UInt32.random(in: 0...UInt32.max)
    let cases = try DifferentialCase.generate(count: 10_000, seed: seed)
    #expect(cases.count == 10_000, "the generator must run: it needs Python 3 with botocore")
    var signers: [String: RequestSigner] = [:]
    var differences = 0
    for expected in cases where differences < 5 {
      let name = expected.service + "/" + expected.region
      var signer = signers[name] ?? expected.newSigner
      differences += difference(expected, signer: &signer, seed: seed) ? 1 : 0
      signers[name] = signer
    }
  }

  private func difference(_ expected: DifferentialCase, signer: inout RequestSigner, seed: UInt32) -> Bool {
    let added = signer.sign(expected.signable, credentials: expected.credentials, at: expected.moment)
    let canonicalRequest = String(decoding: signer.canonicalRequest.bytes, as: UTF8.self)
    // Compared as bytes: Swift's strings are equal if they are canonically equivalent.
    let isSame =
      canonicalRequest.utf8.elementsEqual(expected.canonicalRequest.utf8)
      && added.count == expected.added.count && added.allSatisfy { expected.added[$0.name] == $0.value }
    #expect(isSame, "seed \(seed): \(canonicalRequest) / \(expected.canonicalRequest) / \(added) / \(expected.added)")
    return !isSame
  }
}
