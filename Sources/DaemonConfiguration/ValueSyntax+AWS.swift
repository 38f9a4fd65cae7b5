import AWSConfiguration
import DeliveryModel

extension ValueSyntax where Value == String {
  /// https://docs.aws.amazon.com/general/latest/gr/rande.html
  static var region: ValueSyntax {
    matching("a region's code, such as \"eu-south-1\"", otherwise: "is no region") { text in
      let words = text.split(separator: "-", omittingEmptySubsequences: false)
      guard words.count >= 3, let number = words.last, 1...2 ~= number.utf8.count else { return false }
      return number.utf8.allSatisfy(Characters.isDigit)
        && words.dropLast().allSatisfy { $0.utf8.count >= 2 && $0.utf8.allSatisfy(Characters.isLowercase) }
    }
  }

  /// What a server that is not AWS's may call its region: `auto`, `us-west-004`, `garage`, `RegionOne`. It is a part of
  /// the signature and, at such a server, of no host name.
  static var foreignRegion: ValueSyntax {
    matching(region.expected, otherwise: "is no region") { text in
      1...64 ~= text.utf8.count && Characters.isAlphanumeric(text, or: "-_.")
    }
  }

  static var bucket: ValueSyntax {
    let rule =
      "3 to 63 lower-case letters, digits, hyphens and single dots, beginning and ending with a letter or digit"
    return matching("the bucket's name: \(rule)", otherwise: "is no bucket name", BucketName.isValid)
  }

  /// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
  static var table: ValueSyntax {
    matching("the table's name: 3 to 255 letters, digits, _ - and .", otherwise: "is no table name") { text in
      3...255 ~= text.utf8.count && Characters.isAlphanumeric(text, or: "_-.")
    }
  }

  /// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
  static var roleARN: ValueSyntax {
    matching(
      "the role's ARN, such as \"arn:aws:iam::123456789012:role/UploaderExecutionRole\"", otherwise: "is no role ARN"
    ) { text in
      let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
      guard parts.count == 6, parts[0] == "arn", parts[2] == "iam", parts[3].isEmpty else { return false }
      let path = parts[5].split(separator: "/", omittingEmptySubsequences: false)
      return parts[1].hasPrefix("aws") && Characters.isAlphanumeric(parts[1], or: "-") && isAccount(parts[4])
        && path.count >= 2 && path[0] == "role" && !path.contains("")
        && path.dropFirst().allSatisfy { Characters.isAlphanumeric($0, or: "_+=,.@-") } && text.utf8.count <= 2048
    }
  }

  static var account: ValueSyntax {
    matching("the account's 12 digits in quotes", otherwise: "is no account", isAccount)
  }

  private static func isAccount(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 12 && text.utf8.allSatisfy(Characters.isDigit)
  }

  /// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  static var externalID: ValueSyntax {
    matching("2 to 1224 letters, digits and _ + = , . @ : / -", otherwise: "is no external id") { text in
      2...1224 ~= text.utf8.count && Characters.isAlphanumeric(text, or: "_+=,.@:/-")
    }
  }

  static var sessionName: ValueSyntax {
    matching("2 to 64 letters, digits and _ + = , . @ -", otherwise: "is no session name") { text in
      2...64 ~= text.utf8.count && Characters.isAlphanumeric(text, or: "_+=,.@-")
    }
  }

  /// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  static var sourceIdentity: ValueSyntax {
    matching("2 to 64 letters, digits and _ + = , . @ -", otherwise: "is no source identity") { text in
      2...64 ~= text.utf8.count && Characters.isAlphanumeric(text, or: "_+=,.@-")
    }
  }

  /// A key's id, ARN or alias.
  static var kmsKey: ValueSyntax {
    matching(
      "the KMS key's ARN, id or alias, such as \"arn:aws:kms:eu-south-1:123456789012:key/…\"",
      otherwise: "is no KMS key"
    ) { text in
      1...2048 ~= text.utf8.count && Characters.isAlphanumeric(text, or: ":/_-")
    }
  }
}
