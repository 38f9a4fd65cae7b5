/// The `host:port` of a URL, for messages.
enum URLAuthority {
  static func of(_ url: String) -> String {
    let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return "the server" }
    let authority = parts[2].prefix { $0 != "/" && $0 != "?" }
    // Whatever stands before an @ could be a password.
    return authority.isEmpty || authority.contains("@") ? "the server" : String(authority)
  }
}
