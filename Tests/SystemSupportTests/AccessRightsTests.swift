import Testing

@testable import SystemSupport

/// Rights as values: what a new directory gives to whom.
struct AccessRightsTests {
  private let anna: UInt32 = 4001
  private let bruno: UInt32 = 4002
  private let daemon: UInt32 = 4000
  private let staff: UInt32 = 5000
  private let office: UInt32 = 5001
  private let own: UInt32 = 4000

  private func rights(_ owner: UInt32, _ group: UInt32, _ mode: UInt32) -> AccessRights {
    AccessRights(owner: owner, group: group, mode: mode)
  }

  private func isSame(_ one: AccessRights, _ other: AccessRights, _ groups: [UInt32: Set<UInt32>] = [:]) -> Bool {
    one.isSame(as: other, for: daemon) { groups[$0] }
  }

  @Test("an ACL is read and written as the kernel has it, and its mask counts")
  func list() throws {
    let list = AccessList(owner: 7, users: [anna: 7, bruno: 4], group: 5, groups: [office: 6], mask: 5, other: 0)
    #expect(AccessList(list.bytes) == list)
    #expect(list.bytes.count == 4 + 7 * 8 && list.bytes.starts(with: [2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255]))
    let rights = AccessRights(owner: anna, group: staff, mode: 0o750, acl: list)
    #expect(rights.users == [anna: 5, bruno: 4] && rights.groups == [office: 4] && rights.groupBits == 5)
    for bytes in [[], [1, 0, 0, 0], list.bytes.dropLast(), [2, 0, 0, 0, 3, 0, 7, 0, 0, 0, 0, 0]] as [[UInt8]] {
      #expect(AccessList(Array(bytes)) == nil)
    }
  }

  @Test("a directory of the daemon's own gives everybody what the one that it stands for gives them")
  func kept() throws {
    let closed = rights(anna, office, 0o2770)
    let kept = try #require(closed.kept(byOwner: daemon, group: own, bits: 7))
    #expect(kept.users == [anna: 7] && kept.groups == [office: 7] && kept.groupBits == 0 && kept.otherBits == 0)
    #expect(kept.mode == 0o2770)
    #expect(isSame(kept, closed))
    // With a group of its own that has rights already.
    var shared = rights(0, staff, 0o2770)
    shared.groups = [own: 5]
    let other = try #require(shared.kept(byOwner: daemon, group: own, bits: 7))
    #expect(other.groups == [staff: 7] && other.groupBits == 5 && other.users.isEmpty)
    #expect(isSame(other, shared))
  }

  @Test("a group that may do less than everybody else cannot be left behind")
  func barred() {
    #expect(rights(anna, office, 0o705).kept(byOwner: daemon, group: own, bits: 7) == nil)
    #expect(rights(anna, office, 0o705).kept(byOwner: daemon, group: office, bits: 7) != nil)
  }

  @Test(
    "what lets one more in, or one less, is not the same",
    arguments: [(0o2770, 0o2775), (0o2770, 0o2750), (0o700, 0o710), (0o777, 0o1777), (0o2770, 0o770)]
      as [(UInt32, UInt32)])
  func differing(one: UInt32, other: UInt32) {
    let (one, other) = (rights(anna, office, one), rights(anna, office, other))
    // Whose group new files get lets nobody in.
    #expect(isSame(one, other) == (one.mode & 0o1777 == other.mode & 0o1777))
  }

  @Test("who owns a directory may open it: a stranger's is not the same, whatever its mode")
  func strangers() {
    let closed = rights(anna, office, 0o770)
    var his = rights(bruno, office, 0o770)
    his.users = [anna: 7]
    #expect(!isSame(his, closed) && !his.isNoWider(than: closed, for: daemon) { _ in [] })
  }

  @Test("the old owner may get in by a group; where that is not known, it is not assumed")
  func owners() {
    let (closed, made) = (rights(anna, office, 0o770), rights(daemon, office, 0o770))
    #expect(!isSame(made, closed))
    #expect(isSame(made, closed, [anna: [office]]))
    #expect(!isSame(made, closed, [anna: [staff]]))
  }

  @Test("an entry for one more group is not the same where being in two makes a difference")
  func twoGroups() {
    var (one, other) = (rights(0, staff, 0o705), rights(0, staff, 0o705))
    one.groups = [office: 5]
    #expect(!isSame(one, other))
    (one, other) = (rights(0, staff, 0o755), rights(0, staff, 0o755))
    one.groups = [office: 5]
    #expect(isSame(one, other))
  }

  @Test("within a folder only those count who come that far")
  func inside() {
    let folder = rights(0, staff, 0o2770)
    #expect(rights(0, 0, 0o755).isNoWider(inside: folder, for: daemon) { _ in nil })
    #expect(!rights(0, 0, 0o755).isNoWider(than: folder, for: daemon) { _ in nil })
    #expect(!rights(bruno, staff, 0o770).isNoWider(inside: folder, for: daemon) { _ in nil })
  }

  @Test("a folder's directory is open where all who list the folder may list it")
  func shared() {
    let folder = rights(0, staff, 0o2770)
    #expect(rights(anna, staff, 0o2770).isOpen(toAllOf: folder, for: daemon) { _ in nil })
    #expect(rights(anna, staff, 0o2750).isOpen(toAllOf: folder, for: daemon) { _ in nil })
    #expect(!rights(anna, office, 0o2770).isOpen(toAllOf: folder, for: daemon) { _ in nil })
    #expect(!rights(anna, staff, 0o2710).isOpen(toAllOf: folder, for: daemon) { _ in nil })
  }

  @Test("what Samba keeps of a Windows ACL counts where nothing else protects")
  func windows() {
    var (wide, closed) = (rights(0, staff, 0o777), rights(0, staff, 0o770))
    for name in AccessRights.foreignNames.prefix(1) { (wide.foreign[name], closed.foreign[name]) = ([1], [1]) }
    #expect(!rights(0, staff, 0o777).keepsForeign(of: wide) && wide.keepsForeign(of: wide))
    #expect(rights(0, staff, 0o770).keepsForeign(of: closed))
  }
}
