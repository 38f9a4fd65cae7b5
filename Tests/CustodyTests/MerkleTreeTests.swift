import Cryptography
import DeliveryModel
import TestSupport
import Testing

@testable import Custody

@Suite("Merkle trees (RFC 6962)")
struct MerkleTreeTests {
  /// The leaves and roots that Certificate Transparency's own tests have.
  static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
  ]
  static let roots = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test("roots are the published ones")
  func published() throws {
    #expect(MerkleTree.root(of: []).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    var frontier = MerkleFrontier()
    for (leaf, root) in zip(Self.leaves, Self.roots) {
      frontier.append(MerkleTree.leaf(try #require(Hexadecimal.decode(leaf))))
      #expect(frontier.root.hex == root)
      #expect(MerkleFrontier(size: frontier.size, nodes: frontier.nodes) == frontier)
    }
    #expect(MerkleFrontier(size: 3, nodes: frontier.nodes) == nil)
  }

  /// RFC 6962 section 2.1 in its own words: split at the largest power of two below the size.
  static func root(_ leaves: ArraySlice<SHA256Digest>) -> SHA256Digest {
    guard leaves.count > 1 else { return leaves.first ?? MerkleTree.emptyRoot }
    var split = 1
    while split * 2 < leaves.count { split *= 2 }
    return MerkleTree.node(root(leaves.prefix(split)), root(leaves.dropFirst(split)))
  }

  @Test("every leaf of every tree up to 70 is proved, and nothing else is", arguments: 1...70)
  func proofs(size: Int) throws {
    let leaves = (0..<size).map { MerkleTree.leaf([UInt8($0)]) }
    let root = MerkleTree.root(of: leaves)
    #expect(root == Self.root(leaves[...]))
    for (index, leaf) in leaves.enumerated() {
      let proof = try #require(MerkleTree.inclusionProof(of: index, in: leaves))
      func holds(_ leaf: SHA256Digest, _ index: Int, _ size: Int, _ proof: [SHA256Digest]) -> Bool {
        MerkleTree.isIncluded(leaf, at: Int64(index), of: Int64(size), proof: proof, root: root)
      }
      #expect(holds(leaf, index, size, proof))
      #expect(!holds(MerkleTree.leaf([200]), index, size, proof))
      #expect(!holds(leaf, index, size, proof + [leaf]))
      #expect(size == 1 || !holds(leaf, index, size, Array(proof.dropLast())))
      #expect(!holds(leaf, size, size, proof))
      #expect(!holds(leaf, -1, size, proof))
      #expect(size == 1 || !holds(leaf, (index + 1) % size, size, proof))
    }
    #expect(MerkleTree.inclusionProof(of: size, in: leaves) == nil)
  }
}
