import DeliveryModel

extension FolderSettings {
  static func read(
    _ folder: TOMLTableReader, name: String, path: String, _ common: FolderCandidate.Common
  ) -> FolderSettings {
    let recursive = folder.flag("recursive") ?? true
    let watch: Watch = folder.choice("watch", default: .auto)
    let afterUpload: AfterUpload = folder.choice("after_upload", default: .keep)
    return FolderSettings(
      name: name, path: path, key: key(folder, recursive: recursive, writeOnce: common.writeOnce), recursive: recursive,
      watch: watch, pollInterval: pollInterval(folder, watch: watch),
      settle: folder.value("settle", .duration(.zero ... .seconds(3600))) ?? .seconds(5),
      rescan: folder.value("rescan", .duration(.seconds(10) ... .seconds(86_400))) ?? .seconds(300),
      include: folder.list("include", .glob), exclude: folder.list("exclude", .glob),
      caseSensitive: folder.flag("case_sensitive"),
      ignoreTemporary: folder.flag("ignore_temporary") ?? true, rules: FileRules.read(folder),
      afterUpload: afterUpload, moveTo: moveTo(folder, afterUpload: afterUpload),
      deleteAfter: deleteAfter(folder, afterUpload: afterUpload),
      rejectedTo: folder.value("rejected_to", .folderBelow)
        ?? RelativePath(unchecked: Array(FolderSettings.defaultRejectedTo.utf8)),
      receipt: folder.value("receipt", .choice),
      language: folder.choice("language", default: common.language),
      statusPage: folder.flag("status_page") ?? false, savedBy: folder.value("saved_by", .choice), tags: tags(folder))
  }

  private static func key(_ folder: TOMLTableReader, recursive: Bool, writeOnce: Bool) -> ObjectKeyTemplate {
    let key = folder.value("key", .keyTemplate)
    let template = key ?? .mirror
    guard key != nil || !folder.has("key") else { return template }
    let has = template.placeholders
    if writeOnce, !has.contains(.id) {
      folder.error("key", "needs {id} because upload.write_once is true; write such as \"{folder}/{path}/{id}\"")
    } else if has.isDisjoint(with: [.id, .path, .name, .stem]) {
      folder.error("key", "gives many files one object; add {path}, {name}, {stem} or {id}")
    } else if !tellsFilesApart(has, recursive: recursive) {
      folder.findings.warning(
        folder.key.appending("key"),
        "gives files that differ only in what it leaves out one object, as versions of it; {path} or {id} keeps them apart"
      )
    }
    return template
  }

  private static func tellsFilesApart(_ has: Set<ObjectKeyTemplate.Placeholder>, recursive: Bool) -> Bool {
    if has.contains(.id) || has.contains(.path) { return true }
    return !recursive && (has.contains(.name) || has.isSuperset(of: [.stem, .ext]))
  }

  private static func pollInterval(_ folder: TOMLTableReader, watch: Watch) -> Duration {
    let interval = folder.value("poll_interval", .duration(.seconds(1) ... .seconds(3600)))
    if watch == .inotify, folder.has("poll_interval") {
      folder.error("poll_interval", "has no effect with watch = \"inotify\"; remove it, or write watch = \"auto\"")
    }
    return interval ?? .seconds(30)
  }

  private static func moveTo(_ folder: TOMLTableReader, afterUpload: AfterUpload) -> ObjectKeyTemplate {
    let path = folder.value("move_to", .datedFolder)
    if folder.has("move_to"), afterUpload != .move {
      folder.error("move_to", "has no effect without after_upload = \"move\"; add that or remove it")
    }
    guard let template = path ?? (try? ObjectKeyTemplate.parse(FolderSettings.defaultMoveTo)) else { return .mirror }
    return template
  }

  private static func deleteAfter(_ folder: TOMLTableReader, afterUpload: AfterUpload) -> Duration {
    let pause = folder.value("delete_after", .duration(.zero ... .seconds(365 * 86_400)))
    if folder.has("delete_after"), afterUpload != .delete {
      folder.error("delete_after", "has no effect without after_upload = \"delete\"; add that or remove it")
    }
    return pause ?? .seconds(1800)
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
  private static func tags(_ folder: TOMLTableReader) -> [ObjectTag] {
    let tags = folder.texts("tags", .tagValue)
    // One of S3's ten stays free for what is told later, such as the verdict of GuardDuty's malware scan.
    if tags.count > 9 { folder.error("tags", "has \(tags.count) tags; write at most 9") }
    for tag in tags where !isTagName(tag.name) {
      folder.findings.error(
        folder.key.appending("tags").appending(tag.name),
        "is no tag name; write 1 to 128 letters, digits, spaces and + - = . _ : / @, not beginning with aws:")
    }
    return tags.map { ObjectTag(name: $0.name, value: $0.value) }
  }

  private static func isTagName(_ name: String) -> Bool {
    1...128 ~= name.unicodeScalars.count && !name.lowercased().hasPrefix("aws:") && name.allSatisfy(isTagCharacter)
  }

  static func isTagCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || " +-=._:/@".contains(character)
  }
}

extension ValueSyntax where Value == String {
  static var tagValue: ValueSyntax {
    matching(
      "at most 256 letters, digits, spaces and + - = . _ : / @ in quotes", otherwise: "is no tag value"
    ) { text in
      text.unicodeScalars.count <= 256 && text.allSatisfy(FolderSettings.isTagCharacter)
    }
  }
}

extension FileRules {
  static func read(_ folder: TOMLTableReader) -> FileRules {
    let rules = FileRules(
      minSize: folder.value("min_size", .byteCount(0...1 << 50)),
      maxSize: folder.value("max_size", .byteCount(0...1 << 50)),
      allowedTypes: folder.list("allowed_types", .contentType),
      namePattern: folder.value("name_pattern", .namePattern), nameMessage: nameMessage(folder),
      antivirus: folder.value("antivirus", .absolutePath("the absolute path of clamd's socket")),
      antivirusTimeout: folder.value("antivirus_timeout", .duration(.seconds(1) ... .seconds(3600))) ?? .seconds(120),
      antivirusFailure: folder.choice("antivirus_failure", default: .refuse))
    for key in ["antivirus_timeout", "antivirus_failure"] where folder.has(key) && !folder.has("antivirus") {
      folder.error(key, "has no effect without antivirus; add that or remove it")
    }
    if let least = rules.minSize, let most = rules.maxSize, least > most {
      folder.error("max_size", "is less than min_size, so that no file would do; write a larger one")
    }
    if folder.has("rejected_to"), !rules.canRefuse {
      folder.error("rejected_to", "has no effect without a rule such as allowed_types; add one or remove it")
    }
    return rules
  }

  private static func nameMessage(_ folder: TOMLTableReader) -> String? {
    let message = folder.value("name_message", .text("a sentence that tells the staff how to name a file", limit: 300))
    if folder.has("name_message"), !folder.has("name_pattern") {
      folder.error("name_message", "has no effect without name_pattern; add that or remove it")
    }
    return message
  }
}
