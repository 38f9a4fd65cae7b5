import Cryptography
import DaemonConfiguration
import DeliveryModel
import Glibc
import SystemSupport

/// `check`: whether the custody ledger could be signed and its stamps be verified. It signs nothing, and looks with the rights
/// of the thread.
struct LedgerAccess {
  let settings: CustodySettings
  let userName: String

  var findings: [FolderAccess.Finding] { [key] + (settings.timestampCA.map { [authorities($0)] } ?? []) }

  private var key: FolderAccess.Finding {
    let path = settings.signingKeyFile
    var finding = FolderAccess.Finding(subject: "custody signing key", isGood: true, detail: "")
    do throws(LedgerKeys.Fault) {
      let keys = try LedgerKeys.read(path)
      let more = keys.former.isEmpty ? "" : ", and \(keys.former.count.counted("former key")) after it"
      finding.detail =
        "\(userName) can read it: Ed25519, SHA-256 \(keys.current.verifyingKey.fingerprint.hex)\(more)"
    } catch {
      // Only while the service runs does systemd hand its credentials over.
      finding.isGood = error.isForSystemd
      finding.detail =
        error.isForSystemd ? "it is a systemd credential, and the service does not run now" : error.message
      return finding
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & 0o077 != 0, !path.hasPrefix("/run/credentials/") {
      finding.isGood = false
      finding.detail =
        "others than its owner can read or change \(EscapedText.escape(path)) "
        + "(mode \(String(status.st_mode & 0o777, radix: 8))), and so could sign in this server's name"
      finding.remedy = "chmod 600 \(ShellWord.quote(path))"
    }
    return finding
  }

  private func authorities(_ path: String) -> FolderAccess.Finding {
    var finding = FolderAccess.Finding(
      subject: "custody timestamp_ca", isGood: true, detail: "\(userName) can read it; --online asks for a stamp")
    do throws(SystemCallError) {
      let bytes = try SmallFile.read(path)
      if !String(decoding: bytes, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") {
        finding.isGood = false
        finding.detail = "\(EscapedText.escape(path)) holds no certificate in PEM"
      }
    } catch {
      finding.isGood = false
      finding.detail = "\(EscapedText.escape(path)) cannot be read: \(error.meaning)"
    }
    return finding
  }
}
