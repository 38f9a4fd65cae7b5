import ArgumentParser

/// How a long list is printed: shared by `history` and `audit`.
struct ListOptions: ParsableArguments {
  @Flag(help: "Print one JSON array.")
  var json = false

  @Flag(help: "Print CSV.")
  var csv = false

  func validate() throws {
    if json && csv { throw ValidationError("--json and --csv exclude each other") }
  }

  var format: ListOutput.Format { json ? .json : csv ? .csv : .lines }
}
