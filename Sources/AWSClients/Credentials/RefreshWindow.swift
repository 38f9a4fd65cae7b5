import AWSSigning
import DeliveryModel

/// When temporary credentials are renewed: before they expire, so that no request ever carries expired ones.
///
/// Of a session of an hour or more, 15 minutes before its end a renewal is tried while the old ones are still used, and
/// from 10 minutes before its end they are used no more; of a shorter session, at the same fractions of an hour.
struct RefreshWindow: Equatable {
  /// From here on a renewal is tried.
  let advisory: Timestamp
  /// From here on the old credentials are not used.
  let mandatory: Timestamp

  /// Nil for credentials that do not expire.
  init?(of credentials: AWSCredentials, obtained: Timestamp) {
    guard let expiration = credentials.expiration else { return nil }
    let lifetime = max(.zero, min(expiration - obtained, .seconds(3600)))
    advisory = expiration + (.zero - lifetime / 4)
    mandatory = expiration + (.zero - lifetime / 6)
  }
}
