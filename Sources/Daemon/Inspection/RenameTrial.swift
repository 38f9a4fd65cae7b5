import DaemonConfiguration
import DeliveryModel
import Glibc
import SystemSupport

/// Tries in a folder what moving and deleting need, with a file of its own under a name that is never delivered, and takes it
/// away again.
struct RenameTrial {
  /// What came of it.
  enum Outcome {
    case works(DirectoryLocation.RenameWay)
    /// Where to the file could not be moved; nil for within the folder itself.
    case fails(to: RelativePath?, SystemCallError)
  }

  let folder: FolderSettings
  private(set) var outcome: Outcome
  /// What a lease on the trial file gave; nil where it was not come to.
  private(set) var lease: LeaseProbe.Answer?

  private static let file = Array("trial".utf8)

  init(_ folder: FolderSettings) {
    self.folder = folder
    outcome = .works(.refused)
    do throws(SystemCallError) {
      let root = try RootDirectory(folder.path)
      try run(in: root)
    } catch {
      outcome = .fails(to: nil, error)
    }
  }

  private mutating func run(in root: RootDirectory) throws(SystemCallError) {
    let top = try root.location(.root)
    let name = Self.temporaryName()
    let place = try top.makePrivateDirectory(name)
    defer { try? top.removeDirectory(name) }
    _ = try place.openForAppending(Self.file, readers: try place.rights())
    defer { try? place.remove(Self.file) }
    lease = try askLease(in: place)
    outcome = .works(try move(from: place, to: top))
    for target in targets {
      guard let there = try root.existingLocation(target) else { continue }
      do throws(SystemCallError) {
        try move(from: place, to: there)
      } catch {
        outcome = .fails(to: target, error)
      }
    }
  }

  private func askLease(in place: borrowing DirectoryLocation) throws(SystemCallError) -> LeaseProbe.Answer {
    let opened = try place.open(Self.file)
    return LeaseProbe.ask(opened.number)
  }

  /// There and back.
  @discardableResult
  private func move(
    from place: borrowing DirectoryLocation, to there: borrowing DirectoryLocation
  ) throws(SystemCallError) -> DirectoryLocation.RenameWay {
    let name = Self.temporaryName()
    let way = try place.rename(Self.file, to: there, as: name)
    do throws(SystemCallError) {
      try there.rename(name, to: place, as: Self.file)
    } catch {
      try? there.remove(name)
      throw error
    }
    return way
  }

  /// Where delivered and refused files go; what is not there yet is made in the folder itself.
  private var targets: [RelativePath] {
    var targets: [RelativePath] = []
    if folder.afterUpload == .move { targets.append(folder.moveTo.fixedDirectory) }
    if folder.rules.canRefuse { targets.append(folder.rejectedTo) }
    return targets
  }

  private static func temporaryName() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return OwnTemporaryName.make(using: &generator)
  }
}

extension FolderAccess {
  /// What `check` says about moving and deleting in a folder in which the user may write.
  func renaming(_ trial: RenameTrial, _ survey: FolderSurvey, _ subject: String) -> [Finding] {
    let folder = trial.folder
    let undone = folder.undoneWithoutWriting ?? ""
    var findings: [Finding] = []
    switch trial.outcome {
    case .works(.refused):
      findings.append(
        Finding(
          subject: subject, isGood: true,
          detail: "its file system moves files and takes the place of nothing: tried with a file of our own"))
    case .works(.reserved):
      findings.append(
        Finding(
          subject: subject, isGood: true,
          detail: "its file system cannot promise to replace nothing when it moves a file (RENAME_NOREPLACE), so"
            + " the new name is reserved first, with an empty file: tried with a file of our own"))
    case .fails(let target, let error):
      let place = target.map { "to \($0.escaped)" } ?? "in it"
      findings.append(
        Finding(
          subject: subject, isGood: false,
          detail: "a trial file could not be moved \(place): \(error.meaning) (\(error.call): \(error.name)): files are"
            + " delivered, but \(undone)"))
    }
    guard let apart = survey.apart else { return findings }
    let stays = folder.stayingApart
    findings.append(
      Finding(
        subject: subject, isGood: stays == nil,
        detail: "\(apart.escaped) is a subvolume or file system of its own, out of which no file can be moved: "
          + (stays.map { "\($0); watch it as a [[folder]] of its own" } ?? "files are deleted where they are")))
    return findings
  }

  /// For a folder in which no file could be asked.
  func lease(_ trial: RenameTrial, _ subject: String) -> Finding? {
    switch trial.lease {
    case .noWriter:
      Finding(subject: subject, isGood: true, detail: "leases tell whether a file is still open for writing")
    case .unavailable:
      Finding(
        subject: subject, isGood: true,
        detail: "its file system has no leases, which tell whether a file is still open for writing; quiet decides")
    case .writerOpen, nil: nil
    }
  }
}

extension FolderSettings {
  /// What stays of a directory out of which nothing can be moved, in words; nil for nothing.
  fileprivate var stayingApart: String? {
    var stays: [String] = []
    if afterUpload == .move { stays.append("delivered files stay there") }
    if rules.canRefuse { stays.append("refused files stay there, without a note") }
    return stays.isEmpty ? nil : stays.joined(separator: ", ")
  }
}
