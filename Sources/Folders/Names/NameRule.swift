/// A name that a program gives to something that is no document: an unfinished file, a lock, data of the system's own.
package struct NameRule: Sendable, Hashable {
  /// What lies under such a name.
  package enum Kind: Sendable, Hashable {
    /// Content on its way to its own name. What is left over may be a document.
    case unfinished
    /// Beside a document: a lock, an owner file, a backup. Its content is no document of its own.
    case accompanying
    /// What an operating system, a file server or a program keeps for itself.
    case metadata
    /// None of its own: it lies where the daemon puts files.
    case ownPlace
    /// None of its own: it has a name that the daemon keeps for a file or directory that it makes.
    case ownName
    /// None: another file system is mounted there, and none is ever entered.
    case mount
  }

  /// The names in a person's words: `~$*`, `*.part`. It is not parsed.
  package let pattern: String
  /// Who gives such names.
  package let programs: String
  package let kind: Kind

  /// For a person who asks why a file is not delivered.
  package var reason: String {
    if kind == .ownPlace {
      return "\(pattern) is where \(programs) puts files, and takes none up; this one is not of its making. Move it "
        + "into the folder itself, and it is delivered"
    }
    if kind == .ownName {
      return
        "\(programs) keeps the name \(pattern) for what it puts into the folder itself, and takes nothing up under it; "
        + "this one is not of its making"
    }
    if kind == .mount { return Self.mountReason }
    let what =
      switch kind {
      case .unfinished: "unfinished files"
      case .accompanying: "files that go with a document"
      case .metadata, .ownPlace, .ownName, .mount: "files of their own"
      }
    return "\(programs) give\(programs.contains(",") ? "" : "s") such names (\(pattern)) to \(what)"
  }
}

extension NameRule {
  /// Another file system in a folder.
  static let mount = NameRule(pattern: "mount point", programs: "s3loggerd", kind: .mount)

  /// What is so and what to do about it, for a person.
  package static let mountReason =
    "another file system is mounted there, and none is entered: nothing in it is delivered. Mount it outside this folder, "
    + "too, and make that place a [[folder]] of its own; or name it in 'exclude'"
}

/// Text in ASCII compared with bytes, without regard to the case of ASCII letters.
enum ASCIIName {
  static func lowered(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
  static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
  static func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || isLower(lowered(byte)) }

  static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || lowered(byte) >= UInt8(ascii: "a") && lowered(byte) <= UInt8(ascii: "f")
  }
}
