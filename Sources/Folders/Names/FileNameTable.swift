/// The built-in rules for files that are a fixed text, lower case. Those that need more are in ``NameShapes``.
///
/// Sources: support.microsoft.com 211632 (Word) and 814068 (Excel), help.libreoffice.org, helpx.adobe.com, Autodesk's knowledge
/// base, developer.apple.com, the manuals of the programs, and the lists that Dropbox, Egnyte, Mountain Duck and Nextcloud publish
/// of what they do not synchronise. packaging/guide/names.md has the same table for administrators.
enum FileNameTable {
  struct Text: Sendable {
    let text: [UInt8]
    let rule: NameRule
  }

  private typealias Group = (programs: String, kind: NameRule.Kind, names: [String])

  /// What comes after the last dot.
  static let extensions = list(extensionGroups) { "*." + $0 }
  /// Whole names.
  static let whole = list(wholeGroups) { $0 }
  /// How names end that the last dot does not tell.
  static let endings = list(endingGroups) { "*" + $0 }
  /// How names begin that do not begin with a dot.
  static let beginnings = list(beginningGroups) { $0 + "*" }
  /// How names begin that begin with a dot.
  static let hiddenBeginnings = list(hiddenGroups) { $0 + "*" }

  static let all = [extensions, whole, endings, beginnings, hiddenBeginnings]

  private static let extensionGroups: [Group] = [
    ("many programs", .unfinished, ["tmp", "temp", "$$$", "gstmp"]),
    ("Firefox, Thunderbird, yt-dlp, KDE", .unfinished, ["part", "part-ytdl", "ytdl"]),
    ("Edge, Internet Explorer, rclone", .unfinished, ["partial"]),
    ("Chrome, Edge", .unfinished, ["crdownload", "crswap"]),
    ("Opera", .unfinished, ["opdownload"]),
    ("GNOME Web", .unfinished, ["wkdownload"]),
    ("WinSCP", .unfinished, ["filepart"]),
    ("aria2", .unfinished, ["aria2", "aria2__temp"]),
    ("qBittorrent", .unfinished, ["!qb"]),
    (
      "µTorrent, BitTorrent, BitComet, FlashGet, Vuze, Orbit", .unfinished,
      ["!ut", "!bt", "bc!", "jc!", "fg!", "az!", "ob!"]
    ),
    ("Resilio Sync", .unfinished, ["!sync", "bts"]),
    (
      "Free Download Manager, DownThemAll, Thunder, IDM", .unfinished,
      ["fdmdownload", "dtapart", "xltd", "idmdownload"]
    ),
    ("MinIO", .unfinished, ["minio"]),
    ("Cyberduck", .unfinished, ["cyberducksegment"]),
    ("LibreOffice", .unfinished, ["osl-tmp"]),
    ("OneNote", .unfinished, ["onetmp"]),
    ("AutoCAD", .unfinished, ["ac$", "sv$"]),
    ("AutoCAD", .accompanying, ["dwl", "dwl2", "dwl1", "dwk"]),
    ("Rhino", .accompanying, ["rhl"]),
    ("Visio", .accompanying, ["~vsd", "~vsdx", "~vsdm", "~vst", "~vss", "~vstx", "~vssx"]),
    ("Access", .accompanying, ["ldb", "laccdb"]),
    ("InDesign, InCopy", .accompanying, ["idlk"]),
    ("Premiere Pro", .accompanying, ["prlock"]),
    ("ArchiCAD, FrameMaker, EPLAN", .accompanying, ["lck"]),
    ("Vim, nano", .accompanying, ["swp", "swo", "swn", "swx", "swpx"]),
    ("Kate", .accompanying, ["kate-swp"]),
    ("Unison", .unfinished, ["unison"]),
  ]

  private static let endingGroups: [Group] = [
    ("Emacs, Vim, gedit, Kate", .accompanying, ["~"]),
    ("Affinity", .accompanying, ["~lock~"]),
    ("eMule", .unfinished, [".part.met"]),
    ("JetBrains", .unfinished, ["___jb_tmp___", "___jb_old___"]),
    ("lftp", .accompanying, [".lftp-pget-status"]),
    ("Synology", .metadata, ["@synoeastream", "@synoresource"]),
    ("Blender", .unfinished, [".blend@"]),
  ].sorted { $0.names[0].utf8.count > $1.names[0].utf8.count }

  private static let wholeGroups: [Group] = [
    ("Windows", .metadata, ["thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "iconcache.db"]),
    (
      "macOS", .metadata,
      [
        "icon\r", "icon\u{f00d}", "thevolumesettingsfolder", "desktop db", "desktop df", ".ds_store", ".localized",
        ".apdisk",
        ".volumeicon.icns", ".metadata_never_index", ".metadata_never_index_unless_rootfs",
        ".metadata_direct_scope_only",
        ".hotfiles.btree", ".journal_info_block", ".cfusertextencoding", ":2eds_store", ".dbfseventsd", ".nosync",
      ]
    ),
    ("PowerPoint", .unfinished, ["powerpoint temp"]),
    ("KDE, GNOME", .metadata, [".directory", ".hidden", ".xsession-errors", ".iceauthority", ".xauthority"]),
    ("s3loggerd", .metadata, [".s3loggerd.new"]),
    ("Android", .metadata, [".nomedia"]),
    ("Picasa", .metadata, [".picasa.ini", "picasa.ini"]),
    ("Adobe Bridge", .metadata, [".bridgecache", ".bridgecachet", ".bridgesort", ".bridgelabelsandratings"]),
    ("Dropbox", .metadata, [".dropbox", ".dropbox.attr", ".dropbox.device"]),
    (
      "Nextcloud, ownCloud", .metadata,
      [".nextcloudsync.log", ".owncloudsync.log", ".sync-exclude.lst", ".csync_journal.db"]
    ),
    ("Syncthing", .metadata, [".stignore", ".stfolder"]),
    ("MEGA", .metadata, [".megaignore"]),
    ("Linux quotas", .metadata, ["aquota.user", "aquota.group"]),
    ("LibreOffice", .accompanying, [".lock"]),
    (
      "shells, login programs", .metadata,
      [
        ".bash_history", ".bash_logout", ".bash_profile", ".bashrc", ".profile", ".zsh_history", ".zshrc", ".zprofile",
        ".zshenv", ".lesshst", ".viminfo", ".netrc", ".pgpass", ".my.cnf", ".python_history", ".wget-hsts",
        ".mysql_history", ".psql_history", ".sqlite_history", ".selected_editor", ".sudo_as_admin_successful",
        ".node_repl_history", ".gitconfig", ".git-credentials", ".rediscli_history",
      ]
    ),
  ]

  private static let beginningGroups: [Group] = [
    ("Word, Excel, PowerPoint, SolidWorks", .accompanying, ["~$"]),
    ("Word for Mac", .unfinished, ["word work file "]),
    ("Syncthing", .unfinished, ["~syncthing~"]),
    ("netatalk", .metadata, [":2e_"]),
  ]

  private static let hiddenGroups: [Group] = [
    ("macOS", .metadata, ["._"]),
    ("LibreOffice", .accompanying, [".~lock."]),
    ("Word, Excel, PowerPoint", .accompanying, [".~$"]),
    ("LibreOffice, Word for Mac, Nextcloud", .unfinished, [".~"]),
    ("Emacs, systemd", .accompanying, [".#"]),
    ("GNOME, GTK", .unfinished, [".goutputstream-"]),
    ("Flatpak, xdg-desktop-portal", .unfinished, [".xdp-"]),
    ("FUSE", .accompanying, [".fuse_hidden"]),
    ("macOS", .accompanying, [".smbdelete", ".afpdeleted"]),
    ("macOS", .unfinished, [".dat.nosync"]),
    ("AFS", .accompanying, [".__afs"]),
    ("Samba", .unfinished, [".::tmpname:"]),
    ("Pure-FTPd", .unfinished, [".pureftpd-upload.", ".pureftpd-rename."]),
    ("ProFTPD, lftp", .unfinished, [".in."]),
    ("Syncthing", .unfinished, [".syncthing."]),
    ("Unison", .unfinished, [".unison."]),
    ("Nextcloud, ownCloud", .metadata, [".csync", ".owncloud"]),
    ("MEGA", .unfinished, [".getxfer."]),
    ("AzCopy", .unfinished, [".azdownload-"]),
    ("OneDrive", .metadata, [".849c9593-d756-4e56-8d6e-42412f2a707b"]),
    ("macOS", .metadata, [".com.apple."]),
    ("Synology, QNAP", .metadata, [".@__"]),
  ]

  private static func list(_ groups: [Group], _ pattern: (String) -> String) -> [Text] {
    groups.flatMap { group in
      group.names.map { name in
        let shown = EscapedName.of(pattern(name))
        return Text(
          text: Array(name.utf8), rule: NameRule(pattern: shown, programs: group.programs, kind: group.kind))
      }
    }
  }
}
