import SystemSupport

/// The process that looks into files (see ``InspectionProcess``): what runs there. It has no key, no file and no network,
/// and whoever takes it over by a crafted file can at most give false answers about files.
package enum InspectionHelper {
  /// The first argument that makes the program be this. For the daemon alone.
  package static let command = "inspect-content"

  /// Bytes of memory, beyond what the libraries and their database take.
  private static let memory = 64 << 20
  /// Of the processor. The daemon replaces it long before.
  private static let seconds = 60

  /// What it says first.
  enum Greeting: UInt8 {
    case ready
    /// libmagic cannot be used; the reason follows.
    case withoutMagic
    /// It could not confine itself, and ends; the reason follows.
    case unconfined
  }

  /// Runs until the daemon closes the socket, and returns the exit status. `parent`: the daemon's process.
  ///
  /// Everything that opens a file comes before ``Confinement/enter(memory:seconds:)``, everything that reads what somebody
  /// saved after it.
  package static func run(parent: Int32) -> Int32 {
    let content: SharedContent
    let magic = Result { try MagicDatabase() }
    do throws(SystemCallError) {
      try Confinement.endWithParent(parent)
      content = try SharedContent()
      try Confinement.enter(memory: memory, seconds: seconds)
    } catch {
      _ = greet(.unconfined, "\(error)")
      return 1
    }
    switch magic {
    case .success: guard greet(.ready, "") else { return 0 }
    case .failure(let error): guard greet(.withoutMagic, "\(error)") else { return 0 }
    }
    while let message = Confinement.receive(limit: 4096) {
      guard let questions = InspectionMessage.questions(message, content.bytes),
        let answers = try? questions.map({ try $0.answer(try? magic.get()) }),
        Confinement.send(InspectionMessage.encode(answers))
      else { return 1 }
    }
    return 0
  }

  private static func greet(_ greeting: Greeting, _ reason: String) -> Bool {
    Confinement.send([greeting.rawValue] + Array(reason.utf8.prefix(200)))
  }
}
