/// Who saved a file, as a service that let them in says.
package struct FileSaver: Hashable, Sendable {
  /// The user's name there.
  package let user: String
  /// From where they came: an address.
  package let address: String
  /// Which service says so, such as `samba`.
  package let source: String

  package init(user: String, address: String, source: String) {
    self.user = user
    self.address = address
    self.source = source
  }
}
