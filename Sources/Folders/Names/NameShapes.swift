/// The built-in rules that are more than a fixed text.
enum NameShapes {
  /// Of names that begin with a dot.
  static func hidden(_ name: [UInt8]) -> NameRule? {
    if isRsync(name) { return rsync }
    if isVimSwap(name) { return vim }
    if hasTildeExtension(name) { return nextcloud }
    if isSillyRename(name) { return sillyRename }
    if isSyncState(name) { return syncState }
    if name.ends(with: Array("-autosave.kra".utf8)) { return krita }
    return nil
  }

  /// Of any name; `lower` is the same in lower case.
  static func any(_ name: [UInt8], lower: [UInt8]) -> NameRule? {
    if isSandboxSave(lower) { return sandboxSave }
    if lower.count > 2, lower.first == UInt8(ascii: "#"), lower.last == UInt8(ascii: "#") { return emacsAutosave }
    if isExcel(lower) { return excel }
    if let rule = numbered(lower) { return rule }
    if isStream(lower) { return stream }
    if let dot = lower.lastIndex(of: BuiltInNames.dot) {
      if let rule = byExtension(lower[..<dot], lower[(dot + 1)...], name[(dot + 1)...]) { return rule }
    }
    return isAfterTildeUUID(lower) ? tildeUUID : nil
  }

  // MARK: Shapes

  /// `.name.XXXXXX`, six random letters and digits (`mkstemp(3)`). One word in small letters or a number only after another
  /// extension: `.letter.backup` is a person's.
  private static func isRsync(_ name: [UInt8]) -> Bool {
    guard name.count > 8, name[name.count - 7] == BuiltInNames.dot else { return false }
    let random = name.suffix(6)
    guard random.allSatisfy(ASCIIName.isAlphanumeric) else { return false }
    let isWord = random.allSatisfy(ASCIIName.isLower) || random.allSatisfy(ASCIIName.isDigit)
    return !isWord || name[1..<(name.count - 7)].contains(BuiltInNames.dot)
  }

  /// `.x.swp`, then `.swo` and so on; `.swf` is a film.
  private static func isVimSwap(_ name: [UInt8]) -> Bool {
    guard name.count > 5, name.suffix(4).starts(with: ".sw".utf8), let last = name.last else { return false }
    return last >= UInt8(ascii: "a") && last <= UInt8(ascii: "p") && last != UInt8(ascii: "f")
  }

  /// `.x.pdf.~1a2b`: what the desktop client of Nextcloud downloads to.
  private static func hasTildeExtension(_ name: [UInt8]) -> Bool {
    guard let dot = name.lastIndex(of: BuiltInNames.dot), dot > 0, dot + 1 < name.count else { return false }
    return name[dot + 1] == UInt8(ascii: "~")
  }

  /// `.nfs` or `.smb` and hexadecimal digits: a file that was deleted while it was open, as the kernel's clients name it.
  private static func isSillyRename(_ name: [UInt8]) -> Bool {
    (name.starts(with: ".nfs".utf8) || name.starts(with: ".smb".utf8)) && name.count >= 8
      && name.dropFirst(4).allSatisfy(ASCIIName.isHexadecimal)
  }

  /// `.sync_0a1b.db`, `-wal` and the like after it.
  private static func isSyncState(_ name: [UInt8]) -> Bool {
    guard name.starts(with: ".sync_".utf8), let dot = name.lastIndex(of: BuiltInNames.dot), dot > 0 else {
      return false
    }
    return name[(dot + 1)...].starts(with: "db".utf8)
  }

  /// `x.sb-`, 8 hexadecimal digits, `-`, 6 characters: a file or directory in which macOS saves safely to a share.
  static func isSandboxSave(_ name: some BidirectionalCollection<UInt8>) -> Bool {
    guard name.count > 19, name[name.index(name.endIndex, offsetBy: -19)] == BuiltInNames.dot else { return false }
    let ending = name.suffix(19).map(ASCIIName.lowered)
    return ending.starts(with: ".sb-".utf8) && ending[4..<12].allSatisfy(ASCIIName.isHexadecimal)
      && ending[12] == UInt8(ascii: "-") && ending[13...].allSatisfy(ASCIIName.isAlphanumeric)
  }

  /// Eight hexadecimal digits and nothing more. Without a letter it is a number or a date of a person's.
  private static func isExcel(_ lower: [UInt8]) -> Bool {
    lower.count == 8 && lower.allSatisfy(ASCIIName.isHexadecimal) && !lower.allSatisfy(ASCIIName.isDigit)
  }

  /// A fixed beginning and then digits alone, as many as the program writes.
  private static func numbered(_ lower: [UInt8]) -> NameRule? {
    guard let first = lower.first, numberedFirst.contains(first) else { return nil }
    for (beginning, digits, rule) in numberedNames where lower.starts(with: beginning) {
      let rest = lower.dropFirst(beginning.count)
      if digits.contains(rest.count), rest.allSatisfy(ASCIIName.isDigit) { return rule }
    }
    // InDesign: DBTmp and letters and digits.
    if lower.starts(with: "dbtmp".utf8), 6...25 ~= lower.count, lower[5...].allSatisfy(ASCIIName.isAlphanumeric),
      lower[5...].contains(where: ASCIIName.isDigit)
    {
      return inDesign
    }
    // Acrobat: aa, a letter, five digits.
    if lower.count == 8, lower.starts(with: "aa".utf8), ASCIIName.isLower(lower[2]),
      lower[3...].allSatisfy(ASCIIName.isDigit)
    {
      return acrobat
    }
    // Illustrator: ai and ten digits, then anything.
    if lower.count >= 12, lower.starts(with: "ai".utf8), lower[2..<12].allSatisfy(ASCIIName.isDigit),
      lower.count == 12 || !ASCIIName.isDigit(lower[12])
    {
      return illustrator
    }
    return nil
  }

  /// How those begin that are numbered.
  private static let numberedFirst = Array("adp".utf8)
  private static let numberedNames: [([UInt8], ClosedRange<Int>, NameRule)] = [
    (Array("atmp".utf8), 1...8, rule("atmp0000", "AutoCAD", .unfinished)),
    (Array("adobe photoshop ".utf8), 1...20, rule("Adobe Photoshop 0000", "Photoshop", .unfinished)),
    (Array("ai temp ".utf8), 1...20, illustrator),
    (Array("ai temp".utf8), 1...20, illustrator),
    (Array("photoshop temp".utf8), 1...20, rule("Photoshop Temp0000", "Photoshop", .unfinished)),
  ]

  /// The last colon and a stream that a system writes beside a file: `contract.pdf:Zone.Identifier`. The colon may be one of the
  /// private characters that stand for it (`U+F03A` in WSL and Samba, `U+F022` on a Mac). `Termin 10:30` is a person's.
  private static func isStream(_ lower: [UInt8]) -> Bool {
    // A colon, or the first byte of what stands for one.
    guard lower.contains(where: { $0 == UInt8(ascii: ":") || $0 == 0xef }) else { return false }
    var name = lower[...]
    for data in [":$data", "\u{f03a}$data", "\u{f022}$data"] where lower.ends(with: Array(data.utf8)) {
      name = name.dropLast(data.utf8.count)
    }
    for colon in colons {
      guard let start = last(colon, in: name), start > 0 else { continue }
      let stream = Array(name[(start + colon.count)...])
      if streams.contains(stream) || stream.starts(with: "com.apple.".utf8) || stream.starts(with: "com.dropbox.".utf8)
      {
        return true
      }
    }
    return name.count < lower.count
  }

  private static let colons = [":", "\u{f03a}", "\u{f022}"].map { Array($0.utf8) }
  private static let streams = Set(
    [
      "zone.identifier", "afp_afpinfo", "afp_resource", "smartscreen", "favicon", "encryptable", "oecustomproperty",
      "\u{5}summaryinformation", "\u{5}documentsummaryinformation", "\u{f005}summaryinformation",
      "\u{f005}documentsummaryinformation", "{4c8cc155-6c1e-11d1-8e41-00c04fb9386d}", "wofcompresseddata",
      "ms-properties",
      "win32app_1", "kavichs", "ca_inoculateit", "mshared", "dosattrib", "$efs",
    ].map { Array($0.utf8) })

  private static func last(_ text: [UInt8], in name: ArraySlice<UInt8>) -> Int? {
    guard name.count >= text.count else { return nil }
    return stride(from: name.endIndex - text.count, through: name.startIndex, by: -1).first {
      name[$0...].starts(with: text)
    }
  }

  /// By what is before and after the last dot.
  private static func byExtension(
    _ stem: ArraySlice<UInt8>, _ ending: ArraySlice<UInt8>, _ asWritten: ArraySlice<UInt8>
  ) -> NameRule? {
    if ending.elementsEqual("lock".utf8), hasExtension(stem) { return lock }
    if ending.elementsEqual("asd".utf8), stem.starts(with: "autorecovery save of ".utf8) { return wordRecovery }
    for (text, rule) in databaseEndings where ending.ends(with: text) {
      let kind = ending.dropLast(text.count)
      if 1...8 ~= kind.count, kind.allSatisfy(ASCIIName.isAlphanumeric) { return rule }
    }
    // SAS: x.sas.b and two digits.
    if ending.count == 3, ending.first == UInt8(ascii: "b"), ending.dropFirst().allSatisfy(ASCIIName.isDigit),
      stem.ends(with: Array(".sas".utf8))
    {
      return sas
    }
    // x.pdf. and eight hexadecimal digits, with letters and digits: a date is a person's.
    if ending.count == 8, hasExtension(stem), ending.allSatisfy(ASCIIName.isHexadecimal),
      ending.contains(where: ASCIIName.isDigit), ending.contains(where: ASCIIName.isLower)
    {
      return awsCLI
    }
    return nil
  }

  /// Whether it ends in an extension of its own, of 1 to 7 letters and digits.
  private static func hasExtension(_ stem: ArraySlice<UInt8>) -> Bool {
    guard let dot = stem.lastIndex(of: BuiltInNames.dot), dot > stem.startIndex else { return false }
    let ending = stem[(dot + 1)...]
    return 1...7 ~= ending.count && ending.allSatisfy(ASCIIName.isAlphanumeric)
  }

  private static let databaseEndings: [([UInt8], NameRule)] = ["-journal", "-wal", "-shm"].map {
    (Array($0.utf8), rule("*.x" + $0, "SQLite", .accompanying))
  }

  /// `x~` and a UUID.
  private static func isAfterTildeUUID(_ lower: [UInt8]) -> Bool {
    guard lower.count > 37, lower[lower.count - 37] == UInt8(ascii: "~") else { return false }
    let groups = lower.suffix(36).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy(ASCIIName.isHexadecimal)
  }

  /// Safari downloads `X` to a package `X.download` that holds it and a list of properties. Whatever else lies in a directory of
  /// such a name is a person's.
  static func safariDownload(_ name: [UInt8], in directory: ArraySlice<UInt8>) -> NameRule? {
    let isPart = name.elementsEqual("Info.plist".utf8) || name.elementsEqual(directory.dropLast(downloadEnding.count))
    return isPart ? safari : nil
  }

  /// Whether a directory is called as such a package.
  static func isDownload(_ directory: ArraySlice<UInt8>) -> Bool {
    directory.count > downloadEnding.count
      && directory.suffix(downloadEnding.count).map(ASCIIName.lowered) == downloadEnding
  }

  private static let downloadEnding = Array(".download".utf8)

  // MARK: Rules

  private static let rsync = rule(".*.XXXXXX", "rsync", .unfinished)
  private static let vim = rule(".*.swp", "Vim, nano", .accompanying)
  private static let nextcloud = rule(".*.~*", "Nextcloud, ownCloud", .unfinished)
  private static let sillyRename = rule(
    ".nfs0123456789abcdef, .smb0123456789abcdef", "the NFS and CIFS clients", .accompanying)
  private static let syncState = rule(".sync_*.db", "Nextcloud, ownCloud", .metadata)
  private static let krita = rule(".*-autosave.kra", "Krita", .accompanying)
  private static let emacsAutosave = rule("#*#", "Emacs", .unfinished)
  private static let excel = rule("A1B2C3D0", "Excel", .unfinished)
  private static let inDesign = rule("DBTmp0000", "InDesign", .unfinished)
  private static let acrobat = rule("aax00000", "Acrobat", .unfinished)
  private static let illustrator = rule("AI Temp 0", "Illustrator", .unfinished)
  private static let stream = rule("*:Zone.Identifier and the like", "Windows, macOS, Dropbox", .metadata)
  private static let lock = rule("*.x.lock", "KeePass, Lightroom, ArcGIS", .accompanying)
  private static let wordRecovery = rule("AutoRecovery save of *.asd", "Word", .unfinished)
  private static let sas = rule("*.sas.b00", "SAS", .unfinished)
  private static let awsCLI = rule("*.x.0a1b2c3d", "the AWS CLI", .unfinished)
  private static let tildeUUID = rule("*~01234567-89ab-cdef-0123-456789abcdef", "macOS", .unfinished)
  private static let safari = rule("*.download/", "Safari", .unfinished)
  static let sandboxSave = rule("*.sb-0a1b2c3d-AbCdEf", "macOS", .unfinished)
  static let documentBeingSaved = rule("(A Document Being Saved By *)/", "macOS", .unfinished)
  /// How the directory's name begins.
  static let savedBy = Array("(A Document Being Saved By ".utf8)

  private static func rule(_ pattern: String, _ programs: String, _ kind: NameRule.Kind) -> NameRule {
    NameRule(pattern: pattern, programs: programs, kind: kind)
  }
}
extension ArraySlice<UInt8> {
  func ends(with ending: [UInt8]) -> Bool { count >= ending.count && suffix(ending.count).elementsEqual(ending) }
}
