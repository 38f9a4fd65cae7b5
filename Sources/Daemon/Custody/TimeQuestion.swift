import AWSClients
import ConfiguredClients
import DaemonConfiguration
import Delivery
import DeliveryModel
import HTTPTransport
import Settings
import SystemSupport

/// Asks a service for its time, where nothing else was asked for a while: by a write that its own condition forbids, which
/// leaves nothing behind and needs no right that deliveries do not need.
struct TimeQuestion: Sendable {
  let settings: SettingsInForce
  let credentials: CredentialCache
  let clock: ServiceClock

  func ask() async {
    let configuration = settings.value.configuration
    var client = configuration.makeDynamoDBClient()
    do {
      let used = try await credentials.credentials()
      let transport = try CurlTransport(configuration: configuration.transport(connections: 1)) { _ in }
      defer { transport.shutdown() }
      var offset = Duration.zero
      for _ in 1...2 {
        let signedAt = WallClock.now + offset
        let request = client.askForRecord(objectKey: "custody", deliveryID: "time", credentials: used, at: signedAt)
        let response = try await transport.perform(request)
        let judged = client.judgeRecord(
          .success(response), objectKey: "custody", deliveryID: "time", signedAt: signedAt,
          now: WallClock.now + offset)
        if case .success = judged { return clock.note(response, now: .now, isAsked: true) }
        // Our clock may be too wrong for a request to be taken.
        guard case .failure(let failure) = judged, let wrong = failure.clockOffset else { return }
        offset += wrong
      }
    } catch {
      // What keeps a service from answering is told by the deliveries that wait for it.
    }
  }
}
