import Cryptography
package import DeliveryModel

/// The hashes of RFC 6962 section 2.1 over a list of lines, with SHA-256.
package enum MerkleTree {
  /// The hash of a leaf: SHA-256(0x00 ‖ bytes).
  package static func leaf(_ bytes: some Collection<UInt8>) -> SHA256Digest {
    var hasher = SHA256Hasher()
    hasher.update(CollectionOfOne(UInt8(0)))
    hasher.update(bytes)
    return hasher.finalize()
  }

  /// The hash of two subtrees: SHA-256(0x01 ‖ left ‖ right).
  package static func node(_ left: SHA256Digest, _ right: SHA256Digest) -> SHA256Digest {
    SHA256.digest(of: [1] + left.bytes + right.bytes)
  }

  /// The root of a tree without leaves: SHA-256 of nothing.
  package static var emptyRoot: SHA256Digest { SHA256.digest(of: []) }

  /// The root over all the leaf hashes.
  package static func root(of leaves: some Collection<SHA256Digest>) -> SHA256Digest {
    var frontier = MerkleFrontier()
    for leaf in leaves { frontier.append(leaf) }
    return frontier.root
  }

  /// The path of RFC 6962 section 2.1.1 from a leaf to the root, the leaf's neighbour first; nil for an index outside.
  package static func inclusionProof(of index: Int, in leaves: [SHA256Digest]) -> [SHA256Digest]? {
    guard leaves.indices.contains(index) else { return nil }
    var path: [SHA256Digest] = []
    var level = leaves
    var place = index
    // Level by level: each pair becomes a node, a last one without a neighbour rises as it is.
    while level.count > 1 {
      let neighbour = place ^ 1
      if neighbour < level.count { path.append(level[neighbour]) }
      level = stride(from: 0, to: level.count, by: 2).map { left in
        left + 1 < level.count ? node(level[left], level[left + 1]) : level[left]
      }
      place /= 2
    }
    return path
  }

  /// Whether a path leads from the leaf at `index` to the root of a tree of `size` leaves (RFC 9162 section 2.1.3.2).
  package static func isIncluded(
    _ leaf: SHA256Digest, at index: Int64, of size: Int64, proof: [SHA256Digest], root: SHA256Digest
  ) -> Bool {
    guard 0..<max(size, 0) ~= index else { return false }
    var place = index
    var last = size - 1
    var hash = leaf
    for step in proof {
      guard last > 0 else { return false }
      if place & 1 == 1 || place == last {
        hash = node(step, hash)
        while place & 1 == 0 && place != 0 {
          place >>= 1
          last >>= 1
        }
      } else {
        hash = node(hash, step)
      }
      place >>= 1
      last >>= 1
    }
    return last == 0 && hash == root
  }
}

/// What is needed of a tree to append to it: the roots of its full subtrees, one for each bit of its size that is set, the
/// largest first.
package struct MerkleFrontier: Equatable, Sendable {
  /// How many leaves there are.
  package private(set) var size: Int64
  package private(set) var nodes: [SHA256Digest]

  package init() {
    size = 0
    nodes = []
  }

  /// Takes a frontier as it was kept; nil where the nodes are not as many as the size asks for.
  package init?(size: Int64, nodes: [SHA256Digest]) {
    guard size >= 0, nodes.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.nodes = nodes
  }

  /// Appends a leaf, given as its hash.
  package mutating func append(_ leaf: SHA256Digest) {
    var hash = leaf
    var carried = size
    while carried & 1 == 1, let left = nodes.popLast() {
      hash = MerkleTree.node(left, hash)
      carried >>= 1
    }
    nodes.append(hash)
    size += 1
  }

  /// The root over all the leaves.
  package var root: SHA256Digest {
    guard var hash = nodes.last else { return MerkleTree.emptyRoot }
    for left in nodes.dropLast().reversed() { hash = MerkleTree.node(left, hash) }
    return hash
  }
}
