import AWSSigning
import DeliveryModel
import Foundation
import Testing

/// One folder of AWS's signing suite.
struct SuiteCase: Sendable, CustomTestStringConvertible {
  let folder: URL
  let context: Context

  struct Context: Decodable {
    struct Credentials: Decodable {
      let access_key_id: String
      let secret_access_key: String
      let token: String?
    }
    let credentials: Credentials
    let region: String
    let service: String
    let timestamp: Date
    let normalize: Bool
    let sign_body: Bool
    /// The token is added after signing.
    let omit_session_token: Bool?
  }

  static func all() throws -> [SuiteCase] {
    let suite = Fixtures.directory.appending(path: "sigv4-suite/v4")
    return try FileManager.default.contentsOfDirectory(atPath: suite.path).sorted().map { name in
      try SuiteCase(folder: suite.appending(path: name))
    }
  }

  private init(folder: URL) throws {
    self.folder = folder
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    context = try decoder.decode(Context.self, from: Data(contentsOf: folder.appending(path: "context.json")))
  }

  func text(_ file: String) throws -> String {
    try String(contentsOf: folder.appending(path: file), encoding: .utf8)
  }

  var testDescription: String { folder.lastPathComponent }

  var credentials: AWSCredentials {
    AWSCredentials(
      accessKeyID: context.credentials.access_key_id, secretAccessKey: context.credentials.secret_access_key,
      sessionToken: context.omit_session_token == true ? nil : context.credentials.token)
  }

  var moment: Timestamp { Timestamp(milliseconds: Int64(context.timestamp.timeIntervalSince1970) * 1000) }

  /// The suite's paths are not encoded yet, so "once more" is the first time.
  var signer: RequestSigner {
    RequestSigner(
      service: context.service, region: context.region, normalizesPath: context.normalize, doubleEncodesPath: true,
      signsContentHash: context.sign_body)
  }
}
