/// Turns a configuration file into one value, or into everything that is wrong with it.
package enum ConfigurationLoader {
  /// Reads and checks the file at `path`. Blocks for the file, for `folders` and for the AWS tools'
  /// shared files, which complete `[aws]`.
  ///
  /// `environment` holds the process's variables; the file wins over them.
  package static func load(
    path: String, environment: [String: String], folders: FolderProbe = .fileSystem
  ) -> ConfigurationOutcome {
    do throws(ConfigurationFile.Failure) {
      let content = try ConfigurationFile.read(path)
      let outcome = parse(content.bytes, file: path, environment: environment, folders: folders)
      return outcome.adding(writers(of: content, file: path))
    } catch {
      let diagnostic = ConfigurationDiagnostic(file: path, message: error.message)
      return ConfigurationOutcome(configuration: nil, diagnostics: [diagnostic])
    }
  }

  /// Checks the bytes of a configuration; `file` is what messages call it.
  package static func parse(
    _ bytes: [UInt8], file: String, environment: [String: String], folders: FolderProbe = .fileSystem
  ) -> ConfigurationOutcome {
    let text: ConfigurationText
    do throws(ConfigurationText.Problem) {
      text = try ConfigurationText(bytes)
    } catch {
      return failure(file, error.position, error.message)
    }
    let locator = TOMLKeyLocator(text: text.bytes)
    if let problem = locator.problem { return failure(file, problem.position, problem.message) }
    let entries: [String: TOMLNode]
    do throws(TOMLNode.SyntaxError) {
      entries = try TOMLNode.parse(text.text)
    } catch {
      return failure(file, error.position, SyntaxMessage.text(error, in: text))
    }
    return check(entries, Findings(file: file, locator: locator), Environment(environment), folders)
  }

  /// Every key that a configuration may have, such as `upload.concurrency` and `folder.settle`; sections are none.
  package static var keys: Set<String> {
    let findings = Findings(file: "", locator: TOMLKeyLocator(text: []))
    let root = TOMLTableReader(["folder": .array([.table([:])])], findings: findings)
    _ = Configuration.read(root, Environment([:]), .none)
    return findings.asked.filter { key in !findings.asked.contains { $0.hasPrefix(key + ".") } }
  }

  private static func check(
    _ entries: [String: TOMLNode], _ findings: Findings, _ environment: Environment, _ folders: FolderProbe
  ) -> ConfigurationOutcome {
    SecretKeys.report(in: entries, to: findings)
    let configuration = Configuration.read(TOMLTableReader(entries, findings: findings), environment, folders)
    return ConfigurationOutcome(
      configuration: findings.hasErrors ? nil : configuration, diagnostics: findings.sorted)
  }

  /// Who can write the file decides where documents go.
  private static func writers(of content: ConfigurationFile.Content, file: String) -> ConfigurationDiagnostic? {
    if content.isWritableByAll {
      let message = "can be changed by everyone on this machine; run chmod go-w on it"
      return ConfigurationDiagnostic(file: file, message: message)
    }
    guard content.isWritableByGroup else { return nil }
    let message = "can be changed by its group; chmod g-w unless that is meant"
    return ConfigurationDiagnostic(file: file, message: message, severity: .warning)
  }

  private static func failure(_ file: String, _ position: TOMLPosition, _ message: String) -> ConfigurationOutcome {
    let diagnostic = ConfigurationDiagnostic(
      file: file, line: position.line, column: position.column, message: message)
    return ConfigurationOutcome(configuration: nil, diagnostics: [diagnostic])
  }
}

extension ConfigurationOutcome {
  fileprivate func adding(_ diagnostic: ConfigurationDiagnostic?) -> ConfigurationOutcome {
    guard let diagnostic else { return self }
    return ConfigurationOutcome(
      configuration: diagnostic.severity == .error ? nil : configuration, diagnostics: [diagnostic] + diagnostics)
  }
}
