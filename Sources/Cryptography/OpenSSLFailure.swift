import COpenSSL

/// What OpenSSL's error queue held after a call that failed.
enum OpenSSLFailure {
  /// Takes every error of this thread's queue, oldest first, and leaves the queue empty.
  static func takeAll() -> [(reason: Int32, text: String)] {
    var errors: [(reason: Int32, text: String)] = []
    while case let code = ERR_get_error(), code != 0 {
      // ERR_GET_REASON is a macro: the low 23 bits (openssl/err.h).
      let reason = Int32(truncatingIfNeeded: code & 0x7f_ffff)
      errors.append((reason, ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(reason)"))
    }
    return errors
  }

  /// The errors in one line; empty where there were none.
  static func takeText() -> String {
    takeAll().map(\.text).joined(separator: "; ")
  }
}
