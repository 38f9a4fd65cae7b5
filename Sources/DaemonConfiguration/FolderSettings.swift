package import DeliveryModel

/// One `[[folder]]`.
package struct FolderSettings: Sendable, Equatable {
  /// How a folder learns of new files.
  package enum Watch: String, Sendable, CaseIterable {
    /// Kernel events where the file system has them, else polling.
    case auto
    case inotify
    case poll
  }

  /// Who is asked who saved a file.
  package enum SavedBy: String, Sendable, CaseIterable {
    /// What Samba's `vfs_full_audit` writes to the systemd journal.
    case samba
  }

  /// What becomes of a file once it is delivered.
  package enum AfterUpload: String, Sendable, CaseIterable {
    case keep
    case move
    case delete
  }

  /// What the staff get in writing for what was delivered.
  package enum Receipt: String, Sendable, CaseIterable {
    /// One table a day.
    case daily
    /// A small text for each file.
    case file
  }

  /// 1 to 64 of `A-Z a-z 0-9 . _ -`.
  package internal(set) var name: String
  /// Absolute, without `.`, `..`, doubled or final slashes.
  package let path: String
  package internal(set) var key: ObjectKeyTemplate
  package let recursive: Bool
  package let watch: Watch
  package let pollInterval: Duration
  /// How long a file must rest before it counts as finished.
  package let settle: Duration
  package let rescan: Duration
  /// Globs; empty for every file.
  package let include: [String]
  /// Globs of files never delivered.
  package let exclude: [String]
  /// Whether both tell names apart that differ only in the case of ASCII letters or in Unicode's form; nil where the file does
  /// not say: then `exclude` does.
  package let caseSensitive: Bool?
  /// Whether names that programs give unfinished files are passed over.
  package let ignoreTemporary: Bool
  package let rules: FileRules
  package let afterUpload: AfterUpload
  /// Where delivered files are moved: a directory below the folder, by the date of delivery.
  package let moveTo: ObjectKeyTemplate
  /// How long a delivered file stays before it is deleted.
  package let deleteAfter: Duration
  /// Where refused files are moved, below the folder.
  package let rejectedTo: RelativePath
  /// Which receipts are written; nil for none.
  package let receipt: Receipt?
  /// What its staff read.
  package let language: StatusSettings.Language
  /// Whether the folder holds a page that tells the staff how it is doing.
  package let statusPage: Bool
  /// Who is asked who saved a file; nil for nobody.
  package let savedBy: SavedBy?
  /// At most 10, sorted by name.
  package let tags: [ObjectTag]
}

/// What a folder accepts. An unset rule accepts everything.
package struct FileRules: Sendable, Equatable {
  /// Bytes.
  package let minSize: Int64?
  /// Bytes.
  package let maxSize: Int64?
  /// Content types such as `application/pdf`; empty for all.
  package let allowedTypes: [String]
  /// What the file's name must match.
  package let namePattern: NamePattern?
  /// What the staff are told about names that do not.
  package let nameMessage: String?
  /// The socket of ClamAV's daemon; nil for no scan.
  package let antivirus: String?
  /// How long that may keep a file waiting without a step forward.
  package let antivirusTimeout: Duration
  package let antivirusFailure: AntivirusFailure

  /// What becomes of a file on which the virus scanner fails again and again.
  package enum AntivirusFailure: String, Sendable, CaseIterable {
    case refuse
    /// Delivered, with a remark in its record.
    case deliver
  }

  /// Whether any rule may refuse a file.
  package var canRefuse: Bool {
    minSize != nil || maxSize != nil || !allowedTypes.isEmpty || namePattern != nil || antivirus != nil
  }
}

/// A tag of every object of a folder.
package struct ObjectTag: Sendable, Equatable {
  package let name: String
  package let value: String
}
