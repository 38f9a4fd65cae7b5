import Synchronization

/// Random numbers for jitter and backoff, without the system call that each draw of the system's generator costs.
///
/// SplitMix64 (Steele, Lea, Flood 2014), seeded once by the system: good enough to keep machines from acting in step, and
/// for nothing that has to be secret.
package final class JitterSource: Sendable {
  private let state: Atomic<UInt64>

  package init(seed: UInt64 = .random(in: .min ... .max)) {
    state = Atomic(seed)
  }

  /// 0 ..< 1. From any thread.
  package func next() -> Double {
    var bits = state.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    bits ^= bits >> 31
    return Double(bits >> 11) * 0x1p-53
  }
}
