import DeliveryModel
import Glibc
import SystemSupport

/// The process that looks into files for the daemon, so that what reads hostile bytes holds no key: started when it is
/// needed, replaced after a number of files and whenever it fails. One thread uses it.
final class InspectionProcess {
  enum Reply {
    /// One for each question. `magic`: why libmagic cannot be used; nil where it can.
    case answers([InspectionAnswer], magic: String?)
    /// It failed over these questions, in words: ended by itself, took too long, or said what it may not.
    case failed(String)
    /// It could not be asked, whatever the questions; in words.
    case unavailable(String)
  }

  /// Bytes of content that go with one message: the beginning and end of one large file, or many small ones.
  static let capacity = (MagicDatabase.headLength + DocumentCheck.tailLength) * 2
  private static let limit = Duration.seconds(2)
  /// Starting means loading libmagic's database from the disk.
  private static let startLimit = Duration.seconds(20)
  /// A process that one file has taken over gives answers about so many others, at most. A new one costs some 13 ms of a
  /// processor, most of it for loading its libraries: what it takes to deliver 40 small files.
  private static let mostFiles = 10_000
  private static let longest = Duration.seconds(20)

  private struct Running {
    let process: ConfinedProcess
    let magic: String?
    var files = 0
    var busy = Duration.zero
  }

  private enum Start {
    case running(Running)
    case failed(String)
  }

  private var running: Running?

  /// Whether there is a process that could be ended.
  var isRunning: Bool { running != nil }

  func end() { running = nil }

  /// Asks about files that fit: see ``InspectionMessage/most`` and ``capacity``.
  func ask(_ questions: [InspectionQuestion]) -> Reply {
    if let running, running.files >= Self.mostFiles || running.busy > Self.longest { end() }
    let current: Running
    if let running {
      current = running
    } else {
      switch Self.start() {
      case .running(let started): current = started
      case .failed(let reason): return .unavailable(reason)
      }
    }
    running = current
    return ask(questions, current)
  }

  private func ask(_ questions: [InspectionQuestion], _ current: Running) -> Reply {
    let (message, parts) = InspectionMessage.encode(questions)
    for part in parts { current.process.share(part.bytes, at: part.offset) }
    let begun = MonotonicInstant.now
    let reply = current.process.ask(message, limit: InspectionMessage.answerLimit, until: begun + Self.limit)
    let failure: String
    switch reply {
    case .message(let message):
      if let answers = InspectionMessage.answers(message, to: questions.count) {
        running?.files += questions.count
        running?.busy += .now - begun
        // Whoever installs the database is not to restart the daemon for it.
        if current.magic != nil { end() }
        return .answers(answers, magic: current.magic)
      }
      failure = "it gave an answer that is none"
    case .tooLong: failure = "it gave an answer that is too long"
    case .noAnswer: failure = "it gave no answer within \(Self.limit.components.seconds) s"
    case .ended:
      end()
      let status = current.process.end()
      // Nothing the process may do itself ends it so: the kernel did, for want of memory, or somebody else.
      if status == 128 + SIGKILL { return .unavailable("the process that looks into files was killed from outside") }
      return .failed(
        status.map { $0 > 128 ? "signal \($0 - 128) ended it" : "it ended with status \($0)" } ?? "it fell silent")
    }
    end()
    return .failed(failure)
  }

  private static func start() -> Start {
    do throws(SystemCallError) {
      let process = try ConfinedProcess(
        ["s3loggerd", InspectionHelper.command, String(getpid())], sharing: capacity)
      guard case .message(let message) = process.receive(limit: 256, until: .now + startLimit),
        let greeting = InspectionHelper.Greeting(rawValue: message[0])
      else { return .failed("the process that looks into files did not start") }
      let reason = EscapedText.escape(Array(message.dropFirst()))
      switch greeting {
      case .ready: return .running(Running(process: process, magic: nil))
      case .withoutMagic: return .running(Running(process: process, magic: reason))
      case .unconfined: return .failed("the process that looks into files cannot be confined: \(reason)")
      }
    } catch {
      return .failed("the process that looks into files cannot be started: \(error)")
    }
  }
}
