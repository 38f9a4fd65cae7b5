package import Cryptography
package import DeliveryModel

/// That one line stands in a signed day, without any other line of it (C2SP tlog-proof, https://c2sp.org/tlog-proof).
package struct EntryProof: Equatable, Sendable {
  /// The line's place in its day, from 0: its number less that of the day's first line.
  package let index: Int64
  /// The path from the line to the root, the line's neighbour first.
  package let path: [SHA256Digest]
  package let checkpoint: SignedCheckpoint

  private static let header = "c2sp.org/tlog-proof@v1"

  /// Proves the line at `index` of a day, given the leaf hashes of all its lines; nil where they are not those of the
  /// checkpoint.
  package init?(of index: Int, in leaves: [SHA256Digest], checkpoint: SignedCheckpoint) {
    guard Int64(leaves.count) == checkpoint.checkpoint.size, MerkleTree.root(of: leaves) == checkpoint.checkpoint.root,
      let path = MerkleTree.inclusionProof(of: index, in: leaves)
    else { return nil }
    self.index = Int64(index)
    self.path = path
    self.checkpoint = checkpoint
  }

  /// The bytes of a file that ends in `.tlog-proof`.
  package var bytes: [UInt8] {
    let hashes = path.map { Base64.encode($0) + "\n" }.joined()
    return Array("\(Self.header)\nindex \(index)\n\(hashes)\n".utf8) + checkpoint.bytes
  }

  /// Reads what ``bytes`` writes; nil for anything else.
  package init?(bytes: some Collection<UInt8>) {
    guard bytes.count <= 64 << 10, let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let end = lines.firstIndex(where: \.isEmpty), end >= 2, lines[0] == Self.header,
      lines[1].hasPrefix("index "), let index = Int64(lines[1].dropFirst(6)), index >= 0,
      let checkpoint = SignedCheckpoint(bytes: Array(lines[(end + 1)...].joined(separator: "\n").utf8))
    else { return nil }
    let path = lines[2..<end].compactMap { Base64.decode($0).flatMap { SHA256Digest(bytes: $0) } }
    guard path.count == end - 2 else { return nil }
    self.index = index
    self.path = path
    self.checkpoint = checkpoint
    guard self.bytes.elementsEqual(bytes) else { return nil }
  }

  /// Whether the line (without its newline) stands at ``index`` of a day that the key of that name signed.
  package func proves(_ line: [UInt8], key: VerifyingKey, name: String) -> Bool {
    checkpoint.isSigned(by: key, name: name)
      && MerkleTree.isIncluded(
        MerkleTree.leaf(line), at: index, of: checkpoint.checkpoint.size, proof: path, root: checkpoint.checkpoint.root)
  }
}
