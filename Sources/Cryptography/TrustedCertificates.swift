import COpenSSL
import DeliveryModel

/// The certificates that a stamp's own must lead to, judged as of one moment.
final class TrustedCertificates {
  private let store: OpaquePointer

  /// Reads every certificate of a PEM text; at least one.
  init(pem: [UInt8], at moment: Timestamp) throws(TimeStampError) {
    guard let store = X509_STORE_new() else { throw .authority("no memory") }
    var added = 0
    pem.prefix(16 << 20).withUnsafeBytes { memory in
      let buffer = BIO_new_mem_buf(memory.baseAddress, Int32(memory.count))
      defer { BIO_free(buffer) }
      while let certificate = PEM_read_bio_X509(buffer, nil, nil, nil) {
        if X509_STORE_add_cert(store, certificate) == 1 { added += 1 }
        X509_free(certificate)
      }
    }
    let errors = OpenSSLFailure.takeAll()
    // The end of the text shows as an error of its own.
    let real = errors.filter { $0.reason != PEM_R_NO_START_LINE }
    guard added > 0, real.isEmpty else {
      X509_STORE_free(store)
      throw .authority(real.isEmpty ? "no certificate in PEM" : real.map(\.text).joined(separator: "; "))
    }
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), time_t(moment.milliseconds / 1000))
    self.store = store
  }

  deinit { X509_STORE_free(store) }

  /// The store, counted once more for a user that frees it.
  func sharedStore() -> OpaquePointer {
    X509_STORE_up_ref(store)
    return store
  }
}
