import FolderFeedback
import Synchronization

/// The pages that stand in the folders, as far as this process wrote them.
final class StandingPages: Sendable {
  private let pages = Mutex<[String: StatusPage]>([:])

  func page(of folder: String) -> StatusPage? { pages.withLock { $0[folder] } }

  func remember(_ page: StatusPage, in folder: String) { pages.withLock { $0[folder] = page } }

  func forget(_ folder: String) { _ = pages.withLock { $0.removeValue(forKey: folder) } }
}
