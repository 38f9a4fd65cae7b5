import DeliveryModel
import Testing

@testable import Audit

struct UnreadObjectTests {
  private func failure(_ code: String, _ status: Int, action: String? = nil, id: String? = "R") -> ServiceFailure {
    ServiceFailure(
      lane: .s3, failureClass: .blocked, code: code, message: "m", missingAction: action, status: status,
      ids: RequestIDs(request: id))
  }

  @Test("why an object was not read, by what S3 said")
  func kinds() {
    #expect(UnreadObject(failure("InvalidObjectState", 403)).kind == .archived)
    #expect(UnreadObject(failure("AccessDenied", 403, action: "s3:GetObject")).kind == .denied)
    #expect(UnreadObject(failure("AccessDenied", 403, action: "kms:Decrypt")).kind == .denied)
    for (code, status) in [
      ("http-403", 403), ("InternalError", 500), ("KMS.DisabledException", 400), ("InvalidRange", 416),
    ] {
      #expect(UnreadObject(failure(code, status)).kind == .unread)
    }
    #expect(UnreadObject(failure("transport-timeout", 0)).isWithoutAnswer)
    #expect(!UnreadObject(failure("InternalError", 500)).isWithoutAnswer)
  }

  @Test("only S3's own word for it is a missing object")
  func missing() {
    #expect(UnreadObject.isMissing(failure("NoSuchKey", 404)) && UnreadObject.isMissing(failure("NoSuchVersion", 404)))
    #expect(!UnreadObject.isMissing(failure("http-404", 404)) && !UnreadObject.isMissing(failure("NoSuchBucket", 404)))
    #expect(!UnreadObject.isMissing(failure("NoSuchKey", 404, id: nil)), "a server that is not S3 says so as well")
  }
}
