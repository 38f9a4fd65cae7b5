import DeliveryModel

/// A unit of a quantity: its name and how many of the smallest unit it is.
struct QuantityUnit {
  let name: String
  let size: Int64

  /// Coarsest first, as are the others.
  static let durations = [
    QuantityUnit(name: "d", size: 86_400_000), QuantityUnit(name: "h", size: 3_600_000),
    QuantityUnit(name: "m", size: 60_000), QuantityUnit(name: "s", size: 1000), QuantityUnit(name: "ms", size: 1),
  ]
  static let byteCounts = [
    QuantityUnit(name: "TiB", size: 1 << 40), QuantityUnit(name: "TB", size: 1_000_000_000_000),
    QuantityUnit(name: "GiB", size: 1 << 30), QuantityUnit(name: "GB", size: 1_000_000_000),
    QuantityUnit(name: "MiB", size: 1 << 20), QuantityUnit(name: "MB", size: 1_000_000),
    QuantityUnit(name: "KiB", size: 1 << 10), QuantityUnit(name: "KB", size: 1000), QuantityUnit(name: "B", size: 1),
  ]
}

/// Whole numbers with a unit: `10m`, `16MiB`.
struct Quantity {
  /// What the number is of, as in "is no duration".
  let noun: String
  let units: [QuantityUnit]

  static let duration = Quantity(noun: "duration", units: QuantityUnit.durations)
  static let byteCount = Quantity(noun: "size", units: QuantityUnit.byteCounts)
  static let rate = Quantity(
    noun: "rate", units: QuantityUnit.byteCounts.map { QuantityUnit(name: $0.name + "/s", size: $0.size) })

  /// The amount in the smallest unit. Throws for anything but digits and a unit, or an amount outside `range`.
  func parse(_ text: String, in range: ClosedRange<Int64>) throws(SyntaxProblem) -> Int64 {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unitName = text.dropFirst(digits.count)
    guard !digits.isEmpty, let unit = units.first(where: { $0.name == unitName }) else {
      throw SyntaxProblem("is no \(noun)")
    }
    let (amount, isTooMuch) = (Int64(digits) ?? .max).multipliedReportingOverflow(by: unit.size)
    guard !isTooMuch, range.contains(amount) else { throw SyntaxProblem("is out of range") }
    return amount
  }

  /// The shortest text of an amount.
  func text(_ amount: Int64) -> String {
    let fitting = units.first { amount != 0 && amount.isMultiple(of: $0.size) }
    guard let unit = fitting else {
      return "\(amount)" + (units.first { $0.name == "s" } ?? units[units.count - 1]).name
    }
    return "\(amount / unit.size)\(unit.name)"
  }

  func rangeText(_ range: ClosedRange<Int64>) -> String {
    "from \"\(text(range.lowerBound))\" to \"\(text(range.upperBound))\""
  }
}

extension ValueSyntax where Value == Duration {
  /// `"500ms"`, `"5s"`, `"10m"`, `"12h"`, `"7d"`.
  static func duration(_ range: ClosedRange<Duration>) -> ValueSyntax {
    let limits = range.lowerBound.wholeMilliseconds...range.upperBound.wholeMilliseconds
    let expected = "a duration such as \"10m\" (ms, s, m, h or d), \(Quantity.duration.rangeText(limits))"
    return ValueSyntax(expected: expected) { text throws(SyntaxProblem) in
      .milliseconds(try Quantity.duration.parse(text, in: limits))
    }
  }
}

extension ValueSyntax where Value == Int64 {
  /// `"16MiB"` (1,024 based), `"5GB"` (1,000 based).
  static func byteCount(_ range: ClosedRange<Int64>) -> ValueSyntax {
    let expected =
      "a size such as \"16MiB\" (B, KB, MB, GB, TB, KiB, MiB, GiB or TiB), \(Quantity.byteCount.rangeText(range))"
    return ValueSyntax(expected: expected) { text throws(SyntaxProblem) in
      try Quantity.byteCount.parse(text, in: range)
    }
  }
}
