import DeliveryModel
import SystemSupport

/// Who may put another directory in the place of a folder, because a directory above it is theirs to change, or a symbolic
/// link on the way to it.
struct AncestorRights {
  struct Weakness: Equatable {
    /// Or the link.
    let directory: String
    /// In words, such as `the group staff`.
    let who: String
    /// A command for root.
    let remedy: String
  }

  /// Users who may: root, and the service's own.
  let trusted: Set<UInt32>

  /// From the top down; each link's own target with all that is above it, as `path_resolution(7)` goes. What cannot be
  /// looked at is passed over: another finding tells of it.
  func weaknesses(above path: String) -> [Weakness] {
    var found: [Weakness] = []
    var seen: Set<[UInt8]> = []
    var left = Self.parts(path)
    var (place, links) = ("", 0)
    while !left.isEmpty {
      let part = left.removeFirst()
      if part == "." { continue }
      if part == ".." {
        place = "/" + Self.parts(place).dropLast().joined(separator: "/")
        if place == "/" { place = "" }
        continue
      }
      let directory = place.isEmpty ? "/" : place
      let entry = place + "/" + part
      let link = SymbolicLink(entry)
      if let rights = try? WriteRights(ofDirectory: directory) {
        if seen.insert(Array(directory.utf8)).inserted { found += weaknesses(of: directory, rights) }
        // What cannot be removed by others can be by its owner.
        if let link, rights.isSticky, rights.isShared, !trusted.contains(link.owner) {
          found.append(
            Weakness(
              directory: entry, who: "the link's owner \(user(link.owner))",
              remedy: "chown -h root \(ShellWord.quote(entry))"))
        }
      }
      guard let link else {
        place = entry
        continue
      }
      links += 1
      if links > Self.linkLimit { break }
      if link.target.utf8.first == UInt8(ascii: "/") { place = "" }
      left = Self.parts(link.target) + left
    }
    return found
  }

  /// As many as the kernel follows.
  private static let linkLimit = 40

  private static func parts(_ path: String) -> [String] { path.pieces(at: "/").filter { !$0.isEmpty } }

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
