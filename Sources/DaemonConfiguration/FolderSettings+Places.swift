package import DeliveryModel

extension FolderSettings {
  /// `_sent/{year}-{month}-{day}`.
  static let defaultMoveTo = "_sent/{year}-{month}-{day}"
  static let defaultRejectedTo = "_rejected"
  package static let receipts = RelativePath(unchecked: Array("_receipts".utf8))
  package static let page = RelativePath(unchecked: Array("_status.html".utf8))
  /// Where a file stands between being taken out of the folder and being deleted, and what is not yet whole.
  package static let workplace = RelativePath(unchecked: Array(".s3loggerd".utf8))

  /// What in the folder is the daemon's own: never watched, never uploaded.
  package var places: [RelativePath] {
    [Self.workplace] + ownPlaces.map(\.path)
  }

  /// Those of them that stay the daemon's own when the settings no longer name them.
  package var ownPlaces: [OwnPlace] {
    var places: [OwnPlace] = []
    if afterUpload == .move { places.append(OwnPlace(.sent, moveTo.fixedDirectory)) }
    if rules.canRefuse { places.append(OwnPlace(.rejected, rejectedTo)) }
    if receipt != nil { places.append(OwnPlace(.receipts, Self.receipts)) }
    if statusPage { places.append(OwnPlace(.page, Self.page)) }
    return places
  }

  /// The same folder as one that is called `name` and names objects by `key`: for what that one took up here.
  package func serving(name: String, key: ObjectKeyTemplate?) -> FolderSettings {
    var copy = self
    copy.name = name
    if let key { copy.key = key }
    return copy
  }

  /// What is left undone where the daemon may only read the folder, in words; nil where it only reads.
  package var undoneWithoutWriting: String? {
    var undone: [String] = []
    switch afterUpload {
    case .keep: break
    case .move: undone.append("delivered files are not moved")
    case .delete: undone.append("delivered files are not deleted")
    }
    if rules.canRefuse { undone.append("refused files stay where they are, without a note") }
    if receipt != nil { undone.append("no receipts are written") }
    if statusPage { undone.append("there is no status page") }
    return undone.isEmpty ? nil : undone.joined(separator: ", ")
  }
}

extension ObjectKeyTemplate {
  /// The directories before the first placeholder.
  package var fixedDirectory: RelativePath {
    let literal = description.utf8.prefix { $0 != UInt8(ascii: "{") }
    guard literal.count < description.utf8.count else { return RelativePath(unchecked: Array(literal)) }
    let end = literal.lastIndex(of: UInt8(ascii: "/")) ?? literal.startIndex
    return RelativePath(unchecked: Array(literal[..<end]))
  }

  /// The directory for what was delivered at `local`, a moment shifted to local time. Only for a template of dates.
  package func directory(at local: Timestamp) -> RelativePath {
    let digest = SHA256Digest(words: (0, 0, 0, 0))
    let values = Values(
      folder: "", path: .root, received: local, host: "", owner: "", id: DeliveryID(digest: digest))
    guard case .success(let text) = render(values), let path = RelativePath(validating: Array(text.utf8)) else {
      return fixedDirectory
    }
    return path
  }
}

extension ValueSyntax where Value == ObjectKeyTemplate {
  /// A directory below the folder, by date.
  static var datedFolder: ValueSyntax {
    let expected = "a path below the folder such as \"\(FolderSettings.defaultMoveTo)\", the first part without braces"
    return ValueSyntax(expected: expected) { text throws(SyntaxProblem) in
      let template = try keyTemplate.parse(text)
      guard template.placeholders.isSubset(of: [.year, .month, .day]) else {
        throw SyntaxProblem("has other placeholders than {year}, {month} and {day}")
      }
      guard !template.fixedDirectory.bytes.isEmpty else { throw SyntaxProblem("begins with a placeholder") }
      return template
    }
  }
}
