/// A command line split into arguments as the SDKs split that of `credential_process`: by a shell's rules of quoting, and
/// nothing else of a shell.
package enum CommandLineText {
  /// Nil where a quotation mark is not closed, or the line ends with a backslash.
  package static func split(_ line: String) -> [String]? {
    var arguments: [String] = []
    var current: String.UnicodeScalarView?
    var quote: Unicode.Scalar?
    var scalars = line.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      switch (scalar, quote) {
      case ("\\", nil), ("\\", "\""):
        guard let next = scalars.next() else { return nil }
        // Between double quotes a backslash stands for itself unless it protects a quote or a backslash.
        let isKept = quote == "\"" && next != "\"" && next != "\\"
        current = (current ?? .init()) + (isKept ? [scalar, next] : [next])
      case (_, let open?) where scalar == open: quote = nil
      case (_, .some): current = (current ?? .init()) + [scalar]
      case ("'", nil), ("\"", nil):
        quote = scalar
        current = current ?? .init()
      case (" ", nil), ("\t", nil), ("\n", nil), ("\r", nil):
        if let word = current { arguments.append(String(word)) }
        current = nil
      default: current = (current ?? .init()) + [scalar]
      }
    }
    if quote != nil { return nil }
    if let word = current { arguments.append(String(word)) }
    return arguments
  }
}
