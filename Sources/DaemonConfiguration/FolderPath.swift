import DeliveryModel

/// Absolute paths compared by their components.
enum FolderPath {
  /// The components, without empty ones and `.`.
  static func segments(of path: String) -> [String] {
    path.pieces(at: "/").filter { !$0.isEmpty && $0 != "." }
  }

  /// Whether one is the other or lies inside it.
  static func overlap(_ left: String, _ right: String) -> Bool {
    let (left, right) = (segments(of: left), segments(of: right))
    // By bytes: the file system tells composed and decomposed names apart, Swift's strings do not.
    return zip(left, right).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
  }
}
