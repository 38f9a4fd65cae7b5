package import DeliveryModel

/// `[alerts]`: who is told of what, without asking.
package struct AlertSettings: Sendable, Equatable {
  /// A receiver of JSON over HTTP.
  package struct Webhook: Sendable, Equatable {
    /// Where the URL is written; it may hold a password.
    package enum Address: Sendable, Equatable {
      case url(String)
      /// The absolute path of a file with nothing else in it.
      case file(String)
    }

    package let address: Address
    /// The absolute path of the file with the key that requests are signed with.
    package let secretFile: String
    /// The longest that a request may take.
    package let timeout: Duration
    /// A PEM file of certificate authorities to trust instead of the system's.
    package let caBundle: String?
    /// `http(s)://host[:port]`; nil for none.
    package let proxy: String?
  }

  /// A program that is run.
  package struct Command: Sendable, Equatable {
    /// At least one; the first is the absolute path of the program.
    package let arguments: [String]
    package let timeout: Duration
  }

  package let webhook: Webhook?
  package let command: Command?
  /// Never ``AlertNotice/Event/digest``, which has its own key.
  package let events: Set<AlertNotice.Event>
  /// How long a file may wait before somebody is told; only with that event.
  package let oldestPending: Duration?
  /// The local time of the daily digest, in minutes since midnight; nil for none.
  package let digest: Int?

  /// What the journal is to write down; nil where nobody is told of anything.
  package var policy: AlertPolicy? {
    let channels: [AlertChannel] = (webhook == nil ? [] : [.webhook]) + (command == nil ? [] : [.command])
    return channels.isEmpty ? nil : AlertPolicy(channels: channels, events: events)
  }
}
