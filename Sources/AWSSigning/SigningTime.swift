import DeliveryModel

/// The moment of a signature, to the second.
struct SigningTime: Sendable {
  /// Days since 1970-01-01 UTC: the day the signing key is good for.
  let day: Int64
  /// `20150830T123600Z`, the value of `x-amz-date`.
  let text: String

  init(_ moment: Timestamp) {
    let date = moment.date
    day = date.daysSinceEpoch
    let second = (moment.milliseconds - day * 86_400_000) / 1000
    text = String(unsafeUninitializedCapacity: 16) { buffer in
      Self.write(date.year, digits: 4, to: buffer, at: 0)
      Self.write(date.month, digits: 2, to: buffer, at: 4)
      Self.write(date.day, digits: 2, to: buffer, at: 6)
      buffer[8] = UInt8(ascii: "T")
      Self.write(second / 3600, digits: 2, to: buffer, at: 9)
      Self.write(second / 60 % 60, digits: 2, to: buffer, at: 11)
      Self.write(second % 60, digits: 2, to: buffer, at: 13)
      buffer[15] = UInt8(ascii: "Z")
      return 16
    }
  }

  /// `20150830`, as the credential scope names the day.
  var date: Substring.UTF8View { text.utf8.prefix(8) }

  /// The last decimal digits of `value`, with leading zeros.
  private static func write(
    _ value: Int64, digits: Int, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int
  ) {
    var rest = value.magnitude
    for index in stride(from: start + digits - 1, through: start, by: -1) {
      buffer[index] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    }
  }
}
