import Daemon
import DeliveryModel

/// Prints a list item by item, so that a million of them need no memory: as lines, as one JSON array, or as CSV.
struct ListOutput {
  enum Format {
    case lines
    case json
    case csv
  }

  let format: Format
  private var count = 0
  /// A program gets the names as they are, a person sees them as elsewhere.
  private let isForPerson = Screen.current.size != nil

  init(format: Format) {
    self.format = format
  }

  /// `columns` are those of CSV.
  func begin(columns: [String]) {
    switch format {
    case .lines: break
    case .json: print("[", terminator: "")
    case .csv: print(columns.joined(separator: ","))
    }
  }

  /// `lines` are for people; `fields` are those of CSV, in the order of its columns.
  mutating func add(
    _ item: some Encodable, lines: @autoclosure () -> [String], fields: @autoclosure () -> [String]
  ) throws {
    switch format {
    case .lines: for line in lines() { print(line) }
    case .json: print((count == 0 ? "\n" : ",\n") + (try JSONOutput.text(item)), terminator: "")
    case .csv: print(fields().map { CSVField.quote(isForPerson ? EscapedText.escape($0) : $0) }.joined(separator: ","))
    }
    count += 1
  }

  func end() {
    if format == .json { print(count == 0 ? "]" : "\n]") }
  }
}
