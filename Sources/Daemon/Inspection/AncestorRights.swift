import DeliveryModel
import SystemSupport

/// Who may put another directory in the place of a folder, because a directory above it is theirs to change.
struct AncestorRights {
  struct Weakness: Equatable {
    let directory: String
    /// In words, such as `the group staff`.
    let who: String
    /// A command for root.
    let remedy: String
  }

  /// Users who may: root, and the service's own.
  let trusted: Set<UInt32>

  /// From the top down. What cannot be looked at is passed over: another finding tells of it.
  func weaknesses(above path: String) -> [Weakness] {
    var found: [Weakness] = []
    var directory = ""
    for part in [""] + path.pieces(at: "/").filter({ !$0.isEmpty }).dropLast() {
      directory += part.isEmpty ? "" : "/" + part
      let place = directory.isEmpty ? "/" : directory
      if let rights = try? WriteRights(ofDirectory: place) { found += weaknesses(of: place, rights) }
    }
    return found
  }

  private func weaknesses(of directory: String, _ rights: WriteRights) -> [Weakness] {
    let word = ShellWord.quote(directory)
    var found: [Weakness] = []
    if !trusted.contains(rights.owner) {
      found.append(
        Weakness(directory: directory, who: "its owner \(user(rights.owner))", remedy: "chown root \(word)"))
    }
    // In such a directory people remove and rename only what is their own.
    if rights.isSticky { return found }
    if rights.others { found.append(Weakness(directory: directory, who: "everybody", remedy: "chmod o-w \(word)")) }
    if let group = rights.group, group != 0 {
      found.append(Weakness(directory: directory, who: "the group \(group)", remedy: "chmod g-w \(word)"))
    }
    for number in rights.users where !trusted.contains(number) {
      found.append(
        Weakness(directory: directory, who: "the user \(user(number))", remedy: "setfacl -m u:\(number):rx \(word)"))
    }
    for number in rights.groups where number != 0 {
      found.append(
        Weakness(directory: directory, who: "the group \(number)", remedy: "setfacl -m g:\(number):rx \(word)"))
    }
    return found
  }

  private func user(_ number: UInt32) -> String { UserNames().name(of: number) ?? "\(number)" }
}
