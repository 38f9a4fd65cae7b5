package import Cryptography
package import DeliveryModel

/// Verifies `SHA256SUMS`: signed by the day's key, of the day's files, and right.
package enum DaySums {
  /// The files that it names, no other.
  package static let names = [DayTexts.entries, DayTexts.checkpoint, DayTexts.signingKey, "LEGGIMI.txt", "README.txt"]

  /// What is wrong. `digests` has the SHA-256 of each file that is there, by its name; `key` is nil where the day's key cannot
  /// be read, and then nothing is said of the signature.
  package static func problems(
    place: String, sums: [UInt8]?, signature: [UInt8]?, key: VerifyingKey?, digests: [String: SHA256Digest]
  ) -> [CustodyProblem] {
    func problem(_ kind: CustodyProblem.Kind) -> CustodyProblem {
      CustodyProblem(place: place, sequence: nil, kind: kind)
    }
    guard let sums else { return [problem(.missingFile(DayTexts.sums))] }
    guard let signature else { return [problem(.missingFile(DayTexts.sumsSignature))] }
    if let key, !key.isValid(signature, for: sums) { return [problem(.changedFile(DayTexts.sums))] }
    guard let named = parse(sums) else { return [problem(.changedFile(DayTexts.sums))] }
    return names.compactMap { name in
      guard let digest = digests[name] else { return problem(.missingFile(name)) }
      return named[name] == digest ? nil : problem(.changedFile(name))
    }
  }

  /// Lines of 64 digits, two spaces and a name, as `sha256sum` writes them; nil for anything else, and for other names than a
  /// day's.
  private static func parse(_ sums: [UInt8]) -> [String: SHA256Digest]? {
    guard sums.count <= 64 << 10, sums.last == UInt8(ascii: "\n") else { return nil }
    var named: [String: SHA256Digest] = [:]
    for line in sums.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let text = String(decoding: line, as: UTF8.self)
      let name = String(text.dropFirst(66))
      guard names.contains(name), named[name] == nil, text.dropFirst(64).prefix(2) == "  ",
        let digest = SHA256Digest(hex: String(text.prefix(64)))
      else { return nil }
      named[name] = digest
    }
    return named.count == names.count ? named : nil
  }
}
