/// An access ACL (`acl(5)`), as it was written: the mask is not yet applied.
package struct AccessList: Sendable, Equatable {
  package var owner: UInt8
  package var users: [UInt32: UInt8]
  package var group: UInt8
  package var groups: [UInt32: UInt8]
  package var mask: UInt8
  package var other: UInt8

  package init(
    owner: UInt8, users: [UInt32: UInt8], group: UInt8, groups: [UInt32: UInt8], mask: UInt8, other: UInt8
  ) {
    self.owner = owner
    self.users = users
    self.group = group
    self.groups = groups
    self.mask = mask
    self.other = other
  }

  /// `linux/posix_acl_xattr.h`: a version of 4 bytes, then entries of tag (2), permissions (2), number (4), little-endian.
  private enum Tag: UInt16 {
    case owner = 0x01
    case user = 0x02
    case group = 0x04
    case namedGroup = 0x08
    case mask = 0x10
    case other = 0x20
  }

  private static let version: UInt32 = 2
  private static let nobody = UInt32.max

  /// Reads the value of `system.posix_acl_access`; nil for anything else.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count >= 4, (bytes.count - 4).isMultiple(of: 8), Self.number(bytes[0..<4]) == Self.version else {
      return nil
    }
    self.init(owner: 0, users: [:], group: 0, groups: [:], mask: 7, other: 0)
    for start in stride(from: 4, to: bytes.count, by: 8) {
      let bits = UInt8(Self.number(bytes[(start + 2)..<(start + 4)]) & 7)
      let id = Self.number(bytes[(start + 4)..<(start + 8)])
      switch Tag(rawValue: UInt16(truncatingIfNeeded: Self.number(bytes[start..<(start + 2)]))) {
      case .owner: owner = bits
      case .user: users[id] = bits
      case .group: group = bits
      case .namedGroup: groups[id] = bits
      case .mask: mask = bits
      case .other: other = bits
      case nil: return nil
      }
    }
  }

  /// The value for `system.posix_acl_access`, its entries in the order that the kernel asks for.
  package var bytes: [UInt8] {
    var bytes = Self.bytes(Self.version, 4)
    func add(_ tag: Tag, _ bits: UInt8, _ id: UInt32 = Self.nobody) {
      bytes += Self.bytes(UInt32(tag.rawValue), 2) + Self.bytes(UInt32(bits), 2) + Self.bytes(id, 4)
    }
    add(.owner, owner)
    for (id, bits) in users.sorted(by: { $0.key < $1.key }) { add(.user, bits, id) }
    add(.group, group)
    for (id, bits) in groups.sorted(by: { $0.key < $1.key }) { add(.namedGroup, bits, id) }
    add(.mask, mask)
    add(.other, other)
    return bytes
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func bytes(_ number: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }
  }
}
