import Alerts
import DaemonConfiguration
import DeliveryModel
import SystemSupport

/// `check`: whether those who are to be told of alerts could be. It tells nobody, and looks with the rights of the thread.
struct AlertAccess {
  let settings: AlertSettings
  let userName: String

  var findings: [FolderAccess.Finding] {
    [settings.webhook.map(webhook), settings.command.map(command)].compactMap { $0 }
  }

  private func webhook(_ webhook: AlertSettings.Webhook) -> FolderAccess.Finding {
    var finding = FolderAccess.Finding(
      subject: "alerts webhook", isGood: true, detail: "\(userName) can read what it needs; --online sends a test")
    do throws(WebhookFault) {
      _ = try WebhookPost(settings: webhook).credentials()
    } catch {
      // Only while the service runs does systemd hand its credentials over.
      finding.isGood = error.isForSystemd
      finding.detail =
        error.isForSystemd ? "its files are systemd's credentials, and the service does not run now" : error.message
    }
    return finding
  }

  private func command(_ command: AlertSettings.Command) -> FolderAccess.Finding {
    let program = command.arguments.first ?? ""
    var finding = FolderAccess.Finding(
      subject: "alerts command \(EscapedText.escape(program))", isGood: true, detail: "\(userName) can run it")
    do throws(SystemCallError) {
      try FileAccess.checkProgram(program)
    } catch {
      finding.isGood = false
      finding.detail = "\(userName) cannot run it: \(error.meaning)"
    }
    return finding
  }
}
