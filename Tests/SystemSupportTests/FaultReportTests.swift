import Glibc
import SystemSupport
import Testing

/// Each in a process of its own, which ends by the signal that the fault deserves.
@Suite("A fault is told before it ends the process")
struct FaultReportTests {
  private func told(_ result: ExitTest.Result?) throws -> String {
    String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  }

  @Test("A bad address: the signal, the address, the thread and the calls that led to it")
  func badAddress() async throws {
    let told = try told(
      await #expect(processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]) {
        FaultReport.begin()
        try BlockingThread(named: "unlucky") { readNowhere() }.join()
      })
    #expect(told.contains(" crashed: signal SEGV at address 0x10, thread unlucky\n"))
    let calls = told.split(separator: "\n").filter { $0.hasPrefix("#") }
    #expect(calls.first?.contains("readNowhere") == true)
    #expect(calls.contains { $0.contains("BlockingThread") || $0.contains("runBody") })
    #expect(calls.contains { $0.contains("libc.so.6 0x") })
    #expect(told.contains("\nbuild id "))
  }

  @Test("A stack that overflowed: the calls that came last")
  func overflow() async throws {
    let told = try told(
      await #expect(processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]) {
        FaultReport.begin()
        try BlockingThread(named: "deep") { print(descend(1)) }.join()
      })
    #expect(told.contains(", thread deep\n"))
    #expect(told.split(separator: "\n").count { $0.hasPrefix("#") && $0.contains("descend") } > 20)
  }

  @Test("A trap of Swift's own: its message too")
  func trap() async throws {
    let told = try told(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        FaultReport.begin()
        try BlockingThread(named: "careless") { takeWhatIsNotThere([]) }.join()
      })
    #expect(told.contains("Fatal error: Index out of range"))
    #expect(told.contains(", thread careless\n") && told.contains("takeWhatIsNotThere"))
  }

  @Test("An abort: who sent it")
  func abort() async throws {
    let told = try told(
      await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
        FaultReport.begin()
        Glibc.abort()
      })
    #expect(told.contains(" crashed: signal ABRT raised by itself"))
  }
}

@inline(never) private func readNowhere() {
  guard let nowhere = UnsafePointer<Int>(bitPattern: 16) else { return }
  print(nowhere.pointee)
}

@inline(never) private func descend(_ depth: Int) -> Int {
  depth > 0 ? descend(depth + 1) + depth : 0
}

@inline(never) private func takeWhatIsNotThere(_ numbers: [Int]) {
  print(numbers[numbers.count])
}
