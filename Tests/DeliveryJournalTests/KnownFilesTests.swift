import DeliveryJournal
import DeliveryModel
import TestSupport
import Testing

@Suite struct KnownFilesTests {
  let directory: TemporaryDirectory
  let journal: Journal

  init() throws {
    directory = try TemporaryDirectory()
    journal = try directory.journal()
  }

  @Test("A directory's own files are known, not those of its neighbours, children or other folders")
  func ownFiles() async throws {
    let paths = ["a", "a.b", "a/b", "a/b/c", "ab/b", "a/c"]
    _ = try await journal.commit(paths.map { .received(settled($0)) } + [.received(settled("a/d", folder: "scans"))])
    let names = { (path: RelativePath, folder: String) in
      try journal.known(in: path, folder: folder).keys.map { String(decoding: $0, as: UTF8.self) }.sorted()
    }
    #expect(try names(.root, "inbox") == ["a", "a.b"])
    #expect(try names("a", "inbox") == ["b", "c"])
    #expect(try names("a/b", "inbox") == ["c"])
    #expect(try names("a", "scans") == ["d"])
    #expect(try names("b", "inbox") == [])
  }

  @Test("Names are bytes: what is not UTF-8, and twins in NFC and NFD, stay apart")
  func hostileNames() async throws {
    let names: [[UInt8]] = [[0xff], [0xff, 0xfe], Array("\u{e4}".utf8), Array("a\u{308}".utf8), [0x0a], [0x27]]
    for (index, name) in names.enumerated() { _ = try await journal.receive(settled(name, inode: UInt64(index))) }
    let known = try journal.known(in: .root, folder: "inbox")
    #expect(known.count == names.count)
    for (index, name) in names.enumerated() { #expect(known[name]?.identity == identity(UInt64(index))) }
  }

  @Test("The newest version of a name is told, and asking by name tells the same")
  func newest() async throws {
    _ = try await journal.deliver(settled("d/a", inode: 1))
    _ = try await journal.receive(settled("d/a", inode: 2))
    _ = try await journal.deliver(settled("d/b", inode: 3))
    let all = try journal.known(in: "d", folder: "inbox")
    #expect(all[Array("a".utf8)]?.identity == identity(2))
    #expect(all[Array("a".utf8)]?.state == .pending)
    let some = try journal.known([Array("a".utf8), Array("none".utf8)], in: "d", folder: "inbox")
    #expect(some.keys.map { String(decoding: $0, as: UTF8.self) } == ["a"])
    #expect(some[Array("a".utf8)]?.identity == identity(2))
  }

  @Test("No other file has the inode number and the ctime of one that stood for more than 2 s when it was taken up")
  func outlasted() async throws {
    let changed = Timestamp(nanoseconds: identity().changed)
    // It is settled 5 s after it came.
    for (name, seconds) in [("young", 3), ("old", 2)] {
      _ = try await journal.deliver(settled(name, at: changed + .seconds(-seconds)))
    }
    let names = ["young", "none", "old"].map { Array($0.utf8) }
    let found = try journal.lookUp(names, in: .root, folder: "inbox")
    #expect(found.map { $0?.outlasted } == [false, nil, true])
    #expect(try journal.known(in: .root, folder: "inbox")[names[2]]?.outlasted == true)
  }

  @Test("Parked versions do not hide what the file was delivered as, and touched since")
  func parked() async throws {
    let delivered = try await journal.deliver(settled("a", inode: 1))
    for inode in [2, 3] as [UInt64] { _ = try await journal.deliver(settled("a", inode: inode), to: .parked) }
    let touched = try await journal.receive(settled("a", inode: 4))
    _ = try await journal.commit([.unchanged(number: touched, of: delivered, identity: identity(4), at: now)])
    let name = Array("a".utf8)
    for known in [try journal.known(in: .root, folder: "inbox"), try journal.known([name], in: .root, folder: "inbox")]
    {
      #expect(known[name]?.matching(identity(4)) == identity(4))
      #expect(known[name]?.matching(identity(3)) == identity(3))
      #expect(known[name]?.matching(identity(1)) == nil)
    }
  }

  @Test("A withdrawn version hides nothing: its file is taken up again, the version before it stays known")
  func withdrawn() async throws {
    _ = try await journal.deliver(settled("a"), to: .withdrawn)
    _ = try await journal.deliver(settled("b", inode: 1))
    _ = try await journal.deliver(settled("b", inode: 2), to: .withdrawn)
    let known = try journal.known(in: .root, folder: "inbox")
    #expect(known[Array("a".utf8)] == nil)
    #expect(known[Array("b".utf8)]?.identity == identity(1))
    let named = try journal.known([Array("a".utf8), Array("b".utf8)], in: .root, folder: "inbox")
    #expect(named[Array("a".utf8)] == nil)
    #expect(named[Array("b".utf8)]?.state == .logged)
  }
}
