/// The final answer to a request; interim (1xx) answers are dropped.
package struct HTTPResponse: Sendable, Equatable {
  package var status: Int
  /// In the order received, names in lower case. A repeated header appears as often as it was sent.
  package var headers: [HTTPHeader]
  package var body: [UInt8]
  /// The request went out more than once, and an earlier one may have been carried out.
  package var wasSentAgain: Bool

  package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = [], wasSentAgain: Bool = false) {
    self.status = status
    self.headers = headers
    self.body = body
    self.wasSentAgain = wasSentAgain
  }

  /// The first value of the header, whose name is given in lower case.
  package func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}
