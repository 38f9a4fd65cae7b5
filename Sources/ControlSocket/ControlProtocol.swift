import FoundationEssentials

/// How requests and answers are written: each is one line of JSON.
package enum ControlProtocol {
  /// `v` of every line.
  package static let version = 1
  /// The socket's name in the runtime directory.
  package static let socketName = "control.sock"
  /// Bytes of a request's line.
  package static let requestLimit = 64 << 10

  /// A value as one line, its end included.
  package static func line(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }

  package static func decode<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(line))
  }
}

/// The first line of every connection: who answers.
package struct ControlGreeting: Codable, Sendable, Equatable {
  package var v = ControlProtocol.version
  /// The program's version.
  package var s3loggerd: String
  package var pid: Int32
  /// The journal's directory and the configuration's file, escaped.
  package var journal: String
  package var configuration: String

  package init(version: String, pid: Int32, journal: String, configuration: String) {
    s3loggerd = version
    self.pid = pid
    self.journal = journal
    self.configuration = configuration
  }
}

/// The answer to an order that cannot be carried out yet, and is once it can be.
package struct ControlLater: Codable, Sendable, Equatable {
  package var v = ControlProtocol.version
  package var later = true
  package var reason: String

  package init(reason: String) { self.reason = reason }
}

/// Why a request, or a client, gets no answer.
package struct ControlRefusal: Codable, Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Codable, Sendable {
    case badRequest = "bad-request"
    case badVersion = "bad-version"
    case unknownRequest = "unknown-request"
    case tooLong = "too-long"
    case tooSlow = "too-slow"
    /// As many clients as there is room for.
    case busy
    case notAllowed = "not-allowed"
    /// It could not be carried out; nothing was changed.
    case failed
    /// There is no such folder.
    case noFolder = "no-folder"
  }

  package var v = ControlProtocol.version
  package var error: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    error = code
    self.message = message
  }

  package var description: String { message }
}

/// What came of an order for one delivery or file.
package struct ControlItem: Codable, Sendable, Equatable {
  package var v = ControlProtocol.version
  package var number: Int64?
  package var folder: String?
  package var path: String?
  package var outcome: Outcome
  /// The outcome in words.
  package var message: String

  package enum Outcome: String, Codable, Sendable {
    // Of a retry.
    case due
    case underWay = "under-way"
    // Of a dismissal.
    case ended
    // Of a file that is to be taken.
    case taken
    /// It is taken as soon as it can be.
    case noted
    case noFile = "no-file"
    case refused
    // Of any.
    case unknown
    case recorded
    case withdrawn
  }

  package init(number: Int64, _ outcome: Outcome, _ message: String) {
    self.number = number
    self.outcome = outcome
    self.message = message
  }

  package init(folder: String, path: String, _ outcome: Outcome, _ message: String) {
    self.folder = folder
    self.path = path
    self.outcome = outcome
    self.message = message
  }
}

/// The last line of an answer about orders.
package struct ControlEnd: Codable, Sendable, Equatable {
  package var v = ControlProtocol.version
  package var end = true
  /// How many deliveries it was carried out for.
  package var changed: Int

  package init(changed: Int) { self.changed = changed }
}
