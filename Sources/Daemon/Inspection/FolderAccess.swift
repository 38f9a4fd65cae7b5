package import DaemonConfiguration
import DeliveryModel
import Folders
import Glibc
import Synchronization
import SystemSupport

/// `check`: what the service's user may do in each folder, and the command that would give it what it lacks.
///
/// As root it looks with the rights of that user; anybody else sees with their own.
package struct FolderAccess: Sendable {
  /// One thing about one folder.
  package struct Finding: Codable, Sendable, Equatable {
    package var subject: String
    package var isGood: Bool
    /// It works, and somebody should know all the same.
    package var isWarning = false
    package var detail: String
    /// A command for root; nil where there is nothing to mend.
    package var remedy: String?
  }

  /// The user of the unit.
  package static let serviceUser = "s3loggerd"
  package static var hasServiceUser: Bool { FileUser(named: serviceUser) != nil }
  /// What else to do where these are not the service's rights.
  package static var howToSeeAsService: String {
    FileUser(named: serviceUser) == nil
      ? "there is no user \(serviceUser), as the unit has it"
      : "run it with sudo to see what the service's user \(serviceUser) may do"
  }

  /// Files of a folder that are opened: enough to notice a program that saves without the group.
  private static let sample = 200

  private let configuration: Configuration
  private let user: FileUser?
  /// What to call the one whose rights these are.
  package let userName: String

  /// Throws nothing: where the service's user does not exist, root looks with its own rights.
  package init(_ configuration: Configuration) {
    self.configuration = configuration
    user = geteuid() == 0 ? FileUser(named: Self.serviceUser) : nil
    // A number is a name for setfacl and the like, where the system knows no other.
    userName = user?.name ?? UserNames().name(of: geteuid()) ?? String(geteuid())
  }

  /// Whether these are the rights that the service has.
  package var isServiceUser: Bool { user != nil || userName == Self.serviceUser }

  /// Looks at one folder. Blocks. The calling thread takes on the user's rights, and must end with this.
  func examine(_ folder: FolderSettings) -> [Finding] {
    asUser { look(at: folder) }
  }

  /// Whether those who are to be told of alerts could be, and the custody ledger be signed. Blocks; on a thread of its own that may take on the user's rights.
  package func examineAlerts() -> [Finding] {
    let findings = Mutex<[Finding]>([])
    do {
      let thread = try BlockingThread(named: "s3l-check") { [self] in
        let found = asUser {
          let ledger = configuration.custody.map { LedgerAccess(settings: $0, userName: userName).findings } ?? []
          return AlertAccess(settings: configuration.alerts, userName: userName).findings + ledger
        }
        findings.withLock { $0 = found }
      }
      thread.join()
    } catch {
      return [Finding(subject: "alerts", isGood: false, detail: "\(error)")]
    }
    return findings.withLock { $0 }
  }

  /// For a folder that could not be looked at.
  static func notLookedAt(_ folder: FolderSettings, _ reason: String) -> Finding {
    Finding(subject: EscapedText.escape("\(folder.name) \(folder.path)"), isGood: false, detail: reason)
  }

  private func asUser(_ body: () -> [Finding]) -> [Finding] {
    do throws(SystemCallError) {
      if let user { try FileAccess.become(user) }
    } catch {
      return [Finding(subject: "folders", isGood: false, detail: "cannot look as \(userName): \(error.meaning)")]
    }
    return body()
  }

  private func look(at folder: FolderSettings) -> [Finding] {
    let subject = EscapedText.escape("\(folder.name) \(folder.path)")
    if let closed = firstClosedParent(of: folder.path) {
      return [
        Finding(
          subject: subject, isGood: false, detail: "\(userName) may not pass through \(EscapedText.escape(closed))",
          remedy: "setfacl -m u:\(userName):x \(ShellWord.quote(closed))")
      ]
    }
    var survey = FolderSurvey(limit: Self.sample)
    survey.run(folder)
    var findings = [contents(survey, folder, subject)] + ancestors(of: folder, subject)
    findings += mounts(survey, folder, subject)
    findings += NameFormSurvey(folder).findings(subject)
    if folder.key.hasDate { findings.append(Self.dated(subject)) }
    if survey.opened > 0 { findings.append(leases(survey, subject)) }
    guard let undone = folder.undoneWithoutWriting else { return findings }
    findings.append(changes(folder, undone, subject))
    guard findings.last?.isGood == true, folder.afterUpload != .keep || folder.rules.canRefuse else { return findings }
    let trial = RenameTrial(folder)
    if survey.opened == 0, let lease = lease(trial, subject) { findings.append(lease) }
    return findings + renaming(trial, survey, subject)
  }

  /// Mount points in the folder, unless 'exclude' names them or what is mounted there is a folder of its own.
  private func mounts(_ survey: FolderSurvey, _ folder: FolderSettings, _ subject: String) -> [Finding] {
    let rules = NameRules(WatchedFolder(folder))
    let points = survey.mounts.filter { folder.recursive && rules.enters($0) }
    guard !points.isEmpty else { return [] }
    let prefix = Array(folder.path.utf8) + [UInt8(ascii: "/")]
    let others = MountTable.locations(of: configuration.folders.map(\.path)).compactMap(\.self)
    let locations = MountTable.locations(of: points.map { prefix + $0.bytes })
    return zip(points, locations).compactMap { point, location in
      if let location, others.contains(location) { return nil }
      return Finding(
        subject: subject, isGood: true, isWarning: true,
        detail: "\(EscapedText.escape(point.bytes)) is not looked into: \(NameRule.mountReason)")
    }
  }

  private func contents(_ survey: FolderSurvey, _ folder: FolderSettings, _ subject: String) -> Finding {
    let remedy =
      "setfacl -R -m u:\(userName):rX,d:u:\(userName):rX \(ShellWord.quote(folder.path))   # these files and later ones"
    if let (path, error) = survey.closedDirectory {
      let place = path.bytes.isEmpty ? "it" : EscapedText.escape(path.bytes)
      return Finding(
        subject: subject, isGood: false, detail: "\(userName) cannot list \(place): \(error.meaning)", remedy: remedy)
    }
    if let (path, error) = survey.closedFile {
      let count = "\(survey.refused) of \((survey.refused + survey.opened).counted("file")) looked at"
      return Finding(
        subject: subject, isGood: false,
        detail: "\(userName) cannot read \(count), such as \(EscapedText.escape(path.bytes)): \(error.meaning)",
        remedy: remedy)
    }
    let files = survey.opened == 0 ? "no files in it yet" : "\(survey.opened.counted("file")) looked at"
    return Finding(subject: subject, isGood: true, detail: "\(userName) can list it and read its files (\(files))")
  }

  /// Such a file has another key on another day, under which the table has no record of it.
  private static func dated(_ subject: String) -> Finding {
    Finding(
      subject: subject, isGood: true,
      detail:
        "its key has the date of arrival: after a lost journal, or on a new server, what still lies here is sent and recorded"
        + " once more")
  }

  private func leases(_ survey: FolderSurvey, _ subject: String) -> Finding {
    guard survey.unleased > 0 else {
      return Finding(subject: subject, isGood: true, detail: "leases tell whether a file is still open for writing")
    }
    // Not a fault: the quiet window then decides by itself.
    let reason =
      isServiceUser && user != nil
      ? "its file system has none" : "the unit gives the service CAP_LEASE for that; run this as root to see as it does"
    return Finding(
      subject: subject, isGood: true,
      detail: "no leases for \(survey.unleased.counted("file")): \(reason). Without, quiet decides")
  }

  private func changes(_ folder: FolderSettings, _ undone: String, _ subject: String) -> Finding {
    do throws(SystemCallError) {
      try FileAccess.askToChange(folder.path)
      return Finding(
        subject: subject, isGood: true,
        detail: "\(userName) can write in it (the unit needs ReadWritePaths=, see the drop-in)")
    } catch {
      let path = ShellWord.quote(folder.path)
      let isReadOnly = error.code == EROFS
      return Finding(
        subject: subject, isGood: false,
        detail: (isReadOnly ? "its file system is read-only" : "\(userName) may not write in it")
          + ": files are delivered, but \(undone)",
        remedy: isReadOnly
          ? "mount -o remount,rw \"$(findmnt -nT \(path) -o TARGET)\""
          : "setfacl -R -m u:\(userName):rwX,d:u:\(userName):rwX \(path)")
    }
  }

  private func ancestors(of folder: FolderSettings, _ subject: String) -> [Finding] {
    AncestorRights(trusted: [0, user?.number ?? geteuid()]).weaknesses(above: folder.path).map { weakness in
      Finding(
        subject: subject, isGood: true, isWarning: true,
        detail:
          "\(weakness.who) may put something else in the place of \(EscapedText.escape(weakness.directory)) or of what is"
          + " in it, this folder too: what is then delivered in its name is theirs, and what people save here is not",
        remedy: weakness.remedy)
    }
  }

  /// The first directory on the way that bars the way.
  private func firstClosedParent(of path: String) -> String? {
    var passed = ""
    for part in path.pieces(at: "/").dropLast() where !part.isEmpty {
      passed += "/" + part
      if !FileAccess.mayPass(passed) { return passed }
    }
    return nil
  }
}
