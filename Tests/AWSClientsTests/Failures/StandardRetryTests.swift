import DeliveryModel
import Testing

@testable import AWSClients

/// The steps that the AWS SDKs publish for their standard mode of 2026, with the jitter at its upper end.
@Suite("Standard retry mode")
struct StandardRetryTests {
  struct Step: Sendable {
    var failureClass: FailureClass? = .retry
    var retryAfter: Duration?
    /// Expected: the tokens left, and the delay; nil where the request is given up.
    var tokens: Int
    var milliseconds: Int64?
  }

  struct Vector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var rules = StandardRetry.Rules()
    var tokens = RetryQuota.capacity
    var steps: [Step]
  }

  private static func vector(
    _ name: String, rules: StandardRetry.Rules = .init(), tokens: Int = RetryQuota.capacity, _ steps: Step...
  ) -> Vector {
    Vector(testDescription: name, rules: rules, tokens: tokens, steps: steps)
  }

  private static func hint(_ milliseconds: Int64?, _ delay: Int64) -> Vector {
    vector(
      "retry-after \(milliseconds.map(String.init) ?? "invalid")",
      Step(retryAfter: milliseconds.map { .milliseconds($0) }, tokens: 486, milliseconds: delay))
  }

  static let vectors = [
    vector(
      "500, 500, 200", Step(tokens: 486, milliseconds: 50), Step(tokens: 472, milliseconds: 100),
      Step(failureClass: nil, tokens: 486)),
    vector(
      "502 three times", Step(tokens: 486, milliseconds: 50), Step(tokens: 472, milliseconds: 100), Step(tokens: 472)),
    vector("quota of one retry", tokens: 14, Step(tokens: 0, milliseconds: 50), Step(tokens: 0)),
    vector("quota of no retry", tokens: 13, Step(tokens: 13)),
    vector("quota of 20", tokens: 20, Step(tokens: 6, milliseconds: 50), Step(tokens: 6)),
    vector(
      "five attempts", rules: .init(maximumAttempts: 5), Step(tokens: 486, milliseconds: 50),
      Step(tokens: 472, milliseconds: 100), Step(tokens: 458, milliseconds: 200), Step(tokens: 444, milliseconds: 400),
      Step(tokens: 444)),
    vector(
      "delay capped at 200 ms", rules: .init(maximumAttempts: 5, cap: .milliseconds(200)),
      Step(tokens: 486, milliseconds: 50),
      Step(tokens: 472, milliseconds: 100), Step(tokens: 458, milliseconds: 200), Step(tokens: 444, milliseconds: 200)),
    vector(
      "throttled, 200", Step(failureClass: .throttle, tokens: 495, milliseconds: 1000),
      Step(failureClass: nil, tokens: 500)),
    vector(
      "DynamoDB", rules: .of(.dynamodb), Step(tokens: 486, milliseconds: 25), Step(tokens: 472, milliseconds: 50),
      Step(tokens: 458, milliseconds: 100), Step(tokens: 458)),
    vector("200 at once", tokens: 490, Step(failureClass: nil, tokens: 491)),
    vector("200 with all tokens", Step(failureClass: nil, tokens: 500)),
    hint(1500, 1500), hint(0, 50), hint(10_000, 5050), hint(nil, 50),
  ]

  @Test("a request is repeated as the SDKs do it", arguments: vectors)
  func steps(_ vector: Vector) {
    var retry = StandardRetry()
    var quota = RetryQuota(tokens: vector.tokens)
    for step in vector.steps {
      if let failureClass = step.failureClass {
        let failure = ServiceFailure(
          lane: .s3, failureClass: failureClass, code: "", message: "", retryAfter: step.retryAfter)
        let delay = retry.delay(after: failure, vector.rules, &quota, random: 1)
        #expect(delay == step.milliseconds.map { .milliseconds($0) })
      } else {
        retry.succeeded(&quota)
      }
      #expect(quota.tokens == step.tokens)
    }
  }

  @Test(
    "what no repetition mends is not repeated",
    arguments: [FailureClass.blocked, .item, .rehash, .unreadable, .restartUpload, .skew, .refresh])
  func others(_ failureClass: FailureClass) {
    var retry = StandardRetry()
    var quota = RetryQuota()
    let failure = ServiceFailure(lane: .s3, failureClass: failureClass, code: "", message: "")
    #expect(retry.delay(after: failure, .of(.s3), &quota, random: 0.5) == nil)
    #expect(quota.tokens == RetryQuota.capacity)
  }

  @Test("the delay is between nothing and its longest", arguments: [0.0, 0.25, 0.999])
  func jitter(random: Double) throws {
    var retry = StandardRetry()
    var quota = RetryQuota()
    let failure = ServiceFailure(lane: .s3, failureClass: .throttle, code: "", message: "")
    let delay = try #require(retry.delay(after: failure, .of(.s3), &quota, random: random))
    #expect(delay >= .zero && delay <= .seconds(1))
  }
}
