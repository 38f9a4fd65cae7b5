/// What all transfers of one transport share. Lives on its thread.
final class SharedState {
  private let mailbox: Mailbox
  var bucket: TokenBucket
  var sockets = SocketRegistry()

  init(mailbox: Mailbox, bucket: TokenBucket) {
    self.mailbox = mailbox
    self.bucket = bucket
  }

  /// Publishes how many bytes of a body were handed over.
  func report(_ sent: Int64, of ticket: Ticket) {
    if case .caller(let id) = ticket { mailbox.report(sent, of: id) }
  }

  func forget(_ ticket: Ticket) {
    if case .caller(let id) = ticket { mailbox.forget(id) }
  }
}
