import DeliveryModel
import TestFixtures

/// The drop folder of a simulation: which files stand in it, and what is in them.
struct SimulatedFolder {
  struct Document {
    var identity: FileIdentity
    var content: UInt64
  }

  private(set) var documents: [RelativePath: Document] = [:]
  /// What an open descriptor reads, by inode: a file saved in place changes under it, a replaced one does not.
  private(set) var inodes: [UInt64: UInt64] = [:]
  private var counter: UInt64 = 0
  /// How often each content was put at each path: no more than so many arrivals can it have been.
  private(set) var placements: [RelativePath: [UInt64: Int]] = [:]

  static let names = (0..<6).map { Fixture.path("f\($0)") }
  static let partSize: Int64 = 100
  /// The names lie in two folders by turns.
  static let folders = ["inbox", "archive"]

  static func folder(of path: RelativePath) -> String {
    folders[(names.firstIndex(of: path) ?? 0) % folders.count]
  }

  /// Every second content is large: three parts.
  private static func size(of content: UInt64) -> Int64 { content.isMultiple(of: 2) ? 250 : 10 }

  /// Saves new content under a name: in place, or as a new file over the old one.
  mutating func save(_ path: RelativePath, inPlace: Bool, after elapsed: Duration) {
    counter += 1
    put(counter, at: path, inPlace: inPlace, after: elapsed)
  }

  /// Puts a content back that was at the path before, if there was one.
  mutating func restore(_ path: RelativePath, after elapsed: Duration, _ choose: (Int) -> Int) -> Bool {
    let former = placements[path, default: [:]].keys.sorted()
    guard !former.isEmpty else { return false }
    counter += 1
    put(former[choose(former.count)], at: path, inPlace: false, after: elapsed)
    return true
  }

  private mutating func put(_ content: UInt64, at path: RelativePath, inPlace: Bool, after elapsed: Duration) {
    placements[path, default: [:]][content, default: 0] += 1
    let inode = inPlace ? documents[path]?.identity.inode ?? counter : counter
    let moment = Int64(counter)
    let identity = FileIdentity(
      device: 1, inode: inode, size: Self.size(of: content), modified: moment, changed: changed(after: elapsed))
    documents[path] = Document(identity: identity, content: content)
    inodes[inode] = content
  }

  /// Changes the times only, or of them ctime alone.
  mutating func touch(_ path: RelativePath, onlyAttributes: Bool, after elapsed: Duration) {
    counter += 1
    if !onlyAttributes { documents[path]?.identity.modified = Int64(counter) }
    let moment = changed(after: elapsed)
    documents[path]?.identity.changed = moment
  }

  /// A file of the same content takes its place.
  mutating func putCopyOver(_ path: RelativePath, withItsTime: Bool, after elapsed: Duration) {
    touch(path, onlyAttributes: withItsTime, after: elapsed)
    guard let content = documents[path]?.content else { return }
    documents[path]?.identity.inode = counter
    inodes[counter] = content
  }

  /// By the clock of the file system, which nobody sets; never twice the same.
  private func changed(after elapsed: Duration) -> Int64 {
    (Fixture.wall + elapsed).milliseconds * 1_000_000 + Int64(counter)
  }

  mutating func remove(_ path: RelativePath) { documents[path] = nil }

  /// The file as the watcher hands it over.
  func settled(_ path: RelativePath, at moment: Timestamp, by discovery: Discovery) -> SettledFile? {
    documents[path].map { Self.settled(path, $0.identity, at: moment, by: discovery) }
  }

  static func settled(
    _ path: RelativePath, _ identity: FileIdentity, at moment: Timestamp, by discovery: Discovery = .event
  ) -> SettledFile {
    SettledFile(
      folder: folder(of: path), path: path, identity: identity, owner: 0, received: moment, settled: moment,
      evidence: .lease, discovery: discovery)
  }

  /// Digests of the simulation need no hashing: they say what they are of.
  static func digest(of content: UInt64) -> SHA256Digest { SHA256Digest(words: (content, 0, 0, 0)) }

  static func crc64(ofPart part: Int, of content: UInt64) -> CRC64Checksum {
    CRC64Checksum(content << 8 | UInt64(part))
  }

  static func digest(ofPart part: Int, of content: UInt64) -> SHA256Digest {
    SHA256Digest(words: (content, UInt64(part), 0, 0))
  }
}
