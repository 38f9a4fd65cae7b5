/// How a folder names its objects: literal text and placeholders, such as `{folder}/{path}`.
///
/// Names keep their own bytes, see ``ObjectKeyEncoding``. Rendering the same values always gives the same key.
package struct ObjectKeyTemplate: Sendable, Equatable, CustomStringConvertible {
  /// What may stand between braces.
  package enum Placeholder: String, Sendable, CaseIterable {
    /// The folder's name in the configuration.
    case folder
    /// The path below the folder's root, slashes included.
    case path
    /// The last segment of the path: `contract.tar.gz`.
    case name
    /// The name without its last extension: `contract.tar`. A leading dot begins no extension.
    case stem
    /// The last extension without its dot: `gz`; empty if there is none.
    case ext
    /// The UTC date of `received_at`, four digits.
    case year
    /// Two digits.
    case month
    /// Two digits.
    case day
    /// The host that delivers.
    case host
    /// The file's owner.
    case owner
    /// The delivery id.
    case id
  }

  enum Part: Sendable, Equatable {
    case literal([UInt8])
    case placeholder(Placeholder)
  }

  /// What a key is made of.
  package struct Values: Sendable {
    package var folder: String
    package var path: RelativePath
    package var received: Timestamp
    package var host: String
    package var owner: String
    package var id: DeliveryID

    package init(
      folder: String, path: RelativePath, received: Timestamp, host: String, owner: String, id: DeliveryID
    ) {
      self.folder = folder
      self.path = path
      self.received = received
      self.host = host
      self.owner = owner
      self.id = id
    }
  }

  let parts: [Part]
  /// The template as it was written.
  package let description: String

  /// `{folder}/{path}`: the bucket mirrors the folder.
  package static let mirror = ObjectKeyTemplate(
    parts: [.placeholder(.folder), .literal([RelativePath.slash]), .placeholder(.path)], description: "{folder}/{path}")

  init(parts: [Part], description: String) {
    self.parts = parts
    self.description = description
  }

  /// The placeholders it has.
  package var placeholders: Set<Placeholder> {
    Set(
      parts.compactMap { part in
        guard case .placeholder(let placeholder) = part else { return nil }
        return placeholder
      })
  }

  /// Whether the same file has another key on another day.
  package var hasDate: Bool { !placeholders.isDisjoint(with: [.year, .month, .day]) }

  /// The longest key S3 takes, in bytes of UTF-8.
  package static let maximumBytes = 1024

  /// The object key of one delivery, or why S3 could not hold it.
  package func render(_ values: Values) -> Result<String, ObjectKeyError> {
    var key = [UInt8]()
    key.reserveCapacity(128)
    for part in parts {
      switch part {
      case .literal(let bytes): key.append(contentsOf: bytes)
      case .placeholder(let placeholder): append(placeholder, of: values, to: &key)
      }
    }
    if let problem = ObjectKeyError.problem(of: key) { return .failure(problem) }
    return .success(String(decoding: key, as: UTF8.self))
  }

  private func append(_ placeholder: Placeholder, of values: Values, to key: inout [UInt8]) {
    switch placeholder {
    case .folder: ObjectKeyEncoding.append(values.folder.utf8, to: &key)
    case .path: ObjectKeyEncoding.append(values.path.bytes, to: &key)
    case .name: ObjectKeyEncoding.append(values.path.name, to: &key)
    case .stem: ObjectKeyEncoding.append(values.path.stem, to: &key)
    case .ext: ObjectKeyEncoding.append(values.path.fileExtension, to: &key)
    case .year: key.append(contentsOf: padded(values.received.date.year, width: 4).utf8)
    case .month: key.append(contentsOf: twoDigits(values.received.date.month).utf8)
    case .day: key.append(contentsOf: twoDigits(values.received.date.day).utf8)
    case .host: ObjectKeyEncoding.appendSegment(values.host.utf8, to: &key)
    case .owner: ObjectKeyEncoding.appendSegment(values.owner.utf8, to: &key)
    case .id: key.append(contentsOf: values.id.text.utf8)
    }
  }
}
