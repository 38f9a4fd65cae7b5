import DeliveryModel
import Foundation
import Testing

@testable import Cryptography

@Suite("Time stamps (RFC 3161)")
struct TimeStampTests {
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
  static let imprint = SHA256.digest(of: "checkpoint".utf8)
  static let nonce: UInt64 = 0x0123_4567_89ab_cdef

  func fixture(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: Self.fixtures.appending(path: name))) }

  @Test("a request is written as openssl writes it")
  func request() throws {
    #expect(TimeStampRequest(imprint: Self.imprint, nonce: Self.nonce).der == (try fixture("request.tsq")))
  }

  @Test("a granted stamp is verified as of its own time, with its nonce and without")
  func granted() throws {
    let reply = try fixture("granted.tsr")
    let stamp = try TimeStampReply(
      verifying: reply, imprint: Self.imprint, nonce: Self.nonce, authorities: fixture("authority.pem"))
    #expect(TimeStampReply.claimedTime(of: reply) == stamp.time)
    #expect(stamp.time.iso8601.hasPrefix("20"))
    #expect(!stamp.token.isEmpty && stamp.reply == reply)
    let both = try fixture("other.pem") + fixture("authority.pem")
    #expect(
      try TimeStampReply(verifying: reply, imprint: Self.imprint, nonce: nil, authorities: both).time == stamp.time)
  }

  @Test("the error names the check that failed")
  func failures() throws {
    let reply = try fixture("granted.tsr")
    let authority = try fixture("authority.pem")
    func error(_ reply: [UInt8], _ imprint: SHA256Digest, _ nonce: UInt64?, _ authorities: [UInt8]) -> TimeStampError? {
      do throws(TimeStampError) {
        _ = try TimeStampReply(verifying: reply, imprint: imprint, nonce: nonce, authorities: authorities)
        return nil
      } catch {
        return error
      }
    }
    #expect(error(reply, SHA256.digest(of: "other".utf8), Self.nonce, authority) == .imprint)
    #expect(error(reply, Self.imprint, Self.nonce + 1, authority) == .nonce)
    #expect(error(Array(reply.dropLast()), Self.imprint, Self.nonce, authority) == .malformed)
    #expect(error(reply + [0], Self.imprint, Self.nonce, authority) == .malformed)
    #expect(error([], Self.imprint, Self.nonce, authority) == .malformed)
    guard case .refused(2, let words)? = error(try fixture("refused.tsr"), Self.imprint, Self.nonce, authority) else {
      Issue.record("a refusal must say so")
      return
    }
    #expect(words == "Message digest algorithm is not supported.")
    guard case .chain? = error(reply, Self.imprint, Self.nonce, try fixture("other.pem")) else {
      Issue.record("another authority's chain must not do")
      return
    }
    guard case .authority? = error(reply, Self.imprint, Self.nonce, Array("no PEM".utf8)) else {
      Issue.record("no certificate is no authority")
      return
    }
  }

  @Test("no bit of a stamp may change")
  func changed() throws {
    let reply = try fixture("granted.tsr")
    let authority = try fixture("authority.pem")
    // The signature is the last thing in the token.
    for place in stride(from: reply.count - 200, to: reply.count, by: 13) {
      var other = reply
      other[place] ^= 4
      #expect(throws: TimeStampError.self) {
        try TimeStampReply(verifying: other, imprint: Self.imprint, nonce: Self.nonce, authorities: authority)
      }
    }
  }

  @Test("a certificate that had expired when the stamp was made does not do")
  func expired() throws {
    let parsed = try ParsedTimeStamp(fixture("granted.tsr"))
    let late = try TrustedCertificates(
      pem: fixture("authority.pem"), at: parsed.time() + .seconds(100 * 86_400))
    do throws(TimeStampError) {
      try parsed.checkSignature(Self.imprint, late)
      Issue.record("an expired certificate was taken")
    } catch {
      guard case .chain(let text) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(text.contains("certificate"))
    }
  }
}
