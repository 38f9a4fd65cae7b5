import Glibc
import Testing

@testable import DaemonConfiguration

/// A folder that is gone when the test ends.
private final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/configuration-tests-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = String(cString: made)
  }

  deinit {
    for name in ["config.toml", "inbox", "link", "dangling"] {
      if unlink(path + "/" + name) != 0 { rmdir(path + "/" + name) }
    }
    rmdir(path)
  }

  func write(_ text: String, mode: mode_t) throws -> String {
    let file = path + "/config.toml"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    try #require(fchmod(descriptor, mode) == 0)
    return file
  }
}

@Suite("Files")
struct FileTests {
  @Test("a file is read from the disk")
  func load() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(ConfigurationFixture.minimal(), mode: 0o640)
    let outcome = ConfigurationLoader.load(path: file, environment: [:], folders: .none)
    #expect(outcome.diagnostics == [])
    #expect(outcome.configuration != nil)
  }

  @Test("a file that everyone can change is refused, one that its group can is remarked upon")
  func writers() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(ConfigurationFixture.minimal(), mode: 0o664)
    let remarked = ConfigurationLoader.load(path: file, environment: [:], folders: .none)
    #expect(remarked.configuration != nil)
    #expect(remarked.diagnostics.map(\.severity) == [.warning])
    try #require(chmod(file, 0o606) == 0)
    let refused = ConfigurationLoader.load(path: file, environment: [:], folders: .none)
    #expect(refused.configuration == nil)
    #expect(refused.diagnostics.map(\.severity) == [.error])
  }

  @Test("what cannot be read says why and what to do")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    let missing = ConfigurationLoader.load(path: folder.path + "/none.toml", environment: [:])
    #expect(
      missing.diagnostics.map(\.description) == [
        "\(folder.path)/none.toml: does not exist; create it from config.example.toml, or name another with --config"
      ])
    let directory = ConfigurationLoader.load(path: folder.path, environment: [:])
    #expect(directory.diagnostics.first?.message.hasPrefix("is no regular file") == true)
    #expect(missing.configuration == nil && directory.configuration == nil)
  }

  @Test("the file system tells directories, links and files apart")
  func probe() throws {
    let folder = try TemporaryFolder()
    let (inbox, link, dangling) = (folder.path + "/inbox", folder.path + "/link", folder.path + "/dangling")
    try #require(mkdir(inbox, 0o700) == 0)
    try #require(symlink(inbox, link) == 0)
    try #require(symlink("nowhere", dangling) == 0)
    let file = try folder.write("", mode: 0o600)
    let look = FolderProbe.fileSystem.look
    #expect(look(inbox) == .directory(resolved: inbox))
    #expect(look(link + "/.") == .directory(resolved: inbox))
    #expect(look(link) == .symbolicLink(target: inbox))
    #expect(look(dangling) == .missing)
    #expect(look(folder.path + "/none") == .missing)
    #expect(look(file + "/below") == .missing)
    #expect(look(file) == .notDirectory)
  }
}
