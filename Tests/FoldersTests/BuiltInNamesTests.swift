import DeliveryModel
import SystemSupport
import Testing

@testable import Folders

@Suite("Names that programs give to what is no document")
struct BuiltInNamesTests {
  private func rule(_ path: String) -> NameRule? {
    BuiltInNames.rule(forFile: RelativePath(unchecked: Array(path.utf8)))
  }

  @Test(
    "files that programs document as unfinished, locks or their own are passed over",
    arguments: [
      // Office and what is like it.
      "~$contract.docx", "~WRD0001.tmp", "~WRL0003.tmp", "Word Work File D_1.tmp", "Word Work File A_12", "A1B2C3D0",
      "Cedd4100",
      "ppt1A2B.tmp", "db1.ldb", "Akten.laccdb", "note.onetmp", "Plan.~vsdx", "AutoRecovery save of Brief.asd",
      "PowerPoint Temp", ".~lock.contract.odt#", "lu1234.tmp", "x.osl-tmp", ".~WRD0001",
      // Drawing and layout.
      "plan.dwl", "plan.DWL2", "atmp4711", "plan.sv$", "plan.ac$", "haus.3dm.rhl", "case.lck", "~brochure~k3jyv(.idlk",
      "film.prlock", "Poster.af~lock~", "Poster.afdesign~lock~", "Adobe Photoshop 12345", "Photoshop Temp4711",
      "AI Temp 1",
      "ai1234567890.ai", "DBTmp1A2B", "aau38221", "katalog.lrcat.lock", "db.kdbx.lock", "_gdb.PC.1.2.sr.lock",
      "x.blend@",
      // Browsers and downloads.
      "scan.PDF.part", "x.crdownload", "Unconfirmed 4711.crdownload", "x.opdownload", "x.partial", "x.wkdownload",
      "x.zip.download/x.zip", "x.zip.download/Info.plist", "film.mkv.!qB", "film.mkv.!ut", "x.bc!", "x.aria2", "x.ytdl",
      "x.fdmdownload", "x.crswap", "001.part.met",
      // Transfers.
      "x.filepart", ".x.pdf.Qw3rTy", ".contract.pdf.abcdef", ".in.contract.pdf", ".pureftpd-upload.4f.15",
      "x.pdf.1a2b3c4d",
      "x.pdf.b3cA17f2", ".syncthing.x.pdf.tmp", "~syncthing~x.pdf.tmp", ".unison.x.pdf.4f.unison.tmp",
      "x.lftp-pget-status",
      ".x.pdf.~1a2b3c", ".azDownload-1b4e28ba-x.pdf", "x.!sync", "x_.gstmp",
      // macOS.
      "._x", ".DS_Store", "Icon\r", "Icon\u{f00d}", ".localized", ".apdisk", "x.docx.sb-1a2b3c4d-Xy12Zz",
      "x.docx.sb-1a2b3c4d-Xy12Zz/x.docx", "(A Document Being Saved By TextEdit)/x.rtf",
      "(A Document Being Saved By Preview 2)/a/x.pdf", ".smbdeleteAAA1234", ".dat.nosync1234.abc", ":2eDS_Store",
      "x~01234567-89AB-CDEF-0123-456789ABCDEF", ".com.apple.timemachine.supported",
      // Windows, Samba, Dropbox.
      "Thumbs.db", "DESKTOP.INI", "ehthumbs_vista.db", "contract.pdf:Zone.Identifier",
      "contract.pdf:Zone.Identifier:$DATA",
      "contract.pdf\u{f03a}Zone.Identifier", "smile.png:com.dropbox.attrs", "x:AFP_AfpInfo", "Thumbs.db:encryptable",
      ".::TMPNAME:D:4711%1:Akten", ".dropbox.attr", "x@SynoEAStream",
      // Linux.
      "report.docx~", "x~", "#letter.txt#", ".#letter.txt", ".x.swp", ".x.swo", "x.swp", "x.kate-swp",
      ".goutputstream-AB12CD",
      ".nfs000000000012ab3400000001", ".fuse_hidden0000000100000002", ".smb0a1b2c3d4e5f6071", ".xdp-x.pdf-Ab12Cd",
      ".directory",
      "x.txt.~1~", "a.py___jb_tmp___", "akten.sqlite-wal", "akten.db-journal", ".kunst.kra-autosave.kra",
      ".bash_history",
    ])
  func passedOver(path: String) {
    #expect(rule(path) != nil)
  }

  @Test(
    "files that people name so are documents",
    arguments: [
      ".contract.pdf", ".vertrag 2024.docx", "Band 2.part/vertrag.pdf", "Akten.temp/a.pdf", "Lieferung.download",
      "Lieferung.download/vertrag.pdf", ".Entwürfe/a.pdf", "contract.docx", "tmp", "part", "a.tmpx", "~draft.pdf",
      "x.sb-1",
      "desktop.ini.pdf", "a.b.c", "$x", "20240115", "12345678", "A1B2C3D", "A1B2C3D0.pdf", "Photoshop Templates.psd",
      "AI Temperatur.pdf", "AI Template", "Adobe Photoshop Handbuch", "atmp", "atmplan", "atmp4711.pdf",
      "Termin 10:30.txt",
      "Rechnung: Müller.pdf", "Protokoll:", ".letter.backup", ".notes.2024", ".logo.svg", ".film.swf", "film.swf",
      "Icon",
      "Iconografie.pdf", "# 1", "#letter", "letter#", "yarn.lock", "Cargo.lock", "package-lock.json", "meeting-journal",
      "report.pdf.20240115", "x.b12", "~", "Akten~1.pdf", "ailment.ai", "ai 2024.pdf", "Thumbs.db.pdf", "meine~datei",
      "#",
      "aa12345678", "case.lck.pdf", "Word Work.docx", ".nfsakte.pdf", ".sync_notes.txt", "AppleDouble", "x.sas.pdf",
      "recycle bin.pdf", "(A Document Being Saved By TextEdit)", "part.2", "Info.plist", "db.x",
    ])
  func documents(path: String) {
    #expect(rule(path) == nil)
  }

  @Test(
    "directories that systems keep for themselves are not entered",
    arguments: [
      "$RECYCLE.BIN", "Recycle Bin", "RECYCLER", "#recycle", "@Recycle", ".recycle", ".Recycle.Bin", ".Trash",
      ".Trash-1000",
      ".Trashes", "trashbox", "Network Trash Folder", "System Volume Information", "@eaDir", "@tmp", ".AppleDouble",
      ".TemporaryItems", "Temporary Items", ".Spotlight-V100", ".fseventsd", "__MACOSX", ".snapshot", "~snapshot",
      "#snapshot",
      ".zfs", "@GMT-2024.01.01-00.00.00", "lost+found", ".git", ".ssh", ".config", ".stversions", ".dropbox.cache",
      ".~tmp~",
      ".streams", "OneNote_RecycleBin", "DfsrPrivate", ".@__thumb",
    ])
  func closedDirectories(name: String) {
    #expect(BuiltInNames.rule(forDirectoryNamed: Array(name.utf8)) != nil)
  }

  @Test(
    "a rule for files hides no directory",
    arguments: [
      "Band 2.part", "Akten.temp", "Akten.tmp", "Lieferung.download", "A1B2C3D0", "x~", "#a#", ".Entwürfe", "case.lck",
      "~$x",
      "x.docx.sb-1a2b3c4d-Xy12Zz", "(A Document Being Saved By TextEdit)", "Adobe Photoshop 12345", "Recycle Bins",
      "recycle",
      "git", "snapshot", "Papiere",
    ])
  func openDirectories(name: String) {
    #expect(BuiltInNames.rule(forDirectoryNamed: Array(name.utf8)) == nil)
  }

  @Test("every rule says who gives such names, and can be shown on one line")
  func texts() throws {
    for rule in Self.rules {
      #expect(!rule.programs.isEmpty && !rule.pattern.isEmpty)
      #expect(rule.reason.unicodeScalars.allSatisfy { EscapedText.isPrintable($0) }, "\(rule.pattern)")
    }
    let texts =
      (FileNameTable.extensions + FileNameTable.whole).map(\.text) + Array(DirectoryNameTable.whole.keys)
    #expect(texts.allSatisfy { $0 == $0.map(ASCIIName.lowered) }, "the tables are in lower case")
  }

  @Test("the guide tells every rule")
  func guide() throws {
    let top = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let text = String(decoding: try SmallFile.read("/\(top)/packaging/guide/names.md"), as: UTF8.self)
    for rule in Self.rules {
      for pattern in rule.pattern.split(separator: ", ") {
        #expect(text.contains(pattern), "\(pattern) of \(rule.programs)")
      }
      #expect(text.contains("| \(rule.programs) |"), "\(rule.programs)")
    }
  }

  private static let rules =
    FileNameTable.all.flatMap { $0.map(\.rule) }
    + Array(DirectoryNameTable.whole.values) + DirectoryNameTable.beginnings.map(\.rule)

  @Test("a text of the tables is found where it is meant to be, whatever stands before or after it")
  func fixed() throws {
    for (table, frames) in zip(FileNameTable.all, [[("x.", "")], [("", "")], [("x", "")], [("", "x")], [("", "x")]]) {
      for text in table {
        for (before, after) in frames {
          let name = Array(before.utf8) + text.text + Array(after.utf8)
          #expect(FixedNames.rule(for: name) != nil, "\(text.rule.pattern)")
        }
      }
    }
    for name in ["contract.pdf", "tmp", "x.tmp.pdf", "thumbs.db.pdf", ".tmp", "part", "word work file", "~", "x~.pdf"] {
      #expect(FixedNames.rule(for: Array(name.utf8)) == nil, "\(name)")
    }
  }

  @Test("names of any bytes are judged, and none of them stops anything")
  func hostile() {
    var generator = SystemRandomNumberGenerator()
    for length in 0..<300 {
      let name = (0..<length).map { _ in UInt8.random(in: 1...255, using: &generator) }.filter { $0 != 0x2f }
      _ = BuiltInNames.rule(forFileNamed: name)
      _ = BuiltInNames.rule(forFile: RelativePath(unchecked: name + [0x2f] + name))
      _ = BuiltInNames.rule(forDirectoryNamed: name)
    }
    for name in [[], [0x2e], [0x2e, 0x2e], [0x7e], [0x23], [0x3a], [0xff, 0x7e], Array("\u{202e}fdp.tmp".utf8)]
      as [[UInt8]]
    {
      _ = BuiltInNames.rule(forFileNamed: name)
    }
    #expect(BuiltInNames.rule(forFileNamed: [0xff, 0x0a] + Array(".tmp".utf8)) != nil)
  }
}
