/// Which check of a time-stamping authority's answer failed. Nothing of such an answer is kept.
package enum TimeStampError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It is no answer of RFC 3161 in DER, or bytes follow it.
  case malformed
  /// The authority did not stamp: its status (RFC 3161 section 2.4.2) and its own words.
  case refused(status: Int, text: String)
  /// It stamps other bytes.
  case imprint
  /// It does not repeat the request's nonce: an earlier answer, or another's.
  case nonce
  /// The certificates given to check against cannot be read.
  case authority(String)
  /// The signature does not fit the stamp, or its certificate is missing.
  case signature(String)
  /// The certificate does not lead to one of those trusted, or was not valid at the stamp's own time.
  case chain(String)
  /// The stamp's time cannot be read.
  case time(String)

  package var description: String {
    switch self {
    case .malformed: "the answer is no time stamp of RFC 3161"
    case .refused(let status, let text):
      "the authority refused (status \(status)\(text.isEmpty ? "" : ": \(text)"))"
    case .imprint: "the stamp is over other bytes"
    case .nonce: "the stamp does not repeat the number of the request"
    case .authority(let text): "the authority's certificates cannot be read (\(text))"
    case .signature(let text): "the stamp's signature is not right (\(text))"
    case .chain(let text): "the stamp's certificate does not lead to a trusted one (\(text))"
    case .time(let text): "the stamp's time cannot be read (\(text))"
    }
  }
}
