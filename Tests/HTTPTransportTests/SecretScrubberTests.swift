import Foundation
import Testing

@testable import HTTPTransport

/// Nothing that a request told in confidence is in what its answer says.
struct SecretScrubberTests {
  private static let token =
    "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDq7/abcDEF+ghi012JKL345mno678PQR9stu/UVWxyzABC+DEF=="
  private static let signature = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

  /// The longest run of the secret's characters that is in the text.
  private func longestRun(of secret: String, in text: String) -> Int {
    let (secret, text) = (Array(secret.utf8), Array(text.utf8))
    var longest = 0
    for start in secret.indices {
      for length in stride(from: longest + 1, through: secret.count - start, by: 1) {
        let piece = Array(secret[start..<(start + length)])
        guard text.indices.contains(where: { text[$0...].starts(with: piece) }) else { break }
        longest = length
      }
    }
    return longest
  }

  private static let shapes: [@Sendable (String) -> String] = [
    { $0 },
    { String($0.dropFirst(7).prefix(40)) },
    { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" },
    { $0.replacing("/", with: "\\/").replacing("+", with: "\\u002b") },
    { $0.replacing("/", with: "&#x2F;").replacing("+", with: "&#43;").replacing("=", with: "&#x3D;") },
    { $0.utf8.map { "&#\($0);" }.joined() },
    { $0.utf8.map { "&#x0\(String($0, radix: 16));" }.joined() },
    { $0.utf8.map { "\\u00\(String($0, radix: 16))" }.joined() },
    { $0.utf8.map { "%\(String($0, radix: 16).uppercased())" }.joined() },
    { $0.enumerated().map { $0.offset % 76 == 75 ? "\($0.element)\r\n" : "\($0.element)" }.joined() },
  ]

  @Test("a secret is removed as it is, in part, and escaped for a URL, JSON or XML", arguments: 0..<10)
  func escaped(index: Int) {
    let scrubber = SecretScrubber([Self.token, Self.signature])
    for secret in [Self.token, Self.signature] {
      let text = "<Message>you sent x-amz-security-token: \(Self.shapes[index](secret)) and no more</Message>"
      let scrubbed = scrubber.scrubbed(text)
      #expect(longestRun(of: secret, in: scrubbed) < 12, "\(scrubbed)")
      #expect(scrubbed.hasPrefix("<Message>you sent x-amz-security-token: "))
      #expect(scrubbed.hasSuffix(" and no more</Message>") && scrubbed.contains("[removed]"))
    }
  }

  @Test("a secret is removed from Base64 wherever it begins in it", arguments: 0..<6)
  func base64(offset: Int) {
    let text = Data((String(repeating: "h", count: offset) + Self.token + "tail").utf8).base64EncodedString()
    let scrubbed = SecretScrubber([Self.token]).scrubbed("echo: \(text)!")
    let longest = longestRun(of: text, in: scrubbed)
    #expect(longest < 20, "\(scrubbed)")
  }

  @Test("a secret that looks escaped itself is removed, and beside it one that is")
  func escapedItself() {
    let secret = "abcdefg%41hijklmn&#66;opqrst%43uvwxyz0"
    let scrubber = SecretScrubber([secret, Self.token])
    let percent = Self.token.utf8.map { "%\(String($0, radix: 16))" }.joined()
    #expect(
      scrubber.scrubbed("you sent \(secret) and, further on, as it happens to be the case, \(percent) here")
        == "you sent [removed] and, further on, as it happens to be the case, [removed] here")
  }

  @Test("a secret is removed in hexadecimal, a signature in capitals too")
  func hexadecimal() {
    let scrubber = SecretScrubber([Self.token, Self.signature])
    let hex = Self.token.utf8.map { String($0, radix: 16) }.joined()
    for text in [hex, hex.uppercased(), Self.signature.uppercased()] {
      #expect(scrubber.scrubbed("you sent \(text) here") == "you sent [removed] here")
    }
  }

  @Test("other text stays as it is, also other tokens and digests")
  func others() {
    let scrubber = SecretScrubber([Self.token, Self.signature])
    for text in [
      "", "short", "AccessDenied", String(Self.signature.reversed()), String(repeating: "abcDEF123", count: 999),
    ] {
      #expect(scrubber.scrubbed(text) == text)
    }
  }

  @Test(
    "an answer that echoes the request shows nothing of it, whether it calls itself a success or not",
    arguments: [200, 403])
  func exchange(status: Int) async throws {
    let server = try LoopbackServer { request in
      let token = request.values("x-amz-security-token").joined()
      let authorization = request.values("authorization").joined()
      return .answer(
        "HTTP/1.1 \(status) X\r\nx-amz-version-id: \(token)\r\netag: \"\(authorization.suffix(64))\"\r\n"
          + "content-length: \(authorization.utf8.count)\r\n\r\n\(authorization)")
    }
    defer { server.stop() }
    let transport = try CurlTransport.forTests()
    var request = HTTPRequest(
      method: .get, url: server.url(),
      headers: [
        HTTPHeader("authorization", "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/x, Signature=\(Self.signature)"),
        HTTPHeader("x-amz-security-token", Self.token),
      ])
    let response = try await transport.perform(request)
    #expect(response.header("x-amz-version-id") == "[removed]")
    #expect(response.header("etag") == "\"[removed]\"")
    #expect(String(decoding: response.body, as: UTF8.self).hasSuffix("Signature=[removed]"))
    // An answer that is made of secrets keeps them, but for its failures.
    request.answerIsSecret = true
    let other = try await transport.perform(request)
    #expect(other.header("x-amz-version-id") == (status == 200 ? Self.token : "[removed]"))
  }
}
