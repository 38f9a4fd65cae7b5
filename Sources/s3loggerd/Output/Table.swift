/// Rows in aligned columns, separated by two spaces; the last column is as long as it is.
struct Table {
  var header: [String]
  var rows: [[String]] = []

  /// The table's text; nil where there are no rows.
  var text: String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { line($0, widths) }.joined(separator: "\n")
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = ""
    for (index, cell) in cells.enumerated() {
      line += cell
      if index < cells.count - 1 { line += String(repeating: " ", count: widths[index] - cell.count + 2) }
    }
    return line
  }
}
