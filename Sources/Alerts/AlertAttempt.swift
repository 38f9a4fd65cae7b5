/// How an attempt to tell somebody ended.
package enum AlertAttempt: Sendable, Equatable {
  case delivered
  /// The reason in words without a secret; how long the receiver asks to be left alone.
  case failed(String, retryAfter: Duration? = nil)
}
