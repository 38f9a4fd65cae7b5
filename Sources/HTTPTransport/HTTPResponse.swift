/// The final answer to a request; interim (1xx) answers are dropped.
package struct HTTPResponse: Sendable, Equatable {
  package var status: Int
  /// In the order received, names in lower case. A repeated header appears as often as it was sent.
  package var headers: [HTTPHeader]
  package var body: [UInt8]
  /// The request went out more than once, and an earlier one may have been carried out.
  package var wasSentAgain: Bool
  /// The body as it came, where ``body`` lacks secrets of the request: to be read, never to be shown.
  package var bodyAsSent: [UInt8]?
  /// Whether the answer repeated secrets of its request.
  package var repeatsSecrets = false
  /// What no text that is made of the answer may show.
  package var secrets = AnswerSecrets()

  package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = [], wasSentAgain: Bool = false) {
    self.status = status
    self.headers = headers
    self.body = body
    self.wasSentAgain = wasSentAgain
  }

  /// The first value of the header, whose name is given in lower case.
  package func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}

/// What of its request an answer may not show: for texts that appear only once something was decoded.
package struct AnswerSecrets: Sendable, Equatable {
  let scrubber: SecretScrubber?

  package init() { scrubber = nil }

  init(_ scrubber: SecretScrubber) { self.scrubber = scrubber }

  /// The text without them.
  package func removed(from text: String) -> String { scrubber?.scrubbed(text) ?? text }

  /// It is no part of what an answer says.
  package static func == (_: AnswerSecrets, _: AnswerSecrets) -> Bool { true }
}
