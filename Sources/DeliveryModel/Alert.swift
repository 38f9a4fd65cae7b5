/// A notice on its way to one receiver.
package struct Alert: Sendable, Equatable {
  package var channel: AlertChannel
  package var id: String
  package var notice: AlertNotice
  /// Of how many notices of its cause it tells: `notice` is the last of them.
  package var count: Int
  /// Failures so far.
  package var tries: Int

  package init(channel: AlertChannel, id: String, notice: AlertNotice, count: Int, tries: Int) {
    self.channel = channel
    self.id = id
    self.notice = notice
    self.count = count
    self.tries = tries
  }
}

/// Where alerts go. The raw value is part of the journal's schema.
package enum AlertChannel: Int64, Sendable, CaseIterable {
  case webhook = 0
  case command = 1

  package var name: String {
    switch self {
    case .webhook: "webhook"
    case .command: "command"
    }
  }
}

/// What is to be told, and to whom.
package struct AlertPolicy: Sendable, Equatable {
  package var channels: [AlertChannel]
  package var events: Set<AlertNotice.Event>

  package init(channels: [AlertChannel], events: Set<AlertNotice.Event>) {
    self.channels = channels
    self.events = events
  }
}
