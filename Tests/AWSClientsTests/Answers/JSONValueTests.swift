import Foundation
import TestSupport
import Testing

@testable import AWSClients

@Suite("JSON answers")
struct JSONValueTests {
  @Test("values of every kind are read")
  func everyKind() throws {
    let text = #" { "a" : [ 1 , -2.5e3, true, false, null ], "b": {"S": "x\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00ü"} } "#
    let value = try #require(JSONValue(parsing: Array(text.utf8)))
    #expect(value["a"] == .array([.number("1"), .number("-2.5e3"), .bool(true), .bool(false), .null]))
    #expect(value["b"]?["S"]?.text == "x\"\\/\u{8}\u{c}\n\r\té😀ü")
    #expect(value["c"] == nil)
  }

  @Test(
    "what is not exactly one document is refused",
    arguments: [
      "", "{", "}", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "\"\\q\"", "\"\\u12\"", "\"\\ud800\"",
      "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\u+123\"", "\"a\nb\"", "tru", "-", "\"open",
    ])
  func malformed(_ text: String) {
    #expect(JSONValue(parsing: Array(text.utf8)) == nil)
  }

  @Test("bytes that are not UTF-8 are refused")
  func notUTF8() {
    #expect(JSONValue(parsing: [0x22, 0xff, 0x22]) == nil)
  }

  @Test("nesting and size are bounded")
  func bounds() {
    let nested = { (depth: Int) in
      Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: 0x5d, count: depth)
    }
    #expect(JSONValue(parsing: nested(32)) != nil)
    #expect(JSONValue(parsing: nested(33)) == nil)
    #expect(JSONValue(parsing: nested(300_000)) == nil)
    #expect(JSONValue(parsing: [0x22] + Array(repeating: 0x61, count: 1 << 20) + [0x22]) == nil)
  }

  @Test("an answer of a great many values is refused, before they take more memory than its bytes let expect")
  func manyValues() {
    for value in ["[],", "1,", "{\"\":1},", "\"\","] {
      let count = (1 << 20) / value.utf8.count - 2
      #expect(JSONValue(parsing: Array(("[" + String(repeating: value, count: count) + "1]").utf8)) == nil, "\(value)")
    }
  }

  @Test("every truncation is refused, and 10,000 mutations end without harm")
  func hostile() {
    let document = Array(#"{"__type":"a#b","Item":{"sha256":{"S":"\u00e9\ud83d\ude00"},"size":{"N":"5"}}}"#.utf8)
    for length in 0..<document.count { #expect(JSONValue(parsing: Array(document.prefix(length))) == nil) }
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<10_000 {
      let mutated = generator.mutation(of: document)
      guard JSONValue(parsing: mutated) != nil else { continue }
      #expect((try? JSONSerialization.jsonObject(with: Data(mutated), options: .fragmentsAllowed)) != nil)
    }
  }
}
