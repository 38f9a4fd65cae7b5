import CLinux

/// How much a terminal shows.
package struct TerminalSize: Sendable, Equatable {
  package let columns: Int
  package let rows: Int

  package init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
  }

  /// That of a descriptor; nil where it is no terminal or does not say.
  package init?(of descriptor: Int32) {
    var columns: UInt16 = 0
    var rows: UInt16 = 0
    guard clinux_terminal_size(descriptor, &columns, &rows) == 0, columns > 0, rows > 0 else { return nil }
    self.init(columns: Int(columns), rows: Int(rows))
  }
}
