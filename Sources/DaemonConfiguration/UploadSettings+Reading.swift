import DeliveryModel

extension UploadSettings {
  private static let mebibyte: Int64 = 1 << 20
  private static let gibibyte: Int64 = 1 << 30

  static func read(_ upload: TOMLTableReader) -> UploadSettings {
    // S3's limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    let partSize = upload.value("part_size", .byteCount(5 * mebibyte...5 * gibibyte)) ?? 16 * mebibyte
    let encryption: ServerSideEncryption? = upload.value("server_side_encryption", .choice)
    let settings = UploadSettings(
      concurrency: upload.number("concurrency", in: 1...256) ?? 128, partSize: partSize,
      multipartThreshold: threshold(upload, partSize: partSize),
      partConcurrency: upload.number("part_concurrency", in: 1...64) ?? 4,
      bandwidthLimit: upload.value("bandwidth_limit", .bandwidth),
      storageClass: upload.value("storage_class", .choice),
      encryption: encryption, kmsKeyID: kmsKey(upload, encryption: encryption),
      usesBucketKey: usesBucketKey(upload, encryption: encryption), acl: acl(upload),
      writeOnce: upload.flag("write_once") ?? false, retry: retry(upload),
      answerTimeout: upload.value("answer_timeout", .duration(.seconds(30) ... .seconds(1800))) ?? .seconds(300),
      checksum: upload.value("checksum", .choice) ?? .auto)
    upload.finish()
    return settings
  }

  private static func threshold(_ upload: TOMLTableReader, partSize: Int64) -> Int64 {
    let written = upload.value("multipart_threshold", .byteCount(5 * mebibyte...5 * gibibyte))
    guard let written else { return max(64 * mebibyte, partSize) }
    if written < partSize {
      upload.error(
        "multipart_threshold",
        "is less than part_size (\(Quantity.byteCount.text(partSize))), so that a file could be one part; write at least that"
      )
    }
    return written
  }

  private static func kmsKey(_ upload: TOMLTableReader, encryption: ServerSideEncryption?) -> String? {
    let key = upload.value("kms_key_id", .kmsKey)
    let isWrongEncryption = upload.has("server_side_encryption") && encryption == nil
    if upload.has("kms_key_id"), !isWrongEncryption, encryption == nil || encryption == .s3 {
      upload.error("kms_key_id", "has no effect without server_side_encryption = \"aws:kms\"; add that or remove it")
    }
    return key
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
  private static func usesBucketKey(_ upload: TOMLTableReader, encryption: ServerSideEncryption?) -> Bool {
    let written = upload.flag("bucket_key")
    let isWrongEncryption = upload.has("server_side_encryption") && encryption == nil
    if upload.has("bucket_key"), !isWrongEncryption, encryption != .kms {
      upload.error(
        "bucket_key",
        encryption == .kmsTwoLayers
          ? "has no effect with server_side_encryption = \"aws:kms:dsse\", which has no bucket keys; remove it"
          : "has no effect without server_side_encryption = \"aws:kms\"; add that or remove it")
    }
    return written ?? true
  }

  private static func acl(_ upload: TOMLTableReader) -> CannedACL? {
    let acl: CannedACL? = upload.value("acl", .choice)
    if let acl, acl.isOpen {
      upload.findings.warning(
        upload.key.appending("acl"),
        "\"\(acl.rawValue)\" lets people outside your account read every document; \"bucket-owner-full-control\" does not"
      )
    }
    return acl
  }

  private static func retry(_ upload: TOMLTableReader) -> RetrySchedule {
    let base = upload.value("retry_base", .duration(.milliseconds(100) ... .seconds(3600))) ?? .seconds(1)
    let cap = upload.value("retry_cap", .duration(.seconds(1) ... .seconds(86_400))) ?? .seconds(900)
    if cap < base {
      let shortest = Quantity.duration.text(base.wholeMilliseconds)
      let name = upload.has("retry_cap") ? "retry_cap" : "retry_base"
      upload.error(name, "leaves retry_cap below retry_base (\(shortest)); write a retry_cap that is not shorter")
    }
    return RetrySchedule(base: base, cap: cap)
  }
}
