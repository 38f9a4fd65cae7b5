/// How much of a delivery S3 has, as the journal knows it.
package struct TransferProgress {
  package var bytes: Int64
  package var parts: Int
  package var total: Int

  package init(_ delivery: Delivery) {
    let size = delivery.file.identity.size
    guard delivery.receipt == nil else { (bytes, parts, total) = (size, 1, 1); return }
    guard let multipart = delivery.multipart,
      let plan = MultipartPlan(size: size, resumingWithPartSize: multipart.partSize)
    else { (bytes, parts, total) = (0, 0, 1); return }
    bytes = multipart.parts.keys.reduce(0) { $0 + plan.range(ofPart: $1).length }
    (parts, total) = (multipart.parts.count, plan.partCount)
  }
}
