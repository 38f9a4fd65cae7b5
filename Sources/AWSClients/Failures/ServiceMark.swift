package import DeliveryModel
package import HTTPTransport

/// Whether an answer is certainly that of the service: a proxy's page, or that of a portal, does not bear its mark.
package enum ServiceMark {
  /// Whether the head has what the services put on each answer. Every header of S3's about an object begins with `x-amz-`
  /// too, so that a server that has no request ids is known by these.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html
  package static func isOn(_ response: HTTPResponse) -> Bool {
    response.headers.contains { $0.name.hasPrefix("x-amz-") || $0.name.hasPrefix("x-amzn-") }
  }

  /// Whether the failure is the service's own word: an error that it named, in an answer with a request id.
  package static func isOn(_ failure: ServiceFailure) -> Bool {
    guard failure.status != 0, failure.ids.request != nil else { return false }
    return !failure.code.hasPrefix("http-") && failure.code != "unparsable-answer"
  }
}
