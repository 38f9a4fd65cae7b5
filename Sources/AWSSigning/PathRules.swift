/// How a service wants the path in the canonical request. S3 takes it as it is sent, since `a//b` and `a/./b` are
/// objects of their own; every other service takes it normalised and encoded once more:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
struct PathRules: Sendable, Equatable {
  /// Empty, `.` and `..` segments are resolved.
  var normalizes: Bool
  /// What is sent is percent-encoded again.
  var encodesAgain: Bool

  /// Appends the canonical form of `path`, which is `/` for an empty one.
  func append(_ path: String, to output: inout [UInt8]) {
    if path.isEmpty {
      output.append(UInt8(ascii: "/"))
    } else if normalizes {
      append(encoding: Self.normalized(Array(path.utf8)), to: &output)
    } else {
      append(encoding: path.utf8, to: &output)
    }
  }

  private func append(encoding path: some Collection<UInt8>, to output: inout [UInt8]) {
    if encodesAgain {
      output.append(contentsOf: PercentEncoding.path(path).utf8)
    } else {
      output.append(contentsOf: path)
    }
  }

  /// RFC 3986, 5.2.4, with runs of `/` made one. A final `/` stays; that of a final `/.` or `/..` does not.
  private static func normalized(_ path: [UInt8]) -> [UInt8] {
    let slash = UInt8(ascii: "/")
    var segments: [ArraySlice<UInt8>] = []
    for segment in path.split(separator: slash) where !segment.elementsEqual(".".utf8) {
      if segment.elementsEqual("..".utf8) { _ = segments.popLast() } else { segments.append(segment) }
    }
    var result = segments.flatMap { [slash] + $0 }
    if segments.isEmpty || path.last == slash { result.append(slash) }
    return result
  }
}
