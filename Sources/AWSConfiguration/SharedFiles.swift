import Glibc

/// Where the AWS tools' shared files are, and which profile of them is meant, by the environment.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
package enum SharedFiles {
  /// A file that is there and cannot be read.
  package struct Failure: Error {
    package let path: String
    /// Follows the path: `cannot be read (Permission denied)`.
    package let reason: String
  }

  /// Both files as one. The same setting in the credentials file wins; an absent file is an empty one. Blocks.
  package static func read(_ environment: [String: String]) throws(Failure) -> ProfileFile {
    let credentials = try read("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment, isConfig: false)
    return credentials.merged(with: try read("AWS_CONFIG_FILE", "config", environment, isConfig: true))
  }

  /// The profile in force, and whether somebody named it: that of our own configuration, else of the environment, in the
  /// order of botocore, else `default`.
  package static func profile(
    _ configured: String?, _ environment: [String: String]
  ) -> (name: String, isRequired: Bool) {
    let named = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    return (configured ?? named).map { ($0, true) } ?? ("default", false)
  }

  /// Where the config file is; nil without a home directory.
  package static func configPath(_ environment: [String: String]) -> String? {
    path("AWS_CONFIG_FILE", "config", environment)
  }

  private static func path(_ variable: String, _ name: String, _ environment: [String: String]) -> String? {
    environment[variable].map { expanded($0, environment) } ?? environment["HOME"].map { $0 + "/.aws/" + name }
  }

  private static func read(
    _ variable: String, _ name: String, _ environment: [String: String], isConfig: Bool
  ) throws(Failure) -> ProfileFile {
    guard let path = path(variable, name, environment), !path.isEmpty else {
      return ProfileFile(parsing: [], isConfig: isConfig)
    }
    do {
      return ProfileFile(parsing: try SmallFile.read(path).bytes, isConfig: isConfig)
    } catch SmallFile.Failure.missing {
      return ProfileFile(parsing: [], isConfig: isConfig)
    } catch {
      throw Failure(path: path, reason: SmallFile.describe(error))
    }
  }

  /// A path of the environment with its variables (`$HOME`, `${HOME}`) and the `~` or `~name` at its beginning replaced,
  /// as botocore does it. What cannot be replaced stays.
  static func expanded(_ path: String, _ environment: [String: String]) -> String {
    let path = withVariables(path, environment)
    guard path.utf8.first == UInt8(ascii: "~") else { return path }
    let user = path.unicodeScalars.dropFirst().prefix { $0 != "/" }
    let rest = path.unicodeScalars.dropFirst(user.count + 1)
    let home = user.isEmpty ? environment["HOME"] ?? homeDirectory(of: nil) : homeDirectory(of: String(user))
    guard var home = home?.unicodeScalars else { return path }
    while home.last == "/", !rest.isEmpty { home.removeLast() }
    return String(home) + String(rest)
  }

  private static func withVariables(_ path: String, _ environment: [String: String]) -> String {
    var result = ""
    var rest = path.unicodeScalars[...]
    while let mark = rest.firstIndex(of: "$") {
      result += String(rest[..<mark])
      rest = rest[rest.index(after: mark)...]
      let isBraced = rest.first == "{"
      let name = isBraced ? rest.dropFirst().prefix { $0 != "}" } : rest.prefix(while: isNamePart)
      let end =
        isBraced ? rest.index(rest.startIndex, offsetBy: name.count + 2, limitedBy: rest.endIndex) : name.endIndex
      guard let end, let value = environment[String(name)] else {
        result += "$"
        continue
      }
      result += value
      rest = rest[end...]
    }
    return result + String(rest)
  }

  private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_": true
    default: false
    }
  }

  /// See getpwnam_r(3), getpwuid_r(3).
  private static func homeDirectory(of user: String?) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 * 1024)
    let status =
      user.map { getpwnam_r($0, &entry, &buffer, buffer.count, &found) }
      ?? getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found)
    guard status == 0, found != nil, let home = entry.pw_dir else { return nil }
    return String(cString: home)
  }
}
