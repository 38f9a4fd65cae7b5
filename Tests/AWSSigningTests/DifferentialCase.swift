import AWSSigning
import Cryptography
import DeliveryModel
import Foundation

/// One line of `differential.py`.
struct DifferentialCase: Decodable {
  let service: String
  let region: String
  let accessKeyID: String
  let secretAccessKey: String
  let sessionToken: String?
  let milliseconds: Int64
  let method: String
  let rawPath: String
  let query: [[String]]
  let headers: [[String]]
  let body: String
  let isPayloadSigned: Bool
  let canonicalRequest: String
  let added: [String: String]

  static func generate(count: Int, seed: UInt32) throws -> [DifferentialCase] {
    let python = ProcessInfo.processInfo.environment["S3LOGGERD_PYTHON"] ?? "python3"
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let script = Fixtures.directory.appending(path: "differential.py").path
    process.arguments = [python, script, String(count), String(seed)]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let decoder = JSONDecoder()
    return try output.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Self.self, from: $0) }
  }

  var credentials: AWSCredentials {
    AWSCredentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken)
  }

  var moment: Timestamp { Timestamp(milliseconds: milliseconds) }

  var signable: SignableRequest {
    SignableRequest(
      method: method, path: PercentEncoding.path(Hexadecimal.decode(rawPath) ?? []),
      query: query.map { ($0[0], $0[1]) }, headers: headers.map { ($0[0], $0[1]) },
      payload: isPayloadSigned ? .digest(SHA256.digest(of: Hexadecimal.decode(body) ?? [])) : .unsigned)
  }

  /// S3 has its own rules for the path and the body's hash; the others share theirs.
  var newSigner: RequestSigner {
    let isS3 = service == "s3"
    return RequestSigner(
      service: service, region: region, normalizesPath: !isS3, doubleEncodesPath: !isS3, signsContentHash: isS3)
  }
}
