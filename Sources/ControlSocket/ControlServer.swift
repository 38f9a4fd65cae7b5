import Synchronization
package import SystemSupport

/// Hears clients on the control socket: one thread, which no client can make wait, for all of them.
///
/// What is asked is answered elsewhere; see ``ControlCall``. It has no part in deliveries: whatever becomes of it, they go on.
package final class ControlServer: Sendable {
  private let socket: ListeningSocket
  private let wake: WakeUp
  private let rule: ControlRule
  private let greeting: ControlGreeting
  private let clients: Int
  private let isEnded = Atomic(false)

  /// `clients`: how many it hears at once.
  ///
  /// - Throws: where the process has no descriptors left.
  package init(
    _ socket: ListeningSocket, rule: ControlRule, greeting: ControlGreeting, clients: Int = mostClients
  ) throws(SystemCallError) {
    self.clients = clients
    self.socket = socket
    self.rule = rule
    self.greeting = greeting
    wake = try WakeUp()
  }

  /// Clients that are heard at once, where there are descriptors for them.
  package static let mostClients = ControlPlaces.most

  /// Hears clients until ``end()``, and hands over what they ask. Blocks; meant for a thread of its own.
  package func run(_ answer: @escaping @Sendable (ControlCall) -> Void) {
    var table = ClientTable(
      rule: rule, greeting: greeting, places: ControlPlaces(total: clients), wake: wake, answer: answer)
    while !isEnded.load(ordering: .acquiring) {
      let now = MonotonicInstant.now
      table.turn(at: now)
      var interests = [
        PollSet.Interest(wake.number, reads: true), PollSet.Interest(socket.number, reads: table.accepts(at: now)),
      ]
      interests += table.interests
      let ready = PollSet.wait(interests, until: table.deadline)
      wake.clear()
      table.handle(Array(ready.dropFirst(2)), at: .now)
      if ready[1].reads { table.accept(from: socket, at: .now) }
    }
    table.closeAll()
    socket.remove()
  }

  /// Ends ``run(_:)``.
  package func end() {
    isEnded.store(true, ordering: .releasing)
    wake.signal()
  }
}
