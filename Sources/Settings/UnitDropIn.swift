package import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// What the unit has to allow, or may forbid, for one configuration: a drop-in for systemd. The shipped unit allows what
/// every configuration needs; its generator adds this at each boot and `daemon-reload`.
package struct UnitDropIn: Sendable, Equatable {
  /// What its lines are for.
  enum Need: Sendable, Hashable {
    /// Programs of others may be run.
    case programs
    /// Something is written in the folders.
    case writing
    /// Of where people's files are, nothing is seen but these places.
    case places
  }

  private struct Line: Hashable {
    var need: Need
    var text: String
  }

  /// Where the generator puts it: below the directory that systemd names (systemd.generator(7)).
  package static let name = "s3loggerd.service.d/50-configuration.conf"
  /// Where it then lies on a running system.
  package static let place = "/run/systemd/generator/" + name

  /// The lines, `[Service]` first; empty where the unit is right as it is.
  package let text: String

  /// For a configuration that nobody can read: whatever it may turn out to need, as far as a unit can know it.
  package static let unknown = UnitDropIn([Line(need: .programs, text: programs), Line(need: .writing, text: writing)])

  /// `exists`: whether there is a directory. One that is missing is not hidden: systemd would make it.
  package init(_ configuration: Configuration, exists: (String) -> Bool = UnitDropIn.isDirectory) {
    self.init(Self.lines(configuration, exists))
  }

  private init(_ lines: [Line]) {
    text =
      lines.isEmpty
      ? ""
      : (["# Made by s3loggerd from its configuration.", "[Service]"] + lines.map(\.text)).joined(separator: "\n")
        + "\n"
  }

  /// What the unit as it is for `former` does not give `configuration`. What it gives beyond that is no harm, unless it
  /// hides places. Looks at no directory.
  static func needs(of configuration: Configuration, beyond former: Configuration) -> Set<Need> {
    let given = Set(lines(former) { _ in true })
    var needs = Set(lines(configuration) { _ in true }.filter { !given.contains($0) }.map(\.need))
    if former.unit.onlyFolders != configuration.unit.onlyFolders { needs.insert(.places) }
    return needs
  }

  private static func lines(_ configuration: Configuration, _ exists: (String) -> Bool) -> [Line] {
    var lines: [Line] = []
    if configuration.alerts.command != nil || configuration.aws.keyFiles == nil {
      lines.append(Line(need: .programs, text: programs))
      if let program = configuration.alerts.command?.arguments.first, let path = quoted(program) {
        lines.append(Line(need: .programs, text: "ExecPaths=-\(path)"))
      }
    }
    if configuration.folders.contains(where: { $0.undoneWithoutWriting != nil }) {
      lines.append(Line(need: .writing, text: writing))
    }
    if configuration.unit.onlyFolders {
      lines += hiding(configuration, exists).map { Line(need: .places, text: $0) }
    }
    return lines
  }

  /// A script needs its interpreter, and what it calls: that cannot be known. A profile may name a program, too.
  private static let programs = "ExecPaths=/usr"

  /// A directory for moved files has its neighbours' set-group-ID bit.
  private static let writing = "RestrictSUIDSGID=no"

  // MARK: Only the folders

  /// Where people's files are, usually. Others are hidden where a folder lies below them.
  private static let people = ["/home", "/media", "/mnt", "/root", "/srv"]
  /// Where the system is: nothing of it is hidden.
  private static let system: Set<String> = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin", "/sys", "/tmp",
    "/usr", "/var",
  ]

  private static func hiding(_ configuration: Configuration, _ exists: (String) -> Bool) -> [String] {
    let paths = configuration.folders.map(\.path)
    let hidden = Set(people + paths.map(top)).subtracting(system).sorted()
    // ProtectHome=yes would go before what is bound there; tmpfs is these three, empty.
    var lines = ["ProtectHome=tmpfs"]
    lines += hidden.filter { !["/home", "/root"].contains($0) && exists($0) }.compactMap { top in
      quoted(top).map { "TemporaryFileSystem=\($0):ro,mode=0755" }
    }
    for folder in configuration.folders where hidden.contains(top(folder.path)) {
      lines += binding(folder.path, writable: folder.undoneWithoutWriting != nil)
    }
    let others: [(path: String?, writable: Bool)] = [
      (configuration.journal.directory, true), (configuration.status.metricsFile.map(parent), true),
      (configuration.aws.caBundle, false), (configuration.aws.keyFiles?.accessKeyID, false),
      (configuration.aws.keyFiles?.secretAccessKey, false), (configuration.alerts.webhook?.secretFile, false),
      (configuration.custody?.signingKeyFile, false), (configuration.custody?.timestampCA, false),
      (configuration.alerts.webhook?.caBundle, false), (configuration.alerts.command?.arguments.first, false),
    ]
    var bound: Set<String> = []
    for case (let path?, let writable) in others
    where hidden.contains(top(path)) && !paths.contains(where: { (path + "/").beginsWith($0 + "/") }) {
      if bound.insert(path).inserted { lines += binding(path, writable: writable) }
    }
    return lines
  }

  /// Whether there is one. What is mounted there is not asked: it may hang.
  package static func isDirectory(_ path: String) -> Bool {
    MountTable.mount(of: path)?.point == EscapedText.escape(path)
      || (try? RootDirectory(path, isFolder: false)) != nil
  }

  private static func binding(_ path: String, writable: Bool) -> [String] {
    guard let path = quoted(path) else { return [] }
    return ["\(writable ? "BindPaths" : "BindReadOnlyPaths")=-\(path)"]
  }

  private static func top(_ path: String) -> String {
    "/" + (parts(path).first ?? "")
  }

  private static func parent(_ path: String) -> String {
    "/" + parts(path).dropLast().joined(separator: "/")
  }

  private static func parts(_ path: String) -> [String] { path.pieces(at: "/").filter { !$0.isEmpty } }

  /// A path as systemd.syntax(7) and systemd.unit(5) want it: specifiers, escapes and the colons of a binding. Nil for one
  /// that no line can hold.
  private static func quoted(_ path: String) -> String? {
    var text = ""
    for scalar in path.unicodeScalars {
      switch scalar {
      case "%": text += "%%"
      case "\\": text += "\\\\\\\\"
      case ":": text += "\\\\:"
      case "\"": text += "\\\""
      case "\u{0}"..."\u{1F}", "\u{7F}": return nil
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text.isSameText(as: path) && !path.hasAny(of: " '") ? path : "\"\(text)\""
  }
}
