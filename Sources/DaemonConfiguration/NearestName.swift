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

  /// Insertions, deletions, changes and swaps of neighbours that make one of the other (optimal string alignment).
  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var rows = [Array(0...right.count)]
    for (index, character) in left.enumerated() {
      var row = [index + 1]
      for (column, other) in right.enumerated() {
        let change = rows[index][column] + (character == other ? 0 : 1)
        var least = min(change, rows[index][column + 1] + 1, row[column] + 1)
        if index > 0, column > 0, character == right[column - 1], other == left[index - 1] {
          least = min(least, rows[index - 1][column - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
