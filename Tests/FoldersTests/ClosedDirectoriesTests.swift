import DeliveryModel
import SystemSupport
import Testing

@testable import Folders

struct ClosedDirectoriesTests {
  private static let (anna, bert): (UInt32, UInt32) = (4001, 4002)
  private static let (staff, personnel): (UInt32, UInt32) = (5000, 5001)

  private static func path(_ text: String) -> RelativePath { RelativePath(unchecked: Array(text.utf8)) }

  private static func rights(
    _ owner: UInt32, _ group: UInt32, _ mode: UInt32, users: [UInt32: UInt8] = [:], groups: [UInt32: UInt8] = [:]
  ) -> AccessRights {
    var rights = AccessRights(owner: owner, group: group, mode: mode)
    (rights.users, rights.groups) = (users, groups)
    return rights
  }

  private static func shown(
    _ inner: AccessRights?, below root: AccessRights, _ groups: AccessRights.Membership = ClosedDirectories.unknown
  ) -> String {
    var closed = ClosedDirectories()
    closed.note(.root, root)
    closed.note(path("HR"), inner)
    return closed.shown(path("HR/pay.pdf"), groups)
  }

  @Test("modes and groups close a directory")
  func modes() {
    let root = Self.rights(0, Self.staff, 0o2770)
    #expect(Self.shown(Self.rights(0, Self.staff, 0o2770), below: root) == "HR/pay.pdf")
    #expect(Self.shown(Self.rights(0, Self.personnel, 0o2770), below: root) == "HR/…")
    #expect(Self.shown(Self.rights(0, Self.staff, 0o2700), below: root) == "HR/…")
    #expect(Self.shown(nil, below: root) == "HR/…", "its rights could not be read")
  }

  @Test("one that was never met is closed, and one that was closed and is another's now opens what comes from then on")
  func unmet() {
    let root = Self.rights(0, Self.staff, 0o2770)
    var closed = ClosedDirectories()
    closed.note(.root, root)
    #expect(closed.shown(Self.path("HR/pay.pdf")) == "HR/…" && closed.shown(Self.path("pay.pdf")) == "pay.pdf")
    closed.note(Self.path("HR"), Self.rights(0, Self.staff, 0o2770))
    #expect(closed.shown(Self.path("HR/pay.pdf")) == "HR/pay.pdf")
    #expect(closed.shown(Self.path("HR/old/pay.pdf")) == "HR/old/…")
    closed.note(Self.path("HR"), Self.rights(0, Self.staff, 0o2700))
    #expect(closed.shown(Self.path("HR/pay.pdf")) == "HR/…")
  }

  @Test("a file's audience is what its directories and its own rights leave")
  func audience() {
    let root = Self.rights(0, Self.staff, 0o2770)
    var closed = ClosedDirectories()
    closed.note(.root, root)
    closed.note(Self.path("open"), Self.rights(0, Self.staff, 0o2770))
    closed.note(Self.path("HR"), Self.rights(0, Self.personnel, 0o2770))
    func audience(
      _ path: String, _ rights: AccessRights?, _ groups: AccessRights.Membership = ClosedDirectories.unknown
    )
      -> Audience
    {
      closed.audience(of: Self.path(path), rights, groups)
    }
    let readable = Self.rights(Self.anna, Self.staff, 0o640)
    #expect(audience("a", readable) == .everyone && audience("open/a", readable) == .everyone)
    #expect(audience("open/a", Self.rights(Self.anna, Self.staff, 0o600)) == .names)
    #expect(audience("open/a", Self.rights(Self.anna, Self.staff, 0o640, users: [Self.bert: 0])) == .names)
    #expect(audience("open/a", nil) == .names, "nobody asked")
    #expect(audience("HR/a", readable) == .few && audience("new/a", readable) == .few)
  }

  @Test("an access control list closes one, and opens one")
  func lists() {
    let root = Self.rights(0, Self.staff, 0o2770)
    #expect(
      Self.shown(Self.rights(0, Self.staff, 0o770, users: [Self.anna: 0]), below: root) { _ in [Self.staff] } == "HR/…")
    #expect(Self.shown(Self.rights(0, 0, 0o700, groups: [Self.staff: 5]), below: root) == "HR/pay.pdf")
    let shared = Self.rights(0, Self.staff, 0o2770, users: [Self.bert: 7])
    #expect(
      Self.shown(Self.rights(0, Self.staff, 0o2770), below: shared) { _ in [] } == "HR/…",
      "bert got in by the list alone")
  }

  @Test("a directory of Windows' own protection is closed")
  func foreign() {
    var root = Self.rights(0, 0, 0o777)
    root.foreign = ["security.NTACL": [1]]
    var inner = root
    inner.foreign = ["security.NTACL": [2]]
    #expect(Self.shown(inner, below: root) == "HR/…")
    #expect(Self.shown(root, below: root) == "HR/pay.pdf")
  }

  @Test("where it depends on who is in which group, that decides when a name is shown")
  func members() {
    let root = Self.rights(Self.bert, Self.staff, 0o2770)
    let inner = Self.rights(Self.anna, Self.staff, 0o2770)
    #expect(Self.shown(inner, below: root) { _ in [Self.staff] } == "HR/pay.pdf")
    #expect(Self.shown(inner, below: root) { _ in [Self.personnel] } == "HR/…")
    #expect(Self.shown(inner, below: root) == "HR/…", "not known")
  }

  @Test("before the folder's root was met only the names at the top are told")
  func early() {
    #expect(ClosedDirectories().shown(Self.path("HR/pay.pdf")) == "HR/…")
    #expect(ClosedDirectories().shown(Self.path("pay.pdf")) == "pay.pdf")
  }
}
