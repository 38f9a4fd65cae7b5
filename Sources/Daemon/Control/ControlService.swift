import ControlSocket
import DeliveryModel
import Glibc
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// Answers commands on the control socket. Where there can be none, the daemon works without.
struct ControlService: Service {
  /// Nil where there is none; why was told.
  let server: ControlServer?
  let answers: ControlAnswers
  let logger: Logger

  func run() async throws {
    let calls = Mailbox<ControlCall>()
    let ended = listen(calls)
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        while !Task.isCancelled {
          for call in await calls.take() { group.addTask { await answers.answer(call) } }
        }
        group.cancelAll()
      }
    }
    calls.close()
    server?.end()
    if let ended { _ = await ended.take() }
  }

  /// What receives something once the thread has ended.
  private func listen(_ calls: Mailbox<ControlCall>) -> Mailbox<Void>? {
    guard let server else { return nil }
    let ended = Mailbox<Void>()
    do {
      try BlockingThread(named: "s3l-control") {
        server.run { calls.post($0) }
        ended.post(())
      }.detach()
      return ended
    } catch {
      logger.warning(
        "commands cannot be heard: \(error); deliveries go on, and a restart tries again",
        metadata: [LogKey.code: "control"])
      return nil
    }
  }
}

extension ControlServer {
  /// The socket of a daemon that holds the journal's lock; nil where there can be none, which is reported.
  static func open(
    in directory: String, _ hold: StateHold, configuration: String, clients: Int, _ logger: Logger
  ) -> ControlServer? {
    let path = directory + "/" + ControlProtocol.socketName
    let owner = StateOwner.of(hold.directory)
    let group = geteuid() == 0 ? owner?.group ?? getegid() : getegid()
    do {
      let socket = try ListeningSocket(
        at: path, mode: 0o660, owner: geteuid() == 0 ? owner?.user : nil, group: group)
      return try ControlServer(
        socket,
        rule: ControlRule(users: Set([geteuid()] + (owner.map { [$0.user] } ?? [])), group: group),
        greeting: ControlGreeting(
          version: Version.number, pid: getpid(), journal: EscapedText.escape(hold.place),
          configuration: DaemonConnection.resolved(configuration)), clients: clients)
    } catch {
      logger.warning(
        "there is no control socket: \(error). Deliveries go on; status, queue retry and the like do not reach this daemon",
        metadata: [LogKey.code: "control"])
      return nil
    }
  }
}
