package import DeliveryModel

/// The page in a folder that tells the staff what became of their files. A pure function of what is known: one HTML
/// document that fetches nothing and runs nothing.
package struct StatusPage: Sendable, Equatable {
  package enum Verdict: Sendable, Equatable {
    case ok
    /// Files wait, and go by themselves.
    case busy
    /// Nothing waits but files that are passed over by their names and may be documents.
    case passedOver
    /// Files wait for a person: see ``StatusPage/heldUp``.
    case heldUp
    /// A service does not answer.
    case waiting
    /// Somebody has to mend something.
    case blocked
    case unavailable
    case stopped
    /// The journal cannot be read: nothing is said about any file.
    case unknown
    /// The folder has no page any more: this is the last one.
    case notKept
  }

  /// A file in one of the lists.
  package struct Row: Sendable, Equatable {
    package var path: RelativePath
    package var size: Int64
    package var time: LocalMoment
    /// The SHA-256 in hexadecimal, where it is known.
    package var digest: String?
    package var findings: [Finding]
    /// For one that waits: whether an attempt failed; for one that does not: that it is set aside.
    package var hold: Hold

    package enum Hold: Sendable { case none, retrying, parked }

    package init(
      path: RelativePath, size: Int64, time: LocalMoment, digest: String? = nil, findings: [Finding] = [],
      hold: Hold = .none
    ) {
      self.path = path
      self.size = size
      self.time = time
      self.digest = digest
      self.findings = findings
      self.hold = hold
    }
  }

  /// A file that a rule about names passes over.
  package struct PassedOver: Sendable, Equatable {
    package var path: RelativePath
    /// When it last changed.
    package var time: LocalMoment
    /// Who gives such names, and which.
    package var programs: String
    package var pattern: String
    /// Whether it is not its name but its place, which `pattern` is then.
    package var isMisplaced: Bool

    package init(path: RelativePath, time: LocalMoment, programs: String, pattern: String, isMisplaced: Bool = false) {
      self.isMisplaced = isMisplaced
      self.path = path
      self.time = time
      self.programs = programs
      self.pattern = pattern
    }
  }

  /// A file, or all that is in a directory, that is sent only once a person does something about it.
  package struct HeldUp: Sendable, Equatable {
    package enum Cause: Sendable { case unreadableFile, unreadableDirectory, heldOpen, notAtRest, mount }

    package var path: RelativePath
    package var since: LocalMoment
    package var cause: Cause

    package init(path: RelativePath, since: LocalMoment, cause: Cause) {
      self.path = path
      self.since = since
      self.cause = cause
    }
  }

  /// Files of a list that are not named, as they are in directories that not everybody may open.
  package struct Unnamed: Sendable, Equatable {
    package var waiting = 0
    package var refused = 0
    package var arrived = 0

    package init() {}
  }

  package var folder: String
  package var language: Language
  package var verdict: Verdict
  /// All that wait, of which ``waiting`` names the first.
  package var waitingCount: Int
  package var waiting: [Row]
  package var refused: [Row]
  /// Where refused files lie; nil where the folder refuses none.
  package var refusedPlace: String?
  package var arrived: [Row]
  package var reached: LocalMoment?
  /// Whether something else cannot be done in the folder.
  package var hasTrouble: Bool
  package var unnamed = Unnamed()
  /// Files that are not delivered because of their names, and stay.
  package var passedOver: [PassedOver] = []
  /// All of them.
  package var passedOverCount = 0
  package var heldUp: [HeldUp] = []
  /// All of them.
  package var heldUpCount = 0
  /// For ``Verdict/notKept``.
  var endedAt: LocalMoment?

  /// Whether it says something about files.
  private var tells: Bool { verdict != .unknown && verdict != .notKept }

  package init(
    folder: String, language: Language, verdict: Verdict, waitingCount: Int, waiting: [Row], refused: [Row],
    refusedPlace: String?, arrived: [Row], reached: LocalMoment?, hasTrouble: Bool
  ) {
    self.folder = folder
    self.language = language
    self.verdict = verdict
    self.waitingCount = waitingCount
    self.waiting = waiting
    self.refused = refused
    self.refusedPlace = refusedPlace
    self.arrived = arrived
    self.reached = reached
    self.hasTrouble = hasTrouble
  }

  /// The document, as of `now`.
  package func html(asOf now: LocalMoment) -> [UInt8] {
    let title = HTML.escape(language.text(.pageTitle, folder))
    var body = "<h1>\(title)</h1>\n" + verdictBlock
    if hasTrouble { body += "<p class=\"trouble\"><span aria-hidden=\"true\">⚠</span> \(words(.trouble))</p>\n" }
    if tells { body += lists }
    if verdict != .notKept { body += footer(now) }
    return Array(
      """
      <!DOCTYPE html>
      <html lang="\(language.rawValue)">
      <head>
      <meta charset="utf-8">
      \(OwnPlace.pageMark)
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(title)</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <main>
      \(body)</main>
      </body>
      </html>

      """.utf8)
  }

  private var lists: String {
    let hasRefused = refusedPlace != nil || !refused.isEmpty || unnamed.refused > 0
    return (heldUpCount > 0 ? section("held-up", .headingHeldUp, heldUpTable) : "")
      + section("waiting", .headingWaiting, waitingTable)
      + (passedOverCount > 0 ? section("passed-over", .headingPassedOver, passedOverTable) : "")
      + (hasRefused ? section("refused", .headingRefused, refusedTable) : "")
      + section("arrived", .headingRecent, arrivedTable)
  }

  func words(_ phrase: Phrase, _ value: String = "") -> String { HTML.escape(language.text(phrase, value)) }

  private var verdictBlock: String {
    let (name, mark, title, text): (String, String, Phrase, Phrase) =
      switch verdict {
      case .ok: ("ok", "✓", .verdictOK, .explainOK)
      case .busy: ("busy", "↑", .verdictBusy, .explainBusy)
      case .passedOver: ("waiting", "?", .verdictPassedOver, .explainPassedOver)
      case .heldUp: ("blocked", "!", .verdictHeldUp, .explainHeldUp)
      case .waiting: ("waiting", "…", .verdictWaiting, .explainWaiting)
      case .blocked: ("blocked", "!", .verdictBlocked, .explainBlocked)
      case .unavailable: ("blocked", "!", .verdictUnavailable, .explainUnavailable)
      case .stopped: ("waiting", "■", .verdictStopped, .explainStopped)
      case .unknown: ("waiting", "?", .verdictUnknown, .explainUnknown)
      case .notKept: ("waiting", "■", .verdictNotKept, .explainNotKept)
      }
    let value = endedAt.map { language.minute($0) } ?? "\(waitingCount)"
    return """
      <div class="verdict \(name)">
      <span class="mark" aria-hidden="true">\(mark)</span>
      <div><p class="head">\(words(title))</p>
      <p>\(words(text, value))\(refused.isEmpty && unnamed.refused == 0 ? "" : " " + words(.seeRefused))</p></div>
      </div>

      """
  }

  private func section(_ id: String, _ heading: Phrase, _ content: String) -> String {
    """
    <section aria-labelledby="\(id)">
    <h2 id="\(id)">\(words(heading))</h2>
    \(content)</section>

    """
  }

  private func footer(_ now: LocalMoment) -> String {
    let reachedText = reached.map { words(.pageReached, language.minute($0)) } ?? words(.pageNeverReached)
    return """
      <footer>
      <p>\(words(.pageAsOf, language.minute(now))).\(tells ? " " + reachedText : "")</p>
      <p class="screen">\(words(.pageRefresh))</p>
      \(tells ? "<p>\(words(.fingerprintHelp))</p>\n" : "")</footer>

      """
  }
}

/// The last page of a folder that keeps none any more.
extension StatusPage {
  /// Says that it is no longer kept, and since when. The same for the same words, so that it is known from what people wrote.
  package static func farewell(folder: String, language: Language, since: LocalMoment) -> [UInt8] {
    var page = StatusPage(
      folder: folder, language: language, verdict: .notKept, waitingCount: 0, waiting: [], refused: [],
      refusedPlace: nil,
      arrived: [], reached: nil, hasTrouble: false)
    page.endedAt = since
    return page.html(asOf: since)
  }
}
