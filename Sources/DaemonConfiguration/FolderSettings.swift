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

  /// What becomes of a file once it is delivered.
  package enum AfterUpload: String, Sendable, CaseIterable {
    case keep
    case move
    case delete
  }

  /// 1 to 64 of `A-Z a-z 0-9 . _ -`.
  package let name: String
  /// Absolute, without `.`, `..`, doubled or final slashes.
  package let path: String
  package let key: ObjectKeyTemplate
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
  /// Whether names that programs give unfinished files are passed over.
  package let ignoreTemporary: Bool
  package let rules: FileRules
  package let afterUpload: AfterUpload
  /// Below the folder; set exactly if files are moved.
  package let moveTo: RelativePath?
  /// Below the folder; nil to leave refused files where they are.
  package let rejectedTo: RelativePath?
  /// Whether a receipt is written beside each delivered file.
  package let receipt: Bool
  /// Whether the folder holds a page that tells the staff how it is doing.
  package let statusPage: Bool
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
  /// A glob that the file's name must match.
  package let namePattern: String?
}

/// A tag of every object of a folder.
package struct ObjectTag: Sendable, Equatable {
  package let name: String
  package let value: String
}
