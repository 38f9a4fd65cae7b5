import DeliveryModel
import Glibc
import SystemSupport
import TestSupport
import Testing

@testable import ControlSocket

/// A server at a path, with its thread.
private final class Rig {
  let directory: TemporaryDirectory
  let path: String
  private let server: ControlServer
  private let ended = Semaphore()

  init(
    name: String = ControlProtocol.socketName, users: Set<UInt32> = [],
    _ answer: @escaping @Sendable (ControlCall) -> Void
  ) throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/" + name
    server = try ControlServer(
      try ListeningSocket(at: path, mode: 0o660), rule: ControlRule(users: users, group: getegid()),
      greeting: ControlGreeting(version: "1", pid: 7, journal: "/j", configuration: "/c"))
    let (server, ended) = (server, ended)
    try BlockingThread(named: "control") {
      server.run(answer)
      ended.signal()
    }.detach()
  }

  deinit {
    server.end()
    ended.wait()
  }

  func connect() throws -> ControlConnection { try ControlConnection(path: path, patience: .seconds(30)) }
}

@Suite("The control socket", .serialized)
struct ControlServerTests {
  private static let patience = Duration.seconds(30)

  @Test("says who it is, answers line by line, and the next request on the same connection")
  func answers() throws {
    let rig = try Rig(users: [geteuid()]) { call in
      if case .dismiss(let numbers) = call.request {
        for number in numbers { call.send(ControlItem(number: number, .ended, "ended")) }
      }
      call.send(ControlEnd(changed: 1))
    }
    let connection = try rig.connect()
    #expect(connection.greeting == ControlGreeting(version: "1", pid: 7, journal: "/j", configuration: "/c"))
    for number in 1...3 as ClosedRange<Int64> {
      try connection.ask(.dismiss([number]), within: Self.patience)
      #expect(try connection.next(ControlItem.self, within: Self.patience).number == number)
      #expect(try connection.next(ControlEnd.self, within: Self.patience).changed == 1)
    }
  }

  @Test("a request that is none gets its reason, and the connection goes on")
  func unknown() throws {
    let rig = try Rig(users: [geteuid()]) { $0.send(ControlEnd(changed: 0)) }
    let socket = try LocalSocket.connect(to: rig.path)
    _ = try LocalSocket.send(Array("{\"v\":1,\"ask\":\"stop\"}\n{\"v\":1,\"ask\":\"status\"}\n".utf8)[...], on: socket)
    var text = ""
    while !text.contains("changed") {
      _ = PollSet.wait([PollSet.Interest(socket.number, reads: true)])
      text += String(decoding: try socket.read(upTo: 4096), as: UTF8.self)
    }
    #expect(text.split(separator: "\n").count == 3 && text.contains("\"error\":\"unknown-request\""))
  }

  @Test(
    "idle clients, more than there are places, keep nobody who may give orders waiting", .enabled(if: geteuid() == 0))
  func idle() throws {
    let rig = try Rig { $0.send(ControlEnd(changed: 0)) }
    let idle = try (0..<(ControlPlaces.most - 1)).map { _ in try rig.connect() }
    let last = try rig.connect()
    #expect { try rig.connect() } throws: { ($0 as? ControlRefusal)?.error == .busy }
    try last.ask(.status, within: Self.patience)
    #expect(try last.next(ControlEnd.self, within: Self.patience).changed == 0)
    _ = idle.count
  }

  @Test("what nobody reads is dropped at its bound, and others are answered meanwhile")
  func unread() throws {
    let calls = CallBox()
    let rig = try Rig(users: [geteuid()]) { call in
      if call.request == .watch { calls.keep(call) } else { call.send(ControlEnd(changed: 0)) }
    }
    let deaf = try rig.connect()
    try deaf.ask(.watch, within: Self.patience)
    let call = calls.wait()
    let line = ControlItem(number: 1, .due, String(repeating: "x", count: 60_000))
    var sent = 0
    while call.send(line), sent < 1000 { sent += 1 }
    #expect(sent * 60_000 < AnswerChannel.limit + (4 << 20) && !call.isOpen)
    let other = try rig.connect()
    try other.ask(.status, within: Self.patience)
    #expect(try other.next(ControlEnd.self, within: Self.patience).changed == 0)
  }

  @Test("a socket that a killed process left is replaced; one that is heard, and what is none, are not")
  func stale() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/control.sock"
    do { _ = try ListeningSocket(at: path, mode: 0o600) }
    #expect(try directory.names == ["control.sock"])
    let second = try ListeningSocket(at: path, mode: 0o600)
    #expect(throws: ListeningSocket.Obstacle.inUse(path: path)) { try ListeningSocket(at: path, mode: 0o600) }
    second.remove()
    #expect(try directory.names.isEmpty)
    try directory.write("mine", to: "control.sock")
    #expect(throws: ListeningSocket.Obstacle.occupied(path: path)) { try ListeningSocket(at: path, mode: 0o600) }
    second.remove()
    #expect(try directory.read("control.sock") == Array("mine".utf8))
  }

  @Test("a path longer than the kernel takes is reached all the same")
  func long() throws {
    let directory = try TemporaryDirectory()
    let deep = String(repeating: "d", count: 200) + "/" + String(repeating: "e", count: 200)
    try directory.makeDirectory(deep)
    let path = directory.path + "/" + deep + "/control.sock"
    let socket = try ListeningSocket(at: path, mode: 0o660)
    _ = try LocalSocket.connect(to: path)
    guard case .client(let client) = socket.accept() else {
      Issue.record("nobody came")
      return
    }
    let peer = try LocalSocket.peer(of: client)
    #expect(peer.user == geteuid() && peer.process == getpid() && peer.groups.contains(getegid()))
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
  }

  @Test("nobody there, and nobody listening, are told apart from silence")
  func absent() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/control.sock"
    #expect(throws: ControlConnection.Failure.nobody) { try ControlConnection(path: path) }
    let socket = try ListeningSocket(at: path, mode: 0o600)
    let patience = Duration.milliseconds(10)
    #expect(throws: ControlConnection.Failure.silent(patience)) {
      try ControlConnection(path: path, patience: patience)
    }
    _ = socket.number
  }
}

/// A call, from the thread that hears it to the test.
private final class CallBox: @unchecked Sendable {
  private let arrived = Semaphore()
  private var call: ControlCall?

  func keep(_ call: ControlCall) {
    self.call = call
    arrived.signal()
  }

  func wait() -> ControlCall {
    arrived.wait()
    guard let call else { preconditionFailure("signalled before it came") }
    return call
  }
}
