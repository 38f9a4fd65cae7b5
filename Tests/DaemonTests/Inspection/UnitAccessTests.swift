import Testing

@testable import Daemon

@Suite("Whether the unit is what the configuration needs")
struct UnitAccessTests {
  @Test("check tells what is missing, and what is too much")
  func drift() {
    #expect(UnitAccess.finding(needed: "", present: "") == nil)
    let missing = UnitAccess.finding(needed: "# c\n[Service]\nExecPaths=/usr\n", present: "")
    #expect(missing?.isGood == false && missing?.detail.hasSuffix(": ExecPaths=/usr") == true)
    #expect(UnitAccess.finding(needed: "", present: "[Service]\nExecPaths=/usr\n")?.isGood == true)
  }
}
