/// A request as it arrived at the test server.
struct ServedRequest: Sendable {
  var method = ""
  /// The request target, byte for byte.
  var target = ""
  /// Names as they were sent.
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// Which connection it came on, from 0 in the order of arrival.
  var connection = 0
  /// Which request of that connection it is, from 0.
  var ordinal = 0

  /// Every value of the header, whatever the case of its name.
  func values(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name }.map(\.value)
  }
}

/// What the test server does next on the connection.
enum Reply: Sendable {
  /// Sends these bytes and waits for the next request.
  case answer(String)
  /// Sends these bytes, then closes.
  case answerAndClose(String)
  /// Sends these bytes again and again until the other side closes.
  case endless(String)
  /// Sends each of these after a pause, then waits for the next request.
  case slowly([String], pause: Duration)
  /// Sends these bytes; from then on its kernel drops what comes without a word, as behind a firewall that has forgotten
  /// the connection.
  case answerAndVanish(String)
  /// Reads the body as slowly as this, in bytes a second, then sends these bytes.
  case readSlowly(Int, then: String)
  /// Reads nothing and says nothing until the other side closes.
  case silence

  static let close = Reply.answerAndClose("")

  /// A complete answer with a body.
  static func status(_ status: Int, headers: String = "", body: String = "") -> Reply {
    .answer("HTTP/1.1 \(status) X\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)")
  }
}
