package import AWSSigning
package import DeliveryModel

/// Credentials and where they come from.
package struct SourcedCredentials: Sendable, Equatable {
  package var credentials: AWSCredentials
  /// As a person knows the place: `the environment (AWS_ACCESS_KEY_ID)`.
  package var source: String
  /// What was handed over when the service started: however often it is read, it stays the same.
  package var isCopy: Bool
  /// They are used past their end as long as nothing newer can be had and no service refuses them.
  package var mayOutlast: Bool

  package init(_ credentials: AWSCredentials, from source: String, isCopy: Bool = false, mayOutlast: Bool = false) {
    self.credentials = credentials
    self.source = source
    self.isCopy = isCopy
    self.mayOutlast = mayOutlast
  }
}

/// Something that can say which credentials to use.
package protocol CredentialProvider: Sendable {
  /// Looks anew on every call, so that a replaced file or key is picked up. Throws a failure of the lane `.sts`, with
  /// the reason in plain words and never a secret; ends early with the calling task.
  func find() async throws(ServiceFailure) -> SourcedCredentials
}

/// One place where credentials may be found.
protocol CredentialSource: Sendable {
  /// As a person knows the place.
  var name: String { get }

  /// As ``SourcedCredentials/isCopy``.
  var isCopy: Bool { get }

  /// As ``SourcedCredentials/mayOutlast``.
  var mayOutlast: Bool { get }

  /// Throws where the place is in use and wrong.
  func look() async throws(ServiceFailure) -> SourceAnswer
}

extension CredentialSource {
  var isCopy: Bool { false }
  var mayOutlast: Bool { false }
}

/// What a look at one place gave.
enum SourceAnswer: Sendable, Equatable {
  case found(AWSCredentials)
  /// The place is not in use; the reason in a few words.
  case absent(String)
}

/// The places in order; the first in use decides, even if what it holds is wrong.
struct CredentialChain: CredentialProvider {
  let sources: [any CredentialSource]

  func find() async throws(ServiceFailure) -> SourcedCredentials {
    var reasons: [String] = []
    for source in sources {
      switch try await source.look() {
      case .found(let credentials):
        return SourcedCredentials(
          credentials, from: source.name, isCopy: source.isCopy, mayOutlast: source.mayOutlast)
      case .absent(let reason): reasons.append("\(source.name): \(reason)")
      }
    }
    throw .credentials("no-credentials", "no AWS credentials were found: " + reasons.joined(separator: "; "))
  }
}

extension ServiceFailure {
  /// A fault of the configured credentials: it blocks, and is looked at again later.
  static func credentials(_ code: String, _ message: String) -> ServiceFailure {
    ServiceFailure(lane: .sts, failureClass: .blocked, code: code, message: BoundedText.cut(message))
  }
}
