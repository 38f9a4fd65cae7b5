package import DeliveryModel

extension DeliveryRecord {
  /// Writes the item, in DynamoDB's JSON. What is not set is left out.
  func write(to item: inout some AttributeWriter) {
    item.string("object_key", objectKey)
    item.string("delivery_id", deliveryID)
    item.string("arrival", arrival ?? "")
    item.string("bucket", bucket)
    item.string("version_id", versionID ?? "")
    item.string("etag", etag)
    item.number("size", size)
    item.string("sha256", sha256?.hex ?? "")
    item.string("checksum_crc64nvme", crc64?.base64 ?? "")
    item.string("content_type", contentType)
    item.string("received_at", received.iso8601)
    item.string("settled_at", settled.iso8601)
    item.string("uploaded_at", uploaded.iso8601)
    item.string("modified_at", modified.iso8601)
    item.string("folder", folder)
    item.string("folder_day", folder + "#" + uploaded.date.iso8601)
    writePath(to: &item)
    item.string("host", host)
    item.string("owner", owner)
    item.number("owner_uid", Int64(ownerUID))
    item.string("saved_by", saver?.user ?? "")
    item.string("saved_from", saver?.address ?? "")
    item.string("saved_by_source", saver?.source ?? "")
    item.number("attempts", Int64(attempts))
    item.string("agent", agent)
    item.string("status", status ?? "")
    item.string("reason", reason ?? "")
  }

  /// The same as a value.
  package var item: RecordedItem {
    var collector = AttributeCollector()
    write(to: &collector)
    return RecordedItem(attributes: collector.attributes)
  }

  /// The path as `source_path` has it.
  package static func text(of path: RelativePath) -> String {
    path.utf8Text ?? ObjectKeyEncoding.encode(path.bytes)
  }

  /// A path that is not UTF-8 is written as in the object's key, and its bytes beside it.
  private func writePath(to item: inout some AttributeWriter) {
    if let text = sourcePath.utf8Text {
      item.string("filename", String(decoding: sourcePath.name, as: UTF8.self))
      item.string("source_path", text)
      return
    }
    item.string("filename", ObjectKeyEncoding.encode(sourcePath.name))
    item.string("source_path", Self.text(of: sourcePath))
    item.binary("source_path_raw", sourcePath.bytes)
  }
}
