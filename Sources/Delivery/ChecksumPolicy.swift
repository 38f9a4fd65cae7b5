import AWSClients
import ConfiguredClients
package import DaemonConfiguration
import DeliveryModel

/// What uploads in parts are verified by at the endpoint and bucket of the configuration. A pure value.
///
/// AWS keeps a CRC-64/NVME of every object. Whether another server does is found out by the first upload in parts, and
/// kept in the journal; one that does not has the same file once more, verified by SHA-256.
package struct ChecksumPolicy: Sendable, Equatable {
  package var setting = UploadChecksum.sha256
  /// Endpoint and bucket.
  var place = ""
  /// The endpoint is AWS's own.
  package var isAmazons = false
  /// The last one, perhaps of another place.
  private(set) var finding: ChecksumFinding?

  /// What an upload that begins now is verified by.
  var algorithm: ChecksumAlgorithm {
    switch setting {
    case .sha256: .sha256
    case .crc64nvme: .crc64nvme
    case .auto: isAmazons || keepsCRC64 != false ? .crc64nvme : .sha256
    }
  }

  /// Whether the server is certain to verify a CRC-64/NVME, so that no other proof is needed.
  var isCertain: Bool { algorithm == .crc64nvme && (setting == .crc64nvme || isAmazons || keepsCRC64 == true) }

  /// Whether an upload that is verified by CRC-64/NVME shows what the server keeps.
  var isOnTrial: Bool { setting == .auto && !isAmazons && keepsCRC64 == nil }

  /// Whether an upload may go on with SHA-256 where the server shows that it knows nothing else.
  var mayFallBack: Bool { setting == .auto && !isAmazons }

  /// Whether a part that is sent from the memory it was hashed in is signed over its SHA-256 all the same.
  var signsBodies: Bool { !isCertain || here?.signsBodies == true }

  /// What was found out about this place; nil for nothing.
  private var here: ChecksumFinding? { finding?.place == place ? finding : nil }

  private var keepsCRC64: Bool? { here?.keepsCRC64 }

  /// Takes in what was found out; nil where that was known.
  mutating func found(keepsCRC64: Bool) -> ChecksumFinding? {
    replace(ChecksumFinding(place: place, keepsCRC64: keepsCRC64, signsBodies: here?.signsBodies ?? false))
  }

  /// The same part was refused unsigned and taken signed; nil where that was known.
  mutating func foundUnsignedRefused() -> ChecksumFinding? {
    replace(ChecksumFinding(place: place, keepsCRC64: keepsCRC64 ?? true, signsBodies: true))
  }

  private mutating func replace(_ new: ChecksumFinding) -> ChecksumFinding? {
    guard finding != new else { return nil }
    finding = new
    return new
  }

  /// Takes over what was found out before, by an earlier run or under other settings.
  mutating func recall(_ finding: ChecksumFinding?) { self.finding = finding }
}

extension Configuration {
  /// What uploads in parts are verified by, before anything was found out about the server.
  package var checksums: ChecksumPolicy {
    let client = makeS3Client()
    return ChecksumPolicy(setting: upload.checksum, place: client.place, isAmazons: client.isAmazons)
  }
}
