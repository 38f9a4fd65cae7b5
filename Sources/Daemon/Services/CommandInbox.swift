import DeliveryModel
import Glibc
import Logging
import ServiceLifecycle
import SystemSupport

/// Carries out what commands ask of the running daemon: each drops a request file into `commands/`, written aside and
/// then renamed, so that it is whole when it appears.
struct CommandInbox: Service {
  let directory: String
  let engine: DeliveryEngine
  let logger: Logger

  /// Works until shut down or cancelled.
  func run() async throws {
    let changes = try DirectoryChanges(directory)
    let arrivals = Mailbox<Void>()
    arrivals.post(())
    let thread = try BlockingThread(named: "s3l-commands") { changes.forEachChange { arrivals.post(()) } }
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        if !(await arrivals.take()).isEmpty { carryOutAll() }
      }
    }
    changes.end()
    thread.join()
  }

  private func carryOutAll() {
    for name in CommandRequest.names(in: directory) {
      let path = directory + "/" + name
      do {
        carryOut(CommandRequest(bytes: try SmallFile.read(path)), name)
      } catch {
        logger.warning("a request of a command cannot be read and is removed: \(error)")
      }
      _ = unlink(path)
    }
  }

  private func carryOut(_ request: CommandRequest?, _ name: String) {
    guard let request else {
      return logger.warning("a file in commands/ is no request and is removed", metadata: ["request": .string(name)])
    }
    engine.retry(request.retry)
    logger.info("carrying out a retry that a command asked for", metadata: ["request": .string(name)])
  }
}
