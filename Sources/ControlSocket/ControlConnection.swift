import DeliveryModel
import Glibc
import SystemSupport

/// A client's end of the control socket. Blocks, within its times.
package final class ControlConnection {
  /// Why a client gets nothing.
  package enum Failure: Error, Equatable, CustomStringConvertible {
    /// Nobody listens: the daemon does not run, or has no control socket.
    case nobody
    /// There is one that this user may not use.
    case closed(path: String)
    /// It runs, and said nothing for so long.
    case silent(Duration)
    /// The daemon ended in the middle.
    case broken
    /// Its words are none of those that this program knows.
    case garbled

    package var description: String {
      switch self {
      case .nobody: "no daemon listens"
      case .closed(let path): "\(EscapedText.escape(path)) is not for this user"
      case .silent(let duration): "the daemon runs but has not answered for \(duration.components.seconds) s"
      case .broken: "the daemon ended, or closed the connection, before it had answered"
      case .garbled: "the daemon's answer cannot be read: it is of another version"
      }
    }
  }

  /// For the first word.
  package static let patience = Duration.seconds(2)

  private let socket: OwnedDescriptor
  private var lines = LineAssembler(limit: AnswerLimit.line)
  package let greeting: ControlGreeting

  /// Connects to the daemon whose socket is at `path` and hears its greeting. Throws ``Failure``, or a ``ControlRefusal``.
  package init(path: String, patience: Duration = patience) throws {
    let deadline = MonotonicInstant.now + patience
    socket = try Self.connect(path, deadline, patience)
    greeting = try Self.decode(ControlGreeting.self, try Self.line(socket, &lines, deadline, patience))
  }

  private static func connect(
    _ path: String, _ deadline: MonotonicInstant, _ patience: Duration
  ) throws -> OwnedDescriptor {
    while true {
      do throws(SystemCallError) {
        return try LocalSocket.connect(to: path)
      } catch {
        switch error.code {
        case EAGAIN:
          // Others wait to be heard.
          guard .now < deadline else { throw Failure.silent(patience) }
          usleep(20_000)
        case EACCES, EPERM: throw Failure.closed(path: path)
        default: throw Failure.nobody
        }
      }
    }
  }

  /// Sends a request.
  package func ask(_ request: ControlRequest, within patience: Duration = patience) throws {
    let deadline = MonotonicInstant.now + patience
    var rest = try request.line()[...]
    while !rest.isEmpty {
      do throws(SystemCallError) {
        rest = rest.dropFirst(try LocalSocket.send(rest, on: socket))
      } catch {
        // Why it was closed is what is read next.
        guard error.code == EAGAIN else { return }
        _ = PollSet.wait([PollSet.Interest(socket.number, reads: false, writes: true)], until: deadline)
        guard .now < deadline else { throw Failure.silent(patience) }
      }
    }
  }

  /// The next line of the answer; nil waits for it without end. Throws a ``ControlRefusal`` where that is the answer.
  package func next<Value: Decodable>(_ type: Value.Type, within patience: Duration?) throws -> Value {
    try Self.decode(type, try rawLine(within: patience))
  }

  /// The same as it came; for an answer of more than one form.
  package func rawLine(within patience: Duration?) throws -> [UInt8] {
    let line = try Self.line(socket, &lines, patience.map { MonotonicInstant.now + $0 }, patience ?? .zero)
    if let refusal = try? ControlProtocol.decode(ControlRefusal.self, line) { throw refusal }
    return line
  }

  private static func decode<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) throws -> Value {
    if let refusal = try? ControlProtocol.decode(ControlRefusal.self, line) { throw refusal }
    do {
      return try ControlProtocol.decode(type, line)
    } catch {
      throw Failure.garbled
    }
  }

  private static func line(
    _ socket: borrowing OwnedDescriptor, _ lines: inout LineAssembler, _ deadline: MonotonicInstant?,
    _ patience: Duration
  ) throws -> [UInt8] {
    while true {
      switch lines.next() {
      case .line(let line): return line
      case .tooLong: throw Failure.garbled
      case .partial: break
      }
      let ready = PollSet.wait([PollSet.Interest(socket.number, reads: true)], until: deadline)
      if let deadline, deadline <= .now, ready.first?.reads != true {
        throw Failure.silent(patience)
      }
      do throws(SystemCallError) {
        let piece = try socket.read(upTo: 64 << 10)
        if piece.isEmpty { throw SystemCallError(call: "read", code: EPIPE) }
        lines.append(piece)
      } catch {
        guard error.code == EAGAIN else { throw Failure.broken }
      }
    }
  }
}

/// What a client takes.
private enum AnswerLimit {
  /// Bytes of a line.
  static let line = AnswerChannel.limit
}
