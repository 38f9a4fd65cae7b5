package import DaemonConfiguration
import DeliveryModel
import Glibc
import Settings
import SystemSupport

/// `check`: whether systemd already gives the service what this configuration needs.
package enum UnitAccess {
  private static let generator = "/usr/lib/systemd/system-generators/s3loggerd-generator"

  /// Whether this process is the service of a machine on which the package's generator makes the unit fit the
  /// configuration. `environment`: that of the process.
  static func isUnit(_ environment: [String: String]) -> Bool {
    // systemd.exec(5): children have another number.
    environment["SYSTEMD_EXEC_PID"] == String(getpid()) && (try? SmallFile.read(generator)) != nil
  }

  /// Nil where no unit of the package is installed, and where there is nothing to say.
  package static func finding(_ configuration: Configuration) -> FolderAccess.Finding? {
    guard UnitDropIn.isDirectory("/run/systemd/system"), (try? SmallFile.read(generator)) != nil else { return nil }
    let present = (try? SmallFile.read(UnitDropIn.place)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return finding(needed: UnitDropIn(configuration).text, present: present)
  }

  static func finding(needed: String, present: String) -> FolderAccess.Finding? {
    let (wanted, had) = (settings(needed), settings(present))
    if let missing = wanted.first(where: { !had.contains($0) }) {
      return FolderAccess.Finding(
        subject: "unit", isGood: false,
        detail: "systemd does not confine the service as this configuration needs it yet: "
          + EscapedText.escape(Array(missing.utf8)),
        remedy: "sh -c 'systemctl daemon-reload && systemctl restart s3loggerd'")
    }
    guard let extra = had.first(where: { !wanted.contains($0) }) else { return nil }
    return FolderAccess.Finding(
      subject: "unit", isGood: true,
      detail: "allows more than this configuration needs (\(EscapedText.escape(Array(extra.utf8)))) until the next "
        + "'systemctl daemon-reload' and restart")
  }

  private static func settings(_ text: String) -> [Substring] {
    text.split(separator: "\n").filter { $0.utf8.first != UInt8(ascii: "#") && $0.utf8.first != UInt8(ascii: "[") }
  }
}
