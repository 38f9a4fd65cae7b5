import DeliveryModel

/// The built-in rules for directories, lower case: recycle bins, snapshots, and what systems keep for themselves. Nothing in
/// them is a document that somebody saved there, so they are never entered.
enum DirectoryNameTable {
  static let whole = Dictionary(
    groups.flatMap { group in group.names.map { (Array($0.utf8), rule(group.programs, $0 + "/")) } },
    uniquingKeysWith: { first, _ in first })

  static let beginnings = beginningGroups.flatMap { group in
    group.names.map { FileNameTable.Text(text: Array($0.utf8), rule: rule(group.programs, $0 + "*/")) }
  }

  private static let groups: [(programs: String, names: [String])] = [
    (
      "recycle bins",
      [
        "$recycle.bin", "recycler", "recycled", "recycle bin", "recyclebin", "recycle.bin", ".recycle.bin", ".recycle",
        "#recycle", "@recycle", ".trash", ".trashes", "network trash folder", "trashbox", ".recyclebin",
        "onenote_recyclebin",
      ]
    ),
    ("Windows", ["system volume information", "dfsrprivate", "$extend", "$winreagent"]),
    (
      "macOS",
      [
        ".appledouble", ".appledb", ".appledesktop", "temporary items", ".temporaryitems", ".spotlight-v100",
        ".fseventsd",
        ".documentrevisions-v100", ".mobilebackups", ".pkinstallsandboxmanager",
        ".pkinstallsandboxmanager-systemsoftware",
        "__macosx", ".hfs+ private directory data\r",
      ]
    ),
    ("Synology", ["@eadir", "@tmp", "#snapshot", "@sharesnap", "@s2s", ".synologyworkingdirectory"]),
    ("QNAP", ["@recently-snapshot", ".@__thumb", ".@upload_cache"]),
    ("snapshots", [".snapshot", ".snapshots", "~snapshot", ".zfs", ".snap", ".ckpt"]),
    ("file systems", ["lost+found", ".glusterfs"]),
    ("Samba", [".streams"]),
    ("Syncthing", [".stfolder", ".stversions"]),
    ("Resilio Sync", [".sync"]),
    ("Dropbox", [".dropbox.cache"]),
    ("Google Drive", [".tmp.drivedownload", ".tmp.driveupload"]),
    ("rsync", [".~tmp~", ".rsync-partial", ".rsync-tmp"]),
    ("thumbnails", [".thumbnails", ".xvpics"]),
    ("version control", [".git", ".svn", ".hg", ".bzr", ".jj"]),
    (
      "programs in a home directory",
      [
        ".cache", ".config", ".local", ".ssh", ".gnupg", ".mozilla", ".thunderbird", ".dbus", ".pki", ".var", ".aws",
        ".azure", ".kube", ".docker", ".npm", ".nvm", ".cargo", ".rustup", ".gradle", ".m2", ".java", ".vscode",
        ".vscode-server", ".idea", ".vim", ".emacs.d", ".password-store", ".wine", ".steam", ".gvfs",
      ]
    ),
    ("Revit", ["revit_temp"]),
  ]

  private static let beginningGroups: [(programs: String, names: [String])] = [
    ("recycle bins", [".trash-"]),
    ("s3loggerd", [".s3loggerd.directory"]),
    ("Samba's snapshots", ["@gmt-"]),
  ]

  private static func rule(_ programs: String, _ name: String) -> NameRule {
    NameRule(pattern: EscapedName.of(name), programs: programs, kind: .metadata)
  }
}

/// A name of the tables as it is shown.
enum EscapedName {
  static func of(_ name: String) -> String { EscapedText.escape(name) }
}
