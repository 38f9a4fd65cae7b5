/// A number as ECMAScript writes it, which RFC 8785 section 3.2.2.3 asks for: the shortest digits that give the number back,
/// plain between 1e-6 and 1e21, else with an exponent.
enum NumberText {
  /// `value` is finite.
  static func text(of value: Double) -> String {
    if value == 0 { return "0" }
    let sign = value < 0 ? "-" : ""
    let (digits, point) = decimal(value.magnitude)
    let count = digits.utf8.count
    return switch point {
    case count...21: sign + digits + String(repeating: "0", count: point - count)
    case 1...21: sign + digits.prefix(point) + "." + digits.dropFirst(point)
    case -5...0: sign + "0." + String(repeating: "0", count: -point) + digits
    default: sign + exponential(digits, exponent: point - 1)
    }
  }

  private static func exponential(_ digits: String, exponent: Int) -> String {
    let fraction = digits.dropFirst()
    return digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + "e" + (exponent < 0 ? "-" : "+")
      + "\(exponent.magnitude)"
  }

  /// The digits without zeros at either end, and where the point stands after the first of them. Swift's own text has the
  /// shortest digits; only its form differs.
  private static func decimal(_ value: Double) -> (digits: String, point: Int) {
    let parts = value.description.split(separator: "e")
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = mantissa[0]
    let all = whole + (mantissa.count > 1 ? mantissa[1] : "")
    let leading = all.prefix { $0 == "0" }.count
    var digits = String(all.dropFirst(leading))
    while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
    return (digits, whole.utf8.count + exponent - leading)
  }
}
