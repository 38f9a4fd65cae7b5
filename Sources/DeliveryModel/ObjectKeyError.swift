/// Why a rendered key cannot name an object. It is a fault of the file: it is parked.
package enum ObjectKeyError: Error, Equatable, CustomStringConvertible {
  /// The key's length in bytes.
  case tooLong(Int)
  /// A part between two slashes, or before the first or after the last, is empty.
  case emptySegment
  /// A part between slashes is `.` or `..`, which tools that read the bucket would take for a folder.
  case dotSegment

  /// A short stable name for `parked` and for scripts.
  package var code: String {
    switch self {
    case .tooLong: "key-too-long"
    case .emptySegment: "key-empty-segment"
    case .dotSegment: "key-dot-segment"
    }
  }

  package var description: String {
    switch self {
    case .tooLong(let bytes):
      "the object key would have \(bytes) bytes and S3 takes \(ObjectKeyTemplate.maximumBytes); "
        + "shorten the file's name or its folders' names"
    case .emptySegment:
      "the object key would have an empty part between its slashes; change the folder's key template or the file's name"
    case .dotSegment:
      "the object key would have a part \".\" or \"..\"; change the folder's key template or the file's name"
    }
  }

  /// What is wrong with a key, if anything. Length first, for it is what people meet.
  static func problem(of key: [UInt8]) -> ObjectKeyError? {
    guard key.count <= ObjectKeyTemplate.maximumBytes else { return .tooLong(key.count) }
    var length = 0
    var dots = 0
    for byte in key {
      guard byte == RelativePath.slash else {
        length += 1
        if byte == UInt8(ascii: ".") { dots += 1 }
        continue
      }
      if let problem = problem(ofSegmentWith: length, dots: dots) { return problem }
      length = 0
      dots = 0
    }
    return problem(ofSegmentWith: length, dots: dots)
  }

  private static func problem(ofSegmentWith length: Int, dots: Int) -> ObjectKeyError? {
    if length == 0 { return .emptySegment }
    return length == dots && dots <= 2 ? .dotSegment : nil
  }
}
