import DeliveryModel
import Testing

@testable import Custody

@Suite("Canonical JSON (RFC 8785)")
struct CanonicalJSONTests {
  func text(_ json: CanonicalJSON) -> String { String(decoding: json.bytes, as: UTF8.self) }

  /// RFC 8785 appendix B: IEEE 754 bits and text.
  @Test(
    "numbers are written as ECMAScript writes them",
    arguments: [
      (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
      (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
      (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
      (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
      (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
      (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
      (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
      (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
      (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
      (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
      (0x41b3_de43_5555_5557, "333333333.33333343"),
      (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] as [(UInt64, String)])
  func numbers(bits: UInt64, expected: String) {
    #expect(text(.number(Double(bitPattern: bits))) == expected)
  }

  @Test("RFC 8785's own example gives its own text")
  func example() throws {
    // Section 3.2.2's input and section 3.2.3's output.
    let input = #"""
      {
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
      }
      """#
    let output =
      #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
      + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#
    let json = try #require(CanonicalJSON(parsing: input.utf8))
    #expect(text(json) == output)
    #expect(CanonicalJSON(canonical: output.utf8) == json)
    #expect(CanonicalJSON(canonical: input.utf8) == nil)
  }

  @Test("members are sorted by UTF-16 code units")
  func order() throws {
    // Section 3.2.3: in this order; by UTF-8 the last two would change places.
    let names = ["\r", "1", "\u{80}", "ö", "€", "😀", "\u{fb33}"]
    let json = CanonicalJSON.object(names.shuffled().map { .init($0, .null) })
    let sorted =
      #"{"\r":null,"1":null,""# + "\u{80}" + #"":null,"ö":null,"€":null,"😀":null,""# + "\u{fb33}" + #"":null}"#
    #expect(json.bytes == Array(sorted.utf8))
  }

  @Test(
    "integers of 2^53 and more are strings",
    arguments: [
      (9_007_199_254_740_991, "9007199254740991"), (9_007_199_254_740_992, "\"9007199254740992\""),
      (-9_007_199_254_740_991, "-9007199254740991"), (Int64.min, "\"-9223372036854775808\""), (0, "0"),
    ] as [(Int64, String)])
  func integers(value: Int64, expected: String) {
    #expect(text(.integer(value)) == expected)
  }

  @Test("names that Unicode finds equivalent are two names")
  func equivalence() {
    let both = CanonicalJSON.object([.init("e\u{301}", .integer(1)), .init("\u{e9}", .integer(2))])
    #expect(both["\u{e9}"]?.integer == 2)
    #expect(CanonicalJSON(canonical: both.bytes) == both)
    #expect(CanonicalJSON.string("e\u{301}") != .string("\u{e9}"))
  }

  @Test(
    "what is no strict JSON is refused",
    arguments: [
      "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "-", "+1", "1.", ".5", "1e", "tru", "nulls",
      "\"\u{1}\"", #""\x""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, #""\u12""#, "\"", "1 2", "1e999",
      String(repeating: "[", count: 40) + String(repeating: "]", count: 40), "NaN",
    ])
  func refused(text: String) {
    #expect(CanonicalJSON(parsing: text.utf8) == nil)
  }

  @Test("escapes of two code units are one character")
  func surrogates() {
    #expect(CanonicalJSON(parsing: #""\uD83D\ude00\u00e9""#.utf8) == .string("\u{1F600}\u{e9}"))
  }

  @Test("bytes that are no UTF-8 are refused")
  func invalidBytes() {
    #expect(CanonicalJSON(parsing: [0x22, 0xff, 0x22]) == nil)
  }
}
