import DeliveryModel
import HTTPTransport

/// How long a service asks us to wait.
enum RetryAfter {
  /// Reads `x-amz-retry-after` (milliseconds), else `retry-after` (seconds or a date). A value that makes no sense is
  /// left out; more than a day is taken as a day.
  static func duration(_ response: HTTPResponse, now: Timestamp) -> Duration? {
    if let milliseconds = number(response.header("x-amz-retry-after")) {
      return min(.milliseconds(milliseconds), .seconds(86_400))
    }
    guard let text = response.header("retry-after") else { return nil }
    if let seconds = number(text) { return min(.seconds(seconds), .seconds(86_400)) }
    guard let date = ServiceDate.http(text), date > now else { return nil }
    return min(date - now, .seconds(86_400))
  }

  private static func number(_ text: String?) -> Int64? {
    guard let text, 1...12 ~= text.utf8.count, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int64(text)
  }
}
