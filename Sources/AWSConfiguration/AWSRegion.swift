/// The name of a region.
package enum AWSRegion {
  /// Whether `name` can be a region: a host label, since it becomes part of a host name.
  package static func isValid(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard 1...63 ~= bytes.count, bytes.first != hyphen, bytes.last != hyphen else { return false }
    return bytes.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == hyphen
    }
  }

  private static let hyphen = UInt8(ascii: "-")
}
