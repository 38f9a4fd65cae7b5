import DeliveryModel
import Testing

@Suite("What a settled file may be of already")
struct RecognitionTests {
  private let then = FileIdentity(device: 1, inode: 2, size: 3, modified: 4, changed: 5, generation: 6)
  private let digest = SHA256Digest(words: (1, 2, 3, 4))

  private func known(_ state: DeliveryState, hashed: Bool) -> KnownFile {
    KnownFile(identity: then, state: state, number: 7, sha256: hashed ? digest : nil)
  }

  private func now(_ change: (inout FileIdentity) -> Void) -> FileIdentity {
    var now = then
    now.changed += 1
    change(&now)
    return now
  }

  private func proof(
    _ known: KnownFile, _ now: FileIdentity, _ trace: FileTrace, isLocal: Bool = true
  ) -> Recognition.Proof? {
    known.recognition(of: now, after: trace, isLocal: isLocal)?.proof
  }

  @Test("attributes alone prove it, if size, mtime and inode are as before", arguments: [true, false])
  func attributes(hashed: Bool) {
    let read = hashed ? Recognition.Proof.content(digest) : nil
    for state in [DeliveryState.pending, .uploaded, .logged, .parked, .rejected] {
      #expect(proof(known(state, hashed: hashed), now { _ in }, .attributes) == .attributes(of: then))
    }
    #expect(proof(known(.logged, hashed: hashed), now { $0.modified += 1 }, .attributes) == read)
    #expect(proof(known(.logged, hashed: hashed), now { $0.inode += 1 }, .attributes) == read)
    #expect(proof(known(.logged, hashed: hashed), now { $0.generation += 1 }, .attributes) == read)
    #expect(proof(known(.logged, hashed: hashed), now { _ in }, .attributes, isLocal: false) == read)
  }

  @Test("a restored mtime proves nothing: only the digest does", arguments: [FileTrace.closed, .found])
  func forged(trace: FileTrace) {
    #expect(proof(known(.logged, hashed: true), now { _ in }, trace) == .content(digest))
    #expect(proof(known(.pending, hashed: true), now { _ in }, trace) == .content(digest))
    #expect(proof(known(.logged, hashed: false), now { _ in }, trace) == nil)
  }

  @Test("another size is another content")
  func size() {
    for trace in [FileTrace.attributes, .closed, .written, .found] {
      #expect(proof(known(.pending, hashed: true), now { $0.size += 1 }, trace) == nil)
    }
  }

  @Test("a file that was never read stays its delivery's unless something says that it was written to")
  func unread() {
    let waiting = known(.pending, hashed: false)
    #expect(proof(waiting, now { $0.modified += 1 }, .closed) == .unread)
    #expect(proof(waiting, now { $0.modified += 1 }, .attributes) == .unread)
    #expect(proof(waiting, now { _ in }, .found) == .unread)
    #expect(proof(waiting, now { $0.modified += 1 }, .found) == nil)
    #expect(proof(waiting, now { _ in }, .written) == nil)
    #expect(proof(waiting, now { $0.inode += 1 }, .closed) == nil)
    #expect(proof(waiting, now { $0.inode += 1 }, .found, isLocal: false) == .unread)
    #expect(proof(waiting, now { $0.inode += 1 }, .found) == .unread, "as a restored backup")
    #expect(proof(waiting, now { ($0.inode, $0.modified) = (9, 9) }, .found) == nil)
    #expect(proof(waiting, now { $0.inode += 1 }, .written) == nil)
  }

  @Test("a save is a save: of a delivered file it is reported, a waiting one is compared")
  func written() {
    #expect(proof(known(.logged, hashed: true), now { $0.modified += 1 }, .written) == nil)
    #expect(proof(known(.pending, hashed: true), now { $0.modified += 1 }, .written) == .content(digest))
  }

  @Test("a file set aside is tried anew when it is touched", arguments: [DeliveryState.parked, .rejected])
  func setAside(state: DeliveryState) {
    #expect(proof(known(state, hashed: true), now { $0.modified += 1 }, .closed) == nil)
    #expect(proof(known(state, hashed: true), now { _ in }, .found) == .content(digest))
  }

  @Test("the same directory after a restart of the machine; a file system mounted right there may be any")
  func remounted() {
    let seen = FolderRoot(path: [47], device: 1, inode: 2, generation: 3)
    func now(_ inode: UInt64, _ generation: UInt64, mount: Bool = false) -> FolderRoot {
      FolderRoot(path: [47], device: 9, inode: inode, generation: generation, isMount: mount)
    }
    #expect(now(2, 3).isRemounted(from: seen))
    #expect(!now(2, 4).isRemounted(from: seen) && !now(3, 3).isRemounted(from: seen))
    #expect(!now(2, 3, mount: true).isRemounted(from: seen))
    let mounted = FolderRoot(path: [47], device: 1, inode: 2, generation: 3, isMount: true)
    #expect(!now(2, 3, mount: true).isRemounted(from: mounted))
    let share = FolderRoot(path: [47], device: 1, inode: 0, isMount: true)
    #expect(now(0, 0, mount: true).isRemounted(from: share))
    #expect(!now(2, 3).isRemounted(from: share), "nothing is mounted there now")
  }
}
