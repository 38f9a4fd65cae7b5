import TestSupport
import Testing

/// Every fuzz target with a few hostile texts, so that none of them falls behind the product between two runs of the fuzzer.
/// What one of them promises and does not hold ends the process.
@Suite("What the fuzzer runs")
struct ParserTests {
  @Test("a parser takes any text", arguments: Parsers.all.keys.sorted())
  func anyText(name: String) throws {
    let parser = try #require(Parsers.all[name])
    for text in HostileText.samples(100, seed: 14) { parser(Array(text.utf8)) }
    for bytes in HostileText.names(100, seed: 41) { parser(bytes) }
  }
}
