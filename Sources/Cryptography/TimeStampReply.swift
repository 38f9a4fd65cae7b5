package import DeliveryModel

/// A time-stamping authority's answer (RFC 3161 section 2.4.2) that was verified: that some bytes existed at a moment.
package struct TimeStampReply: Sendable, Equatable {
  /// When, by the authority's clock.
  package let time: Timestamp
  /// The answer as it came, which `openssl ts -verify -in` reads.
  package let reply: [UInt8]
  /// The token within it (`TimeStampToken`, a CMS structure in DER), which other tools ask for.
  package let token: [UInt8]

  /// Verifies an answer: granted, over `imprint`, with `nonce` repeated, signed, and by a certificate for time stamps that
  /// leads to one of `authorities` (PEM, one or more) at the stamp's own time: certificates expire sooner than stamps.
  ///
  /// `nonce` nil: an answer that was kept, whose request is gone.
  package init(
    verifying reply: [UInt8], imprint: SHA256Digest, nonce: UInt64?, authorities: some Collection<UInt8>
  ) throws(TimeStampError) {
    let parsed = try ParsedTimeStamp(reply)
    try parsed.checkStatus()
    let moment = try parsed.time()
    try parsed.checkImprint(imprint)
    if let nonce { try parsed.checkNonce(nonce, imprint) }
    try parsed.checkSignature(imprint, TrustedCertificates(pem: Array(authorities), at: moment))
    time = moment
    self.reply = reply
    token = parsed.token
  }

  /// The time that an answer claims, before anything of it is verified; nil where it holds none.
  package static func claimedTime(of reply: [UInt8]) -> Timestamp? {
    try? ParsedTimeStamp(reply).time()
  }
}
