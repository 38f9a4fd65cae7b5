/// Bytes as a person reads them: `812 B`, `4.0 KiB`, `2.3 GiB`.
enum HumanSize {
  static func text(_ bytes: Int64) -> String {
    if bytes < 1024 { return "\(bytes) B" }
    var value = Double(bytes)
    var unit = ""
    for next in ["KiB", "MiB", "GiB", "TiB"] {
      value /= 1024
      unit = next
      if value < 1024 { break }
    }
    let tenths = Int64((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }
}
