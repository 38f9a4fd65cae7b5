package import DaemonConfiguration
import Delivery

/// What files that go in parts are verified by, in words for `check`.
package enum UploadVerification {
  package static func text(_ configuration: Configuration) -> String {
    let checksums = configuration.checksums
    let what =
      switch checksums.setting {
      case .sha256: "SHA-256"
      case .crc64nvme: "CRC-64/NVME"
      case .auto where checksums.isAmazons: "CRC-64/NVME, which AWS keeps"
      case .auto: "CRC-64/NVME where the server keeps it, which the first of them shows, else SHA-256"
      }
    return "files that go in parts are verified by \(what)"
  }
}
