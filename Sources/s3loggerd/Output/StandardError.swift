import Glibc

/// Messages for the person, on standard error.
enum StandardError {
  static func print(_ text: String) {
    var bytes = Array((text + "\n").utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno != EINTR { return }
      bytes = bytes.dropFirst(max(0, written))
    }
  }
}

/// What has been printed so far.
enum StandardOutput {
  /// Sends it on its way: print(_:) keeps it back while no terminal reads.
  static func flush() { fflush(nil) }
}
