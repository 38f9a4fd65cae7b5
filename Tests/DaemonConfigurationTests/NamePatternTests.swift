import TestSupport
import Testing

@testable import DaemonConfiguration

struct NamePatternTests {
  @Test(
    "repetitions inside repetitions are refused where they multiply, in a set and behind an escape they are none",
    arguments: [
      ("((((a{1,40}){1,40}){1,40}){1,40})b\\.pdf", false), ("((a{1,64}){1,64}){1,64}b\\.pdf", false),
      ("(a{64}){64}", false), ("((a|b{2,}){60}c){9}", false), ("a{64}{64}", false), ("([a]b]{60}){60}", false),
      ("((((((((((a+)+)+)+)+)+)+)+)+)+)", false), ("(x[^]({]{30}){40}", false),
      ("[0-9]{4}-[a-z]+\\.pdf", true), (".*_.{20}\\.pdf", true), ("(a{1,30}){1,30}", true),
      ("[{(]{64}\\({10}x\\{", true), ("((a+)+)+", true), ("[[:alpha:]]{60}[[:digit:])(]{60}", true),
      ("([]{1,64}x]){15}", true),
    ])
  func nested(pattern: String, isTaken: Bool) {
    #expect(((try? NamePattern(pattern)) != nil) == isTaken)
  }

  @Test("a pattern takes no more memory the more names it sees, and judges the last as it did the first")
  func memory() async {
    // In a process of its own: what other tests take meanwhile is none of it.
    await #expect(processExitsWith: .success) {
      let pattern = try NamePattern(".*_.{20}\\.pdf")
      let before = ResidentMemory.bytes
      for number in 0..<3000 {
        let letters = Array("_ab".utf8)
        let stem: [UInt8] = (0..<200).map { (index: Int) -> UInt8 in letters[(number * 7919 + index * index) % 3] }
        let end = [UInt8](repeating: 120, count: 20)
        #expect(pattern.matches(stem + Array("_".utf8) + end + Array(".pdf".utf8)))
        #expect(!pattern.matches(stem + Array(".pd".utf8)))
      }
      let after = ResidentMemory.bytes
      #expect(after - before < 32 << 20)
    }
  }
}
