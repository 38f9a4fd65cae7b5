/// Who may do what with a file or directory: its owner, group, mode and access ACL as one value (`acl(5)`).
///
/// Bits are 4 to read, 2 to write, 1 to pass. Those of groups and named users are what the ACL's mask leaves of them.
package struct AccessRights: Sendable, Hashable {
  package var owner: UInt32
  package var group: UInt32
  package var ownerBits: UInt8
  package var groupBits: UInt8
  package var otherBits: UInt8
  /// Entries for further users and groups, by number.
  package var users: [UInt32: UInt8]
  package var groups: [UInt32: UInt8]
  /// Whether only its owner may remove an entry.
  package var isSticky: Bool
  /// Whether new entries get its group.
  package var setsGroup: Bool
  /// The ACL that new entries begin with, as the kernel has it; empty for none.
  package var inherited: [UInt8] = []
  /// Rights that others than the kernel look after, by the names of their attributes; see ``foreignNames``.
  package var foreign: [String: [UInt8]] = [:]

  /// `mode` are permission bits. An ACL that is not one (`nil`) leaves the mode.
  package init(owner: UInt32, group: UInt32, mode: UInt32, acl: AccessList? = nil) {
    self.owner = owner
    self.group = group
    ownerBits = acl?.owner ?? UInt8(mode >> 6 & 7)
    groupBits = acl.map { $0.group & $0.mask } ?? UInt8(mode >> 3 & 7)
    otherBits = acl?.other ?? UInt8(mode & 7)
    users = acl.map { list in list.users.mapValues { $0 & list.mask } } ?? [:]
    groups = acl.map { list in list.groups.mapValues { $0 & list.mask } } ?? [:]
    isSticky = mode & 0o1000 != 0
    setsGroup = mode & 0o2000 != 0
  }

  /// The permission bits with which `chmod(2)` sets this; where there is an ACL, the group's are its mask.
  package var mode: UInt32 {
    let middle = list?.mask ?? groupBits
    return UInt32(ownerBits) << 6 | UInt32(middle) << 3 | UInt32(otherBits) | (isSticky ? 0o1000 : 0)
      | (setsGroup ? 0o2000 : 0)
  }

  /// The ACL; nil where the mode says all of it.
  package var list: AccessList? {
    if users.isEmpty && groups.isEmpty { return nil }
    let mask = (Array(users.values) + Array(groups.values)).reduce(groupBits, |)
    return AccessList(owner: ownerBits, users: users, group: groupBits, groups: groups, mask: mask, other: otherBits)
  }

  /// The same rights for a file of text that stands in such a directory.
  package var ofText: AccessRights {
    var rights = self
    (rights.ownerBits, rights.groupBits, rights.otherBits) = (6, groupBits & 6, otherBits & 6)
    rights.users = users.mapValues { $0 & 6 }
    rights.groups = groups.mapValues { $0 & 6 }
    (rights.isSticky, rights.setsGroup, rights.inherited, rights.foreign) = (false, false, [], [:])
    return rights
  }

  /// Rights of something that belongs to `newOwner` and `newGroup`, which give everybody else what these give: the old
  /// owner and group become entries. The new owner has `bits`, for it is the daemon.
  ///
  /// Nil where that cannot be said: where a group may do less than others may, being in a second group must not help.
  package func kept(byOwner newOwner: UInt32, group newGroup: UInt32, bits: UInt8) -> AccessRights? {
    var kept = self
    if newOwner != owner {
      kept.users[newOwner] = nil
      // Root may do everything anyway.
      if owner != 0 { kept.users[owner] = ownerBits }
      (kept.owner, kept.ownerBits) = (newOwner, bits)
    }
    if newGroup != group {
      guard let known = groups[newGroup] ?? (isUniform ? otherBits : nil) else { return nil }
      kept.groups[newGroup] = nil
      kept.groups[group] = groupBits | (groups[group] ?? 0)
      (kept.group, kept.groupBits) = (newGroup, known)
    }
    return kept
  }

  /// Whether every group may do what others may.
  private var isUniform: Bool { groupEntries.values.allSatisfy { otherBits & ~$0 == 0 } }

  fileprivate var groupEntries: [UInt32: UInt8] { groups.merging([group: groupBits], uniquingKeysWith: |) }

  fileprivate func explicit(_ user: UInt32) -> UInt8? { user == owner ? ownerBits : users[user] }
}

// MARK: - Comparing

extension AccessRights {
  /// In which groups a user is; nil where it is not known.
  package typealias Membership = (UInt32) -> Set<UInt32>?

  /// Whether everybody may do the same, but for root and `agent`, who is the one that asks.
  package func isSame(as other: AccessRights, for agent: UInt32, _ groups: Membership) -> Bool {
    isOwned(as: other, agent) && isSticky == other.isSticky
      && holds(with: other, agent, groups) { mine, least, _ in mine == least }
      && other.holds(with: self, agent, groups) { mine, least, _ in mine == least }
  }

  /// Whether nobody may do more than `other` lets them.
  package func isNoWider(than other: AccessRights, for agent: UInt32, _ groups: Membership) -> Bool {
    isOwned(as: other, agent) && (isSticky || !other.isSticky)
      && holds(with: other, agent, groups) { mine, least, _ in mine & ~least == 0 }
  }

  /// The same for a directory that is reached through `parent` only: who may not pass that gets no further.
  package func isNoWider(inside parent: AccessRights, for agent: UInt32, _ groups: Membership) -> Bool {
    isOwned(as: parent, agent) && (isSticky || !parent.isSticky)
      && holds(with: parent, agent, groups) { mine, least, most in most & 1 == 0 || mine & ~least == 0 }
  }

  /// Whether all who may list the directory `root` may list this directory below it too, but for root and `agent`; also
  /// by what others than the kernel look after.
  package func isOpen(toAllOf root: AccessRights, for agent: UInt32, _ groups: Membership) -> Bool {
    root.holds(with: self, agent, groups) { mine, least, _ in mine & 5 & ~least == 0 } && keepsForeign(of: root)
  }

  /// Whether all who may list the directory `directory` may read this file in it, but for root and `agent`.
  package func isReadable(byAllOf directory: AccessRights, for agent: UInt32, _ groups: Membership) -> Bool {
    directory.holds(with: self, agent, groups) { mine, least, _ in mine & 4 & ~least == 0 }
  }

  /// What Samba keeps of a Windows ACL (`vfs_acl_xattr(8)`), and what an NFS client shows of its server's.
  static let foreignNames = ["security.NTACL", "system.nfs4_acl"]

  /// Whether the same holds outside the kernel. With `acl_xattr:ignore system acls` the mode is open to all, and Samba's
  /// attribute alone protects; where the mode protects by itself, that is enough.
  package func keepsForeign(of other: AccessRights) -> Bool {
    other.foreign.allSatisfy { name, bytes in
      foreign[name] == bytes || name == Self.foreignNames[0] && other.otherBits & 5 == 0
    }
  }

  /// An owner may change the rights at any time.
  private func isOwned(as other: AccessRights, _ agent: UInt32) -> Bool {
    owner == other.owner || owner == agent || owner == 0
  }

  /// Asks `relation` about each one for whom either says something: what these rights let them do at most, and the other
  /// ones at least and at most.
  private func holds(
    with other: AccessRights, _ agent: UInt32, _ groups: Membership, _ relation: (UInt8, UInt8, UInt8) -> Bool
  ) -> Bool {
    for user in Set(users.keys).union(other.users.keys).union([owner, other.owner]) where user != 0 && user != agent {
      let isIn = explicit(user) == nil || other.explicit(user) == nil ? groups(user) : nil
      let theirs = other.bits(user, isIn)
      guard relation(bits(user, isIn).most, theirs.least, theirs.most) else { return false }
    }
    let (mine, others) = (groupEntries, other.groupEntries)
    for group in Set(mine.keys).union(others.keys) {
      let theirs = others[group] ?? other.otherBits
      guard relation(mine[group] ?? otherBits, theirs, theirs) else { return false }
      // Whom an entry names in one alone: it must make no difference to be in another group as well.
      if mine[group] == nil && !isUniform || others[group] == nil && !other.isUniform { return false }
    }
    return relation(otherBits, other.otherBits, other.otherBits)
  }

  /// What a user may do; where it is not known in which groups they are, between what and what.
  private func bits(_ user: UInt32, _ isIn: Set<UInt32>?) -> (least: UInt8, most: UInt8) {
    if let bits = explicit(user) { return (bits, bits) }
    guard let isIn else { return (groupEntries.values.reduce(otherBits, &), groupEntries.values.reduce(otherBits, |)) }
    let found = groupEntries.filter { isIn.contains($0.key) }.values
    let bits = found.isEmpty ? otherBits : found.reduce(0, |)
    return (bits, bits)
  }
}
