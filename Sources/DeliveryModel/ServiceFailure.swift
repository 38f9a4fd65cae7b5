/// The three services, each with a lane of its own: one can be blocked while the others go on.
package enum ServiceLane: String, Sendable, CaseIterable {
  case s3
  case dynamodb
  case sts

  /// The name a person knows.
  package var displayName: String {
    switch self {
    case .s3: "S3"
    case .dynamodb: "DynamoDB"
    case .sts: "STS"
    }
  }
}

/// What a failed request means for the delivery and for its lane.
package enum FailureClass: String, Sendable, CaseIterable {
  /// Transient: try again with backoff, for ever.
  case retry
  /// The service asks for fewer requests: back off longer, lower the lane's concurrency.
  case throttle
  /// Our clock is off: correct by the answer's `Date`, try once more.
  case skew
  /// The credentials expired: refresh once, try again.
  case refresh
  /// The multipart upload is gone or inconsistent: start it again from the first part.
  case restartUpload = "restart-upload"
  /// The bytes were not those that were hashed: look at the file again.
  case rehash
  /// An answer that claims success and does not prove it, from a server that can: as a ``retry`` for the lane, and the
  /// file is not sent again at once, for it may have been stored.
  case unproven
  /// The same, from a server that proves no upload at all: as ``blocked`` for the lane.
  case unprovable
  /// The file could not be read while it was sent: it is tried again, and nothing is said about the service.
  case unreadable
  /// A fault of the account, the credentials or the service's configuration: pause the lane, keep every file.
  case blocked
  /// A refusal that may be of this request alone or of all: the lane is paused once a second delivery is refused too, or
  /// the same one again, and nothing passed in between.
  case refused
  /// The service does not confirm this one delivery, and nothing is said about others: it waits by itself.
  case isolated
  /// The service refuses the object's key, in words that are its own: parked if it does so again while others pass.
  case keyRefused = "key-refused"
  /// A fault of this one file: park it.
  case item

  /// Whether the whole file may have to be sent again: then it waits longer, see ``RetrySchedule/restart(cap:)``.
  package var restarts: Bool {
    switch self {
    case .rehash, .restartUpload, .unproven, .unprovable: true
    default: false
    }
  }
}

/// What a service calls a request that failed; its support asks for both.
package struct RequestIDs: Hashable, Sendable {
  package var request: String?
  /// S3's second one (`x-amz-id-2`).
  package var host: String?

  package init(request: String? = nil, host: String? = nil) {
    self.request = request
    self.host = host
  }

  package static let none = RequestIDs()
}

/// A failed request, classified. Texts from outside are already escaped and bounded.
package struct ServiceFailure: Error, Hashable, Sendable {
  package var lane: ServiceLane
  package var failureClass: FailureClass
  /// The service's own code (`AccessDenied`) or one of ours (`transport-timeout`).
  package var code: String
  /// What happened, in words an administrator understands; at most 500 characters, never a secret.
  package var message: String
  /// ``message`` without the service's own words, which may name the file; nil where none are in it.
  package var sentence: String?
  /// Whose request failed; nil where it was about no file.
  package var subject: PathKey?
  /// The IAM action that was refused, such as `s3:PutObject`, where that is the fault.
  package var missingAction: String?
  /// The HTTP status, 0 if no answer came.
  package var status: Int
  package var ids: RequestIDs
  /// Whether the same request had been sent before, by the transport, and that sending had no answer.
  package var followsUnanswered = false
  /// How long the service asks us to wait.
  package var retryAfter: Duration?
  /// For ``FailureClass/skew``: server time minus the time we signed with.
  package var clockOffset: Duration?

  package init(
    lane: ServiceLane, failureClass: FailureClass, code: String, message: String, missingAction: String? = nil,
    status: Int = 0, ids: RequestIDs = .none, retryAfter: Duration? = nil, clockOffset: Duration? = nil
  ) {
    self.lane = lane
    self.failureClass = failureClass
    self.code = code
    self.message = message
    self.missingAction = missingAction
    self.status = status
    self.ids = ids
    self.retryAfter = retryAfter
    self.clockOffset = clockOffset
  }
}

extension ServiceFailure {
  /// What may be told to everybody who may look into the folders: the service's own words only where the file that they
  /// may name is one that `isShown`.
  package func told(_ isShown: (PathKey) -> Bool) -> String {
    guard let sentence, lane != .sts else { return message }
    return subject.map(isShown) == true ? message : sentence
  }

  /// The same failure in other words: `change` gets the message, and what may always be told of it.
  package func reworded(_ change: (String) -> String) -> ServiceFailure {
    var copy = self
    copy.message = change(message)
    copy.sentence = sentence.map(change)
    return copy
  }
}
