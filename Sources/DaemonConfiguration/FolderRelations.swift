/// What must hold between folders, the file system and the journal.
enum FolderRelations {
  static func check(
    _ folders: [FolderCandidate], journal: String, metrics: String?, _ probe: FolderProbe, _ findings: Findings
  ) {
    checkNames(folders, findings)
    let journals = [journal, place(of: journal, probe)]
    var placed: [(folder: FolderCandidate, path: String)] = []
    for folder in folders {
      guard let path = folder.path, let place = place(of: path, journals: journals, folder.key, probe, findings) else {
        continue
      }
      if let other = placed.first(where: { FolderPath.overlap($0.path, place) }) {
        findings.error(
          folder.key.appending("path"),
          "\(ShownValue.quoted(path)) overlaps \(ShownValue.quoted(other.folder.path ?? "")) of line "
            + "\(findings.line(of: other.folder.key.appending("path"))), so that files would be delivered twice;"
            + " keep one of the two, or folders beside each other")
      }
      placed.append((folder, place))
      if let metrics, FolderPath.overlap(metrics, path) {
        findings.warning(
          .document.appending("status").appending("metrics_file"),
          "\(ShownValue.quoted(metrics)) lies in the watched folder \(ShownValue.quoted(path)), so that it is delivered again"
            + " whenever it changes, which is after each delivery; write a path outside the folders")
      }
      checkRights(folder, path, probe, findings)
    }
  }

  /// Deliveries need none of it, so this is no error.
  private static func checkRights(
    _ folder: FolderCandidate, _ path: String, _ probe: FolderProbe, _ findings: Findings
  ) {
    guard let undone = folder.settings?.undoneWithoutWriting, !probe.isWritable(path) else { return }
    findings.warning(
      folder.key.appending("path"),
      "\(ShownValue.quoted(path)) is a folder that this user may not write in, so that files are delivered, but "
        + "\(undone); give the daemon's user the right to write, and ReadWritePaths= in its unit")
  }

  private static func checkNames(_ folders: [FolderCandidate], _ findings: Findings) {
    var lines = [String: Int]()
    for folder in folders {
      guard let name = folder.name else { continue }
      let key = folder.key.appending("name")
      if let line = lines[name] {
        findings.error(key, "\(ShownValue.quoted(name)) is already the folder of line \(line); write another name")
      } else {
        lines[name] = findings.line(of: key)
      }
    }
  }

  /// Where the journal's directory really is, as far as can be seen.
  private static func place(of journal: String, _ probe: FolderProbe) -> String {
    switch probe.look(journal) {
    case .directory(let place), .symbolicLink(let place): place
    case .missing, .notDirectory, .refused: journal
    }
  }

  /// Where the folder really is, symbolic links above it followed; nil if it cannot be watched, which is reported.
  private static func place(
    of path: String, journals: [String], _ key: ConfigurationKey, _ probe: FolderProbe, _ findings: Findings
  ) -> String? {
    let key = key.appending("path")
    let shown = ShownValue.quoted(path)
    guard path != "/" else {
      findings.error(key, "\(shown) is the whole system; write the folder that people save into")
      return nil
    }
    if let journal = journals.first(where: { FolderPath.overlap(path, $0) }) {
      findings.error(
        key, "\(shown) overlaps the journal's directory \(ShownValue.quoted(journal)); move one of the two elsewhere")
      return nil
    }
    switch probe.look(path) {
    case .directory(let resolved):
      guard journals.contains(where: { FolderPath.overlap(resolved, $0) }) else { return resolved }
      findings.error(key, "\(shown) is \(ShownValue.quoted(resolved)) and overlaps the journal's directory; move one")
    case .missing:
      guard probe.requiresPresence else {
        findings.warning(key, "\(shown) does not exist; it is waited for. Create it, or correct the path")
        return path
      }
      findings.error(key, "\(shown) does not exist; create it, or correct the path")
    case .notDirectory: findings.error(key, "\(shown) is not a directory; write the folder that people save into")
    case .symbolicLink(let target):
      findings.error(key, "\(shown) is a symbolic link; write where it leads: \(ShownValue.quoted(target))")
    case .refused(let reason):
      findings.error(key, "\(shown) cannot be looked at (\(reason)); let the daemon's user read and enter it")
    }
    return nil
  }
}
