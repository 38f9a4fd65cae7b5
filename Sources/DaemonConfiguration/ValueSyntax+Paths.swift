import DeliveryModel

extension ValueSyntax where Value == String {
  /// An absolute path, without `.`, doubled and final slashes in the result.
  static func absolutePath(_ expected: String) -> ValueSyntax {
    ValueSyntax(expected: expected) { text throws(SyntaxProblem) in
      guard text.beginsWith("/") else { throw SyntaxProblem("is not absolute") }
      guard text.utf8.count < 4096 else { throw SyntaxProblem("is longer than a path can be") }
      let segments = FolderPath.segments(of: text)
      guard !segments.contains("..") else { throw SyntaxProblem("goes up with \"..\"") }
      return "/" + segments.joined(separator: "/")
    }
  }

  /// A file that holds a secret: an absolute path, or the name of a systemd credential, found in `directory`.
  static func credentialFile(in directory: String) -> ValueSyntax {
    let expected = "the absolute path of a file, or the name of a systemd credential"
    return ValueSyntax(expected: expected, isShown: false) { text throws(SyntaxProblem) in
      guard !SecretKeys.isAccessKey(text) else { throw SyntaxProblem("is the key itself, which belongs in a file") }
      if text.hasPrefix("/") { return try ValueSyntax.absolutePath(expected).parse(text) }
      guard 1...255 ~= text.utf8.count, Characters.isAlphanumeric(text, or: "._-"), text != ".", text != ".." else {
        throw SyntaxProblem("is neither")
      }
      return directory + "/" + text
    }
  }

  static var folderName: ValueSyntax {
    matching("1 to 64 letters, digits and . _ -", otherwise: "is no folder name") { text in
      1...64 ~= text.utf8.count && Characters.isAlphanumeric(text, or: "._-") && text != "." && text != ".."
    }
  }

  /// A pattern of names or of paths below the folder.
  static var glob: ValueSyntax {
    matching("a pattern below the folder, such as \"*.pdf\" or \"drafts/**\"", otherwise: "is no pattern") { text in
      let segments = text.pieces(at: "/")
      return 1...1024 ~= text.utf8.count && !text.beginsWith("/") && !segments.contains("..") && !segments.contains(".")
        && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
  }

  /// `application/pdf`, `image/*`.
  static var contentType: ValueSyntax {
    matching("a content type, such as \"application/pdf\" or \"image/*\"", otherwise: "is no content type") { text in
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && Characters.isAlphanumeric($0, or: "!#$&^_.+-*") }
    }
  }
}

extension ValueSyntax where Value == RelativePath {
  /// A folder below the watched one.
  static var folderBelow: ValueSyntax {
    ValueSyntax(expected: "a path below the folder, such as \"_done\"") { text throws(SyntaxProblem) in
      guard let path = RelativePath(validating: Array(text.utf8)) else {
        throw SyntaxProblem("is no path below the folder")
      }
      return path
    }
  }
}

extension ValueSyntax where Value == ObjectKeyTemplate {
  static var keyTemplate: ValueSyntax {
    ValueSyntax(expected: "a template such as \"{folder}/{path}\"") { text throws(SyntaxProblem) in
      do throws(ObjectKeyTemplateError) {
        return try ObjectKeyTemplate.parse(text)
      } catch {
        throw SyntaxProblem(error.description)
      }
    }
  }
}
