extension Duration {
  /// `12s`, `4min`, `3h`, `5d`: the largest unit that fits.
  package var brief: String {
    let seconds = max(0, components.seconds)
    return switch seconds {
    case ..<120: "\(seconds)s"
    case ..<7200: "\(seconds / 60)min"
    case ..<172_800: "\(seconds / 3600)h"
    default: "\(seconds / 86_400)d"
    }
  }
}
