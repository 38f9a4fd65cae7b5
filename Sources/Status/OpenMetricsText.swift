import Delivery

/// The text that Prometheus reads (https://prometheus.io/docs/specs/om/open_metrics_spec/). Only types that the parser
/// of node_exporter's textfile collector knows too: `info` and `stateset` would make it refuse the whole file.
struct OpenMetricsText {
  enum Kind: String {
    case counter
    case gauge
    case histogram
  }

  typealias Labels = KeyValuePairs<String, String>

  private var lines: [String] = []
  private var name = ""
  private var suffix = ""

  /// Ended as the specification asks.
  var text: String { lines.joined(separator: "\n") + "\n# EOF\n" }

  /// Begins a family; samples follow. `unit` is the last word of the name, where it has one.
  mutating func family(_ name: String, _ kind: Kind, unit: String? = nil, _ help: String) {
    self.name = "s3loggerd_" + name
    suffix = kind == .counter ? "_total" : ""
    lines.append("# TYPE \(self.name) \(kind.rawValue)")
    if let unit { lines.append("# UNIT \(self.name) \(unit)") }
    lines.append("# HELP \(self.name) \(help)")
  }

  mutating func sample(_ labels: Labels, _ value: some LosslessStringConvertible) {
    append(suffix, labels.map { ($0, $1) }, String(value))
  }

  mutating func sample(_ value: some LosslessStringConvertible) { sample([:], value) }

  /// A histogram's buckets, count and sum.
  mutating func samples(_ labels: Labels, _ histogram: LatencyHistogram) {
    let labels = labels.map { ($0, $1) }
    var count = 0
    for (index, inBucket) in histogram.counts.enumerated() {
      count += inBucket
      let bounds = LatencyHistogram.bounds
      append("_bucket", labels + [("le", index < bounds.count ? String(bounds[index]) : "+Inf")], String(count))
    }
    append("_count", labels, String(count))
    append("_sum", labels, String(histogram.sum))
  }

  private mutating func append(_ suffix: String, _ labels: [(String, String)], _ value: String) {
    let pairs = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    lines.append(name + suffix + (pairs.isEmpty ? "" : "{\(pairs)}") + " " + value)
  }

  private static func escaped(_ value: String) -> String {
    var result = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
