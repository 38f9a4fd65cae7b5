import Glibc
import SystemSupport

/// The clients of the control socket, as its one thread has them.
struct ClientTable {
  private final class Client {
    let socket: OwnedDescriptor
    let peer: PeerCredentials
    let access: ControlAccess
    let channel: AnswerChannel
    var conversation: Conversation
    /// Since when it has taken nothing of what waits for it.
    var stalled: MonotonicInstant?
    /// It is left once it has been sent everything.
    var isLeaving = false

    init(
      _ socket: consuming OwnedDescriptor, _ peer: PeerCredentials, _ access: ControlAccess, _ wake: WakeUp,
      at now: MonotonicInstant
    ) {
      self.socket = socket
      self.peer = peer
      self.access = access
      channel = AnswerChannel(wake: wake)
      conversation = Conversation(at: now)
    }
  }

  private let rule: ControlRule
  private let greeting: [UInt8]
  private let wake: WakeUp
  private let answer: @Sendable (ControlCall) -> Void
  private var clients: [Client] = []
  private var places: ControlPlaces
  /// Nobody is let in before; nil while there is room.
  private var acceptsFrom: MonotonicInstant?

  /// In which a client must take something of what waits for it.
  private static let patience = Duration.seconds(20)
  /// Clients heard in one turn.
  private static let atOnce = 64

  init(
    rule: ControlRule, greeting: ControlGreeting, places: ControlPlaces, wake: WakeUp,
    answer: @escaping @Sendable (ControlCall) -> Void
  ) {
    self.rule = rule
    self.places = places
    self.greeting = (try? ControlProtocol.line(greeting)) ?? []
    self.wake = wake
    self.answer = answer
  }

  // MARK: Waiting

  /// What is waited for, in the order of the clients.
  var interests: [PollSet.Interest] {
    clients.map { client in
      PollSet.Interest(
        client.socket.number, reads: client.conversation.reads && !client.isLeaving, writes: !client.channel.isDrained)
    }
  }

  var deadline: MonotonicInstant? {
    let clients = clients.compactMap { client in
      [client.conversation.deadline, client.stalled.map { $0 + Self.patience }].compactMap(\.self).min()
    }
    return (clients + [acceptsFrom].compactMap(\.self)).min()
  }

  func accepts(at now: MonotonicInstant) -> Bool { acceptsFrom.map { $0 <= now } ?? true }

  // MARK: Clients

  /// Lets in who waits, or says why not.
  mutating func accept(from listening: ListeningSocket, at now: MonotonicInstant) {
    for _ in 0..<Self.atOnce {
      switch listening.accept() {
      case .client(let socket): admit(socket, at: now)
      case .nobody: return
      case .noRoom: return acceptsFrom = now + .seconds(1)
      }
    }
  }

  private mutating func admit(_ socket: consuming OwnedDescriptor, at now: MonotonicInstant) {
    guard let peer = try? LocalSocket.peer(of: socket) else { return }
    let access = rule.access(of: peer)
    guard places.admit(peer.user, access) else {
      let refusal =
        access == .nothing
        ? ControlRefusal(.notAllowed, "only root, the service's user and members of its group may ask")
        : ControlRefusal(.busy, "the daemon hears as many clients as it can; try again in a few seconds")
      // Into the room that every new socket has.
      _ = try? LocalSocket.send(((try? ControlProtocol.line(refusal)) ?? [])[...], on: socket)
      return
    }
    let client = Client(socket, peer, access, wake, at: now)
    _ = client.channel.post(greeting)
    clients.append(client)
  }

  /// Takes in what became possible; `ready` in the order of ``interests``.
  mutating func handle(_ ready: [PollSet.Readiness], at now: MonotonicInstant) {
    for (client, ready) in zip(clients, ready) {
      if ready.reads {
        read(client, at: now)
      } else if ready.isOver {
        client.channel.close()
      }
    }
  }

  /// Does what is due: sends, goes on to the next request, leaves who took too long.
  mutating func turn(at now: MonotonicInstant) {
    if accepts(at: now) { acceptsFrom = nil }
    for client in clients where client.channel.isOpen {
      if client.channel.takeFinished() { perform(client.conversation.answered(at: now), client, at: now) }
      perform(client.conversation.expire(at: now), client, at: now)
      send(client, at: now)
    }
    for client in clients where !client.channel.isOpen { places.leave(client.peer.user, client.access) }
    clients.removeAll { client in
      guard !client.channel.isOpen else { return false }
      client.channel.close()
      return true
    }
  }

  mutating func closeAll() {
    for client in clients { client.channel.close() }
    clients = []
  }

  /// One piece in each turn, so that none keeps the others waiting.
  private func read(_ client: Client, at now: MonotonicInstant) {
    do throws(SystemCallError) {
      perform(client.conversation.received(try client.socket.read(upTo: 16 << 10)), client, at: now)
    } catch {
      if error.code != EAGAIN { client.channel.close() }
    }
  }

  private func send(_ client: Client, at now: MonotonicInstant) {
    do throws(SystemCallError) {
      let isMoved = try client.channel.drain { bytes throws(SystemCallError) in
        try LocalSocket.send(bytes, on: client.socket)
      }
      if client.channel.isDrained {
        client.stalled = nil
        if client.isLeaving { client.channel.close() }
      } else if isMoved || client.stalled == nil {
        client.stalled = now
      } else if let since = client.stalled, now - since >= Self.patience {
        client.channel.close()
      }
    } catch {
      client.channel.close()
    }
  }

  private func perform(_ step: Conversation.Step, _ client: Client, at now: MonotonicInstant) {
    switch step {
    case .nothing: break
    case .leave: client.isLeaving = true
    case .refuse(let refusal):
      say(refusal, to: client)
      client.isLeaving = true
    case .answer(let line):
      do throws(ControlRefusal) {
        let request = try ControlRequest(line: line)
        guard request.need <= client.access else {
          throw ControlRefusal(
            .notAllowed, "orders are for root and the service's user: run it with sudo; nothing was changed")
        }
        answer(ControlCall(request, client.access, client.channel))
      } catch {
        say(error, to: client)
        client.channel.finish()
      }
    }
  }

  private func say(_ refusal: ControlRefusal, to client: Client) {
    if let line = try? ControlProtocol.line(refusal) { _ = client.channel.post(line) }
  }
}
