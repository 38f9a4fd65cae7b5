/// One header line.
package struct HTTPHeader: Sendable, Equatable {
  /// Lower case.
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}
