/// What a file or directory of the daemon's own is called until it is whole: `.s3loggerd.`, 32 random hexadecimal digits,
/// `.new`. Nobody can be there first, and such names are told from those of people.
package enum OwnTemporaryName {
  private static let prefix = Array(".s3loggerd.".utf8)
  private static let suffix = Array(".new".utf8)
  private static let digits = 32

  package static func make(using generator: inout some RandomNumberGenerator) -> [UInt8] {
    let alphabet = Array("0123456789abcdef".utf8)
    return prefix + (0..<digits).map { _ in alphabet[Int(generator.next(upperBound: UInt(16)))] } + suffix
  }

  package static func isOne(_ name: some RandomAccessCollection<UInt8>) -> Bool {
    guard name.count == prefix.count + digits + suffix.count, name.starts(with: prefix),
      name.suffix(suffix.count).elementsEqual(suffix)
    else { return false }
    return name.dropFirst(prefix.count).dropLast(suffix.count).allSatisfy {
      UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
    }
  }
}
