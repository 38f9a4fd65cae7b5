import DeliveryJournal
import Logging
import ServiceLifecycle
import ServiceManager
import SystemSupport

/// After a crash or a power cut: proves, beside all other work, that the journal is sound. What was proved is remembered, and
/// so is what is still to be proved when the daemon ends before.
struct JournalCheckService: Service {
  let journal: Journal
  let record: JournalCheckRecord
  /// The process before ended without a word.
  let endedUncleanly: Bool
  let logger: Logger

  /// After a check that had to be broken off, so that the journal's log could be written back; then twice as long each time.
  private static let firstPause = Duration.seconds(60)
  private static let longestPause = Duration.seconds(3600)

  /// A damaged journal ends the daemon by ``JournalFaultService``.
  func run() async throws {
    record.begin(endedUncleanly: endedUncleanly)
    await cancelWhenGracefulShutdown {
      await prove()
      // The end of a service is the end of all. Not by `gracefulShutdown()`: what ends inside of this before the shutdown makes
      // the library start a task outside our pool, and libdispatch's timer with it (see ``TaskPool``).
      while !Task.isCancelled { await Pause.last(.seconds(86_400)) }
    }
  }

  private func prove() async {
    var pause = Self.firstPause
    while !Task.isCancelled, record.isDue {
      do throws(JournalError) {
        if try await journal.damage() == nil { record.done() }
        return
      } catch .interrupted {
        await Pause.last(pause)
        pause = min(pause * 2, Self.longestPause)
      } catch .busy {
        await Pause.last(JournalError.pause)
      } catch {
        logger.warning(
          "the journal could not be checked after the end of the run before this one: \(error)",
          metadata: [LogKey.code: "check"])
        return
      }
    }
  }
}

/// Whether the journal is to be checked, across restarts: a file in the state directory. A process that is killed leaves
/// the journal whole, as the kernel has all that was written; so one sound check is enough until the machine starts anew.
struct JournalCheckRecord: Sendable {
  private let path: String
  private let boot: Int64

  /// `boot`: which start of the machine this is, 0 where that is not known.
  init(directory: String, boot: Int64 = BootIdentity.current()) {
    path = directory + "/" + Self.name
    self.boot = boot
  }

  static let name = "journal-check"
  private static let due = Array("due\n".utf8)
  private var sound: [UInt8] { Array("sound \(boot)\n".utf8) }

  /// Notes that a check is due after an end that was not in order, unless one was made since the machine started.
  func begin(endedUncleanly: Bool) {
    guard endedUncleanly, boot == 0 || content != sound else { return }
    write(Self.due)
  }

  var isDue: Bool { content == Self.due }

  func done() { write(sound) }

  private var content: [UInt8]? { try? SmallFile.read(path, limit: 64) }

  /// Where that fails (a full disk), the next start may check once more, or not at all; reading finds damage all the same.
  private func write(_ text: [UInt8]) {
    try? AtomicFile.replace(path, with: text, mode: 0o640)
  }
}
