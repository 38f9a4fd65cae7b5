package import DaemonConfiguration
import DeliveryModel
import FoundationEssentials
import Glibc
import Status
import SystemSupport

/// The one door through which commands look at folders. A share that hangs keeps whoever asks it something, and the kernel
/// does not let such a process go: so another process asks (``LookProgram``), all folders at once, and is left behind where
/// a folder does not answer.
package struct FolderLooks: Sendable {
  /// What is heard of that process at the least this often; else something is wrong with it.
  private static let patience = Duration.seconds(4)

  private enum Place {
    /// With the configuration's file, and what completes it.
    case beside(file: String, environment: [String: String])
    case here
  }

  private let place: Place

  /// `file`: the configuration.
  package init(file: String, environment: [String: String]) {
    place = .beside(file: file, environment: environment)
  }

  private init(_ place: Place) {
    self.place = place
  }

  /// On threads of this process: for tests.
  static let here = FolderLooks(.here)

  /// One answer for each question. Blocks, for some 3 s where a folder does not answer. `configuration`: what the file says,
  /// nil where it is not valid; a system that does not let this program be run again needs it.
  package func ask(_ questions: [FolderQuestion], _ configuration: Configuration?) -> [FolderAnswer] {
    if questions.isEmpty { return [] }
    let lanes = questions.map { Self.lane(of: $0, configuration?.folders ?? []) }
    guard case .beside(let file, let environment) = place else { return askHere(questions, lanes, configuration) }
    let order = LookProgram.Order(
      file: String(decoding: Self.absolute(Array(file.utf8)), as: UTF8.self), environment: environment,
      questions: questions.map(Self.absolute), lanes: lanes)
    do {
      let input = try JSONEncoder().encode(order)
      let process = try SideProcess(["s3loggerd", LookProgram.command, "\(getpid())"], input: Array(input))
      if let answers = collect(questions.count, from: process) { return answers }
    } catch {}
    return askHere(questions, lanes, configuration)
  }

  /// Nil where the process ended without a word.
  private func collect(_ count: Int, from process: SideProcess) -> [FolderAnswer]? {
    var answers: [Int: FolderAnswer] = [:]
    var (isHeard, fault) = (false, "")
    while answers.count < count, fault.isEmpty {
      switch process.line(until: .now + Self.patience) {
      case .line(let line):
        isHeard = true
        guard let news = try? JSONDecoder().decode(LookProgram.News.self, from: Data(line)) else { continue }
        if let number = news.number, let answer = news.answer { answers[number] = answer }
      case .nothing: fault = "the process that looks at folders does not answer"
      case .ended where isHeard: fault = "the process that looks at folders ended too early"
      case .ended: return nil
      }
    }
    return (0..<count).map { answers[$0] ?? .failure(fault) }
  }

  private func askHere(
    _ questions: [FolderQuestion], _ lanes: [[UInt8]], _ configuration: Configuration?
  ) -> [FolderAnswer] {
    LeaseProbe.prepare()
    var answers = [FolderAnswer](repeating: .silence, count: questions.count)
    let examiner = FolderExaminer(configuration)
    QuestionLanes(lanes) { examiner.answer(questions[$0]) }.run {
      answers[$0] = $1
      return true
    }
    return answers
  }

  // MARK: What hangs together

  /// The folder that the path lies in by its words alone, else the file system.
  private static func lane(of question: FolderQuestion, _ folders: [FolderSettings]) -> [UInt8] {
    switch question {
    case .examine, .root: question.path
    case .place(let path), .content(let path): lane(of: absolute(path), folders)
    }
  }

  private static func lane(of path: [UInt8], _ folders: [FolderSettings]) -> [UInt8] {
    if let folder = folder(of: path, folders) { return Array(folder.path.utf8) }
    return Array((MountTable.mount(of: String(decoding: path, as: UTF8.self))?.point ?? "/").utf8)
  }

  private static func folder(of path: [UInt8], _ folders: [FolderSettings]) -> FolderSettings? {
    folders.first { folder in
      let root = Array(folder.path.utf8)
      return path == root || path.starts(with: root + [UInt8(ascii: "/")])
    }
  }

  private static func absolute(_ question: FolderQuestion) -> FolderQuestion {
    switch question {
    case .examine, .root: question
    case .place(let path): .place(path: absolute(path))
    case .content(let path): .content(path: absolute(path))
    }
  }

  /// The kernel knows the working directory without asking its file system.
  private static func absolute(_ path: [UInt8]) -> [UInt8] {
    if path.first == UInt8(ascii: "/") { return path }
    guard let directory = getcwd(nil, 0) else { return path }
    defer { free(directory) }
    return Array(String(cString: directory).utf8) + [UInt8(ascii: "/")] + path
  }

  /// Where the path leads by its words alone: no directory is looked at.
  static func writtenPlace(of path: [UInt8], in configuration: Configuration) -> FolderPlace? {
    let path = absolute(path)
    guard let folder = folder(of: path, configuration.folders),
      let below = RelativePath(validating: Array(path.dropFirst(folder.path.utf8.count + 1)))
    else { return nil }
    return FolderPlace(folder: folder, path: below)
  }

  /// For a person who asked about the path, which does not answer: what does not, and what holds it.
  package static func silence(of path: [UInt8], in configuration: Configuration) -> String {
    let path = absolute(path)
    let subject = folder(of: path, configuration.folders).map { "folder \($0.name)" } ?? "its file system"
    return "\(subject) does not answer\(mount(of: path)): it was not looked at"
  }

  /// The same for a folder as a whole.
  static func silence(of folder: FolderSettings) -> String {
    "does not answer\(mount(of: Array(folder.path.utf8))): no call in it has returned for"
      + " \(QuestionLanes.patience.components.seconds) s, so it was not looked at. Look at the server, the line or the disk"
      + " behind it; its files wait, the other folders flow"
  }

  private static func mount(of path: [UInt8]) -> String {
    MountTable.mount(of: String(decoding: path, as: UTF8.self)).map { " (\($0.words))" } ?? ""
  }
}
