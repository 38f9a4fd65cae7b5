import DeliveryModel

/// States as the small numbers that the tables hold. The numbers are part of the schema.
enum StateCode {
  static func code(_ state: DeliveryState) -> Int64 {
    switch state {
    case .pending: 0
    case .uploaded: 1
    case .logged: 2
    case .parked: 3
    case .withdrawn: 4
    case .rejected: 5
    }
  }

  static func state(_ code: Int64) -> DeliveryState? {
    switch code {
    case 0: .pending
    case 1: .uploaded
    case 2: .logged
    case 3: .parked
    case 4: .withdrawn
    case 5: .rejected
    default: nil
    }
  }
}
