/// Finds what a person probably meant to write.
package enum NearestName {
  /// The candidate that differs in the fewest letters, if those are few.
  package static func find(_ name: String, among candidates: [String]) -> String? {
    guard name.utf8.count <= 64 else { return nil }
    let written = Array(name.lowercased().filter { $0 != "-" && $0 != "_" })
    let scored = candidates.map { candidate in
      (candidate, distance(written, Array(candidate.filter { $0 != "_" })))
    }
    guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(1, written.count / 3) else { return nil }
    return best.0
  }

  /// Insertions, deletions and changes that make one of the other (Levenshtein).
  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (index, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (column, other) in right.enumerated() {
        let change = diagonal + (character == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
