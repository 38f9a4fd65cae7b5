import DaemonConfiguration
import DeliveryModel
import FolderFeedback
import Glibc
import SystemSupport

/// The note beside one refused file: written without taking the place of anything, and removed only while it is, byte for
/// byte, what was written.
struct NoteFile {
  enum Removal: Equatable {
    case removed
    /// There is no note, or one that somebody has written into: it is theirs by now.
    case none
    /// A file stands where the refused one was moved: the note is still true.
    case stays
  }

  let delivery: Delivery
  /// Where the refused file was moved, below the folder.
  let target: RelativePath
  let root: RootDirectory

  /// Writes the note durably. Where somebody else's file has its name, it gets a number; one that an earlier attempt wrote
  /// is enough.
  func write(in language: Language) throws(SystemCallError) {
    let place = try root.location(target.directory)
    let readers = try readers(in: place)
    for name in names {
      if try isNote(name, in: place) { return }
      do throws(SystemCallError) {
        return try place.add(name, with: note(language).bytes, readers: readers)
      } catch {
        guard error.code == EEXIST else { throw error }
      }
    }
    throw SystemCallError(call: "renameat2", code: EEXIST, path: target.bytes)
  }

  /// The note tells of what is in the file: it is for those who may read that.
  private func readers(in place: borrowing DirectoryLocation) throws(SystemCallError) -> AccessRights {
    if let status = try place.status(of: Array(target.name)), status.kind == .file {
      return try place.rights(of: Array(target.name))
    }
    return try place.rights()
  }

  func remove() throws(SystemCallError) -> Removal {
    guard let place = try root.existingLocation(target.directory) else { return .none }
    if try place.status(of: Array(target.name)) != nil { return .stays }
    for name in names {
      guard try place.status(of: name) != nil else { break }
      guard try isNote(name, in: place) else { continue }
      try place.remove(name)
      return .removed
    }
    return .none
  }

  /// `contract.pdf.REASON.txt`, `contract.pdf.REASON (2).txt`, …
  private var names: some Sequence<[UInt8]> {
    let name = Array(target.name) + RefusalNote.suffix
    return FreeName.numbers.lazy.map { FreeName.numbered(name, $0) }
  }

  /// Whether this very note stands under `name`, in whichever language: the folder's may have been changed since.
  private func isNote(_ name: [UInt8], in place: borrowing DirectoryLocation) throws(SystemCallError) -> Bool {
    guard let status = try place.status(of: name), status.kind == .file else { return false }
    let notes = Language.allCases.map { note($0).bytes }
    guard notes.contains(where: { $0.count == status.identity.size }) else { return false }
    let file = try place.open(name)
    guard LeaseProbe.ask(file.number) != .writerOpen else { return false }
    let bytes = try OwnedDescriptor.read(file.number, from: 0, upTo: Int(status.identity.size) + 1)
    return notes.contains(bytes)
  }

  private func note(_ language: Language) -> RefusalNote {
    let file = delivery.file
    return RefusalNote(
      file: file.path, findings: delivery.verdict?.findings ?? [],
      time: LocalMoment(file.settled, offset: LocalTime.offset(at: file.settled)),
      folder: EscapedText.escape(
        RelativePath(unchecked: Array(file.folder.utf8)).appending(path: file.path.directory).bytes),
      reference: delivery.prepared?.id.text ?? "", language: language)
  }
}
