/// Rows in aligned columns, separated by two spaces; the last column is as long as it is, or as the terminal is wide.
struct Table {
  struct Cell: ExpressibleByStringInterpolation {
    var text: String
    var colour: Screen.Colour?

    init(_ text: String, _ colour: Screen.Colour? = nil) {
      self.text = text
      self.colour = colour
    }

    init(stringLiteral text: String) { self.init(text) }
  }

  var header: [String]
  /// Columns of numbers, which stand to the right.
  var numeric: Set<Int> = []
  var rows: [[Cell]] = []

  func text(on screen: Screen) -> String { lines(on: screen).joined(separator: "\n") }

  func lines(on screen: Screen) -> [String] {
    let all = [header.map { Cell($0, .strong) }] + rows
    let widths = header.indices.map { column in all.map { $0[column].text.count }.max() ?? 0 }
    return all.map { line($0, widths, screen) }
  }

  private func line(_ cells: [Cell], _ widths: [Int], _ screen: Screen) -> String {
    var line = ""
    var used = 0
    for (column, cell) in cells.enumerated() {
      let isLast = column == cells.count - 1
      let text = isLast ? screen.fit(cell.text, after: used) : cell.text
      let padding = String(repeating: " ", count: isLast ? 0 : widths[column] - text.count)
      let painted = screen.paint(text, cell.colour)
      line += numeric.contains(column) ? padding + painted : painted + padding
      if !isLast { line += "  " }
      used += widths[column] + 2
    }
    return line
  }
}
