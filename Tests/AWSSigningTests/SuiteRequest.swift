import AWSSigning
import Cryptography
import DeliveryModel
import Foundation

/// A request as the signing suite writes it: a request line, headers (some of them folded), an empty line, a body.
struct SuiteRequest {
  var method = ""
  var path = ""
  var query: [(name: String, value: String)] = []
  var headers: [(name: String, value: String)] = []
  var body = ""

  /// Takes the text of `request.txt`. The path may hold spaces, and bytes that are not yet percent-encoded.
  init(parsing text: String) throws {
    let sections = text.split(separator: "\n\n", maxSplits: 1)
    var lines = sections.first.map { $0.split(separator: "\n") } ?? []
    guard let start = lines.first, let end = start.range(of: " HTTP/1.1"), let space = start.firstIndex(of: " ") else {
      throw CocoaError(.fileReadCorruptFile)
    }
    lines.removeFirst()
    body = sections.count > 1 ? String(sections[1]) : ""
    method = String(start[..<space])
    let target = start[start.index(after: space)..<end.lowerBound].split(separator: "?", maxSplits: 1)
    path = String(target[0])
    if target.count > 1 { query = target[1].split(separator: "&").map(Self.queryItem) }
    for line in lines { add(line) }
  }

  private mutating func add(_ line: Substring) {
    if line.hasPrefix(" "), let last = headers.indices.last {
      headers[last].value += "\n" + line
    } else {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      headers.append((parts[0].lowercased(), parts.count > 1 ? String(parts[1]) : ""))
    }
  }

  private static func queryItem(_ text: Substring) -> (name: String, value: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      .map { $0.removingPercentEncoding ?? String($0) }
    return (parts[0], parts.count > 1 ? parts[1] : "")
  }

  var signable: SignableRequest {
    SignableRequest(
      method: method, path: path, query: query, headers: headers, payload: .digest(SHA256.digest(of: body.utf8)))
  }
}
