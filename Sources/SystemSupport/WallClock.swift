package import DeliveryModel
import Glibc

/// The wall clock (`CLOCK_REALTIME`): for records and people, never for "how long ago".
package enum WallClock {
  /// The present.
  package static var now: Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
