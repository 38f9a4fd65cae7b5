import DeliveryModel
import Testing

@testable import AWSSigning

@Suite("Percent-encoding")
struct PercentEncodingTests {
  @Test("keeps the unreserved characters of RFC 3986 and encodes every other byte in upper case")
  func everyByte() {
    let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    for byte in UInt8.min...UInt8.max {
      let hex = Hexadecimal.encode([byte]).uppercased()
      let expected = unreserved.contains(byte) ? String(decoding: [byte], as: UTF8.self) : "%" + hex
      #expect(PercentEncoding.component([byte]) == expected)
      #expect(PercentEncoding.path([byte]) == (byte == UInt8(ascii: "/") ? "/" : expected))
    }
  }

  @Test("encodes text as its UTF-8, composed or not")
  func text() {
    #expect(PercentEncoding.component("a/b c+\u{e9}") == "a%2Fb%20c%2B%C3%A9")
    #expect(PercentEncoding.path("a/b\u{65}\u{301}") == "a/be%CC%81")
  }

  @Test(
    "a path that is signed encoded once more is not normalised unless asked for",
    arguments: [
      ("", "/", "/"), ("/", "/", "/"), ("/a%20b", "/a%2520b", "/a%2520b"), ("//a/./b//", "//a/./b//", "/a/b/"),
      ("/a/..", "/a/..", "/"), ("/../a/.", "/../a/.", "/a"),
    ])
  func canonicalPaths(path: String, encoded: String, normalized: String) {
    var output: [UInt8] = []
    PathRules(normalizes: false, encodesAgain: true).append(path, to: &output)
    #expect(String(decoding: output, as: UTF8.self) == encoded)
    output = []
    PathRules(normalizes: true, encodesAgain: true).append(path, to: &output)
    #expect(String(decoding: output, as: UTF8.self) == normalized)
  }
}
