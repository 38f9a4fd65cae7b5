import Glibc
import Testing

@testable import ServiceManager

/// libsystemd reads the environment itself, so these change it and run one after the other.
@Suite(.serialized) struct SystemdNotifierTests {
  private let notifier = SystemdNotifier()

  @Test("readiness reaches a notification socket in the file system")
  func path() throws {
    try withTemporaryDirectory { directory in
      let manager = try DatagramListener(path: directory + "/notify")
      try withEnvironment(["NOTIFY_SOCKET": directory + "/notify"]) {
        notifier.ready(status: "OK: 2 folders")
        let received = try manager.receiveText()
        #expect(received == "READY=1\nSTATUS=OK: 2 folders")
      }
    }
  }

  @Test("every message reaches an abstract notification socket, in order")
  func abstract() throws {
    let name = "@service-manager-test-\(getpid())"
    let manager = try DatagramListener(path: name)
    try withEnvironment(["NOTIFY_SOCKET": name]) {
      notifier.status("BLOCKED: S3")
      notifier.watchdog()
      notifier.extendTimeout(by: .milliseconds(30_500))
      notifier.stopping(status: "Stopping")
      let received = try (0..<4).map { _ in try manager.receiveText() }
      #expect(
        received == [
          "STATUS=BLOCKED: S3", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=30500000", "STOPPING=1\nSTATUS=Stopping",
        ])
    }
  }

  @Test("a reload tells its moment on the monotonic clock in microseconds")
  func reloading() throws {
    let name = "@service-manager-reload-\(getpid())"
    let manager = try DatagramListener(path: name)
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let before = Int64(time.tv_sec) * 1_000_000
    try withEnvironment(["NOTIFY_SOCKET": name]) { notifier.reloading() }
    let lines = try manager.receiveText().split(separator: "\n")
    #expect(lines.first == "RELOADING=1")
    let moment = try #require(Int64(lines.last?.dropFirst("MONOTONIC_USEC=".count) ?? ""))
    #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true)
    #expect(moment >= before && moment < before + 60_000_000)
  }

  @Test("without a socket, or with one that nobody reads, nothing happens")
  func absent() throws {
    try withEnvironment([:]) { notifier.ready(status: "up") }
    try withEnvironment(["NOTIFY_SOCKET": "/nonexistent/socket"]) { notifier.ready(status: "up") }
  }

  @Test("the watchdog is wanted only by the manager of this process")
  func watchdog() throws {
    try withEnvironment(["WATCHDOG_USEC": "60000000"]) {
      #expect(WatchdogInterval.requested() == WatchdogInterval(timeout: .seconds(60)))
      #expect(WatchdogInterval.requested()?.ping == .seconds(30))
      #expect(ServiceEnvironment.current().watchdog == WatchdogInterval(timeout: .seconds(60)))
    }
    try withEnvironment(["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "\(getpid())"]) {
      #expect(WatchdogInterval.requested() != nil)
    }
    try withEnvironment(["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"]) {
      #expect(WatchdogInterval.requested() == nil)
    }
    try withEnvironment(["WATCHDOG_USEC": "often"]) { #expect(WatchdogInterval.requested() == nil) }
    try withEnvironment([:]) { #expect(WatchdogInterval.requested() == nil) }
  }

  private func withEnvironment(_ variables: [String: String], _ body: () throws -> Void) throws {
    let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
    defer { for name in names { unsetenv(name) } }
    for name in names { unsetenv(name) }
    for (name, value) in variables { setenv(name, value, 1) }
    try body()
  }
}
