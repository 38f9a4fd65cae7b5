import AWSClients
import DeliveryModel

extension RequestBuilder {
  /// What an answer was judged to be.
  enum Judged {
    case object(Result<ObjectAcknowledgement, ServiceFailure>)
    case created(Result<String, ServiceFailure>)
    case part(Int, Result<UploadedPart, ServiceFailure>)
    case completed(Result<ObjectAcknowledgement, ServiceFailure>)
    /// With the record that was written, where the custody ledger wants it.
    case record(Result<RecordReceipt, ServiceFailure>, RecordedItem? = nil)
    /// The record that is there under the delivery's key, if any.
    case recordFound(Result<StoredRecord?, ServiceFailure>)
    case aborted

    /// Whose answer it is.
    var lane: ServiceLane {
      switch self {
      case .record, .recordFound: .dynamodb
      case .object, .created, .part, .completed, .aborted: .s3
      }
    }

    var isAborted: Bool { if case .aborted = self { true } else { false } }

    var failure: ServiceFailure? {
      switch self {
      case .object(.failure(let failure)), .created(.failure(let failure)), .part(_, .failure(let failure)),
        .completed(.failure(let failure)), .record(.failure(let failure), _), .recordFound(.failure(let failure)):
        failure
      default: nil
      }
    }
  }
}

extension RequestBuilder.Judged {
  /// A request that was signed with a corrected clock tells what is still wrong: together they are the new correction.
  func correcting(by offset: Duration) -> Self {
    guard offset != .zero else { return self }
    return switch self {
    case .object(let result): .object(result.mapError { $0.correcting(by: offset) })
    case .created(let result): .created(result.mapError { $0.correcting(by: offset) })
    case .part(let part, let result): .part(part, result.mapError { $0.correcting(by: offset) })
    case .completed(let result): .completed(result.mapError { $0.correcting(by: offset) })
    case .record(let result, let item): .record(result.mapError { $0.correcting(by: offset) }, item)
    case .recordFound(let result): .recordFound(result.mapError { $0.correcting(by: offset) })
    case .aborted: .aborted
    }
  }
}

extension ServiceFailure {
  fileprivate func correcting(by offset: Duration) -> ServiceFailure {
    var copy = self
    copy.clockOffset = clockOffset.map { $0 + offset }
    return copy
  }
}
