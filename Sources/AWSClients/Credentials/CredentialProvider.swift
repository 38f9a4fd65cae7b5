package import AWSSigning
package import DeliveryModel

/// Something that can say which credentials to use.
package protocol CredentialProvider: Sendable {
  /// Looks anew on every call, so that a replaced file or key is picked up. Throws a failure of the lane `.sts`, with
  /// the reason in plain words and never a secret; ends early with the calling task.
  func credentials() async throws(ServiceFailure) -> AWSCredentials
}

/// One place where credentials may be found.
protocol CredentialSource: Sendable {
  /// As a person knows the place.
  var name: String { get }

  /// Nil where the place is not in use; throws where it is in use and wrong.
  func load() async throws(ServiceFailure) -> AWSCredentials?
}

/// The places in order; the first in use decides, even if what it holds is wrong.
struct CredentialChain: CredentialProvider {
  let sources: [any CredentialSource]

  func credentials() async throws(ServiceFailure) -> AWSCredentials {
    for source in sources {
      if let found = try await source.load() { return found }
    }
    let places = sources.map(\.name).joined(separator: ", ")
    throw .credentials("no-credentials", "no AWS credentials were found; looked at: \(places)")
  }
}

extension ServiceFailure {
  /// A fault of the configured credentials: it blocks, and is looked at again later.
  static func credentials(_ code: String, _ message: String) -> ServiceFailure {
    ServiceFailure(lane: .sts, failureClass: .blocked, code: code, message: BoundedText.cut(message))
  }
}
