import DaemonConfiguration
import FoundationEssentials
import Glibc
import SystemSupport

/// The program as the process that looks at folders for a command: see ``FolderLooks``, which alone starts it so.
package enum LookProgram {
  /// The first argument that makes the program be this.
  static let command = "look-at-folders"

  /// What it is started with.
  struct Order: Codable {
    /// The configuration, and what completes it.
    var file: String
    var environment: [String: String]
    var questions: [FolderQuestion]
    /// For each question, what hangs together with it.
    var lanes: [[UInt8]]
  }

  /// A line that it prints. Without a number it only tells that the process lives.
  struct News: Codable {
    var number: Int?
    var answer: FolderAnswer?
  }

  /// Runs it to its end where the program's arguments ask for it, and returns the exit status; else nil, at once.
  package static func run(_ arguments: [String]) -> Int32? {
    guard arguments.count == 3, arguments[1] == command, let parent = Int32(arguments[2]), parent == getppid() else {
      return nil
    }
    try? Confinement.endWithParent(parent)
    guard let input = try? SideProcessEnds.input(),
      let order = try? JSONDecoder().decode(Order.self, from: Data(input))
    else { return 1 }
    try? ProcessPrivacy.begin()
    _ = try? ResourceLimits.raiseOpenFiles()
    LeaseProbe.prepare()
    work(order, FolderExaminer(configuration(order, .none) ?? configuration(order, .calling)))
    return 0
  }

  private static func configuration(_ order: Order, _ folders: FolderProbe) -> Configuration? {
    ConfigurationLoader.load(path: order.file, environment: order.environment, folders: folders).configuration
  }

  private static func work(_ order: Order, _ examiner: FolderExaminer) {
    let questions = order.questions
    guard order.lanes.count == questions.count, tell(News()) else { return }
    var told = MonotonicInstant.now
    QuestionLanes(order.lanes) { examiner.answer(questions[$0]) }.run {
      tell(News(number: $0, answer: $1))
    } pulse: {
      guard MonotonicInstant.now - told > .milliseconds(500) else { return true }
      told = .now
      return tell(News())
    }
  }

  private static func tell(_ news: News) -> Bool {
    guard let line = try? JSONEncoder().encode(news) else { return true }
    return SideProcessEnds.print(Array(line))
  }
}
