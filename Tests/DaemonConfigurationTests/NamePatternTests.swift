import TestSupport
import Testing

@testable import DaemonConfiguration

struct NamePatternTests {
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
