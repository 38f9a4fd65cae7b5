import Foundation
import Glibc
import SystemSupport

/// Where the output goes: a person's terminal, or a file or pipe that gets neither colours nor cut lines.
struct Screen {
  enum Colour: String {
    case good = "32"
    case warning = "33"
    case bad = "31"
    case quiet = "2"
    case strong = "1"
  }

  /// Nil where standard output is no terminal.
  let size: TerminalSize?
  let isColoured: Bool

  static var current: Screen {
    let variables = ProcessInfo.processInfo.environment
    let size = isatty(STDOUT_FILENO) == 1 ? TerminalSize(of: STDOUT_FILENO) ?? TerminalSize(columns: 80, rows: 24) : nil
    // https://no-color.org
    let isRefused = !(variables["NO_COLOR"] ?? "").isEmpty || variables["TERM"] == "dumb"
    return Screen(size: size, isColoured: size != nil && !isRefused)
  }

  /// The same for text that must be seen to its end.
  var uncut: Screen { Screen(size: nil, isColoured: isColoured) }

  /// The text in a colour, where colours are wanted.
  func paint(_ text: String, _ colour: Colour?) -> String {
    guard isColoured, let colour, !text.isEmpty else { return text }
    return "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m"
  }

  /// As much of a line as the terminal shows.
  func fit(_ text: String, after used: Int) -> String {
    guard let size, used + text.count > size.columns else { return text }
    return text.prefix(max(1, size.columns - used - 1)) + "…"
  }
}
