import DeliveryModel

/// A request that failed for a moment and is sent again within the same attempt.
struct RestingRequest: Sendable, Equatable {
  var number: Int64
  /// The part, for one of a multipart upload.
  var part: Int?
  var until: ContinuousClock.Instant
}
