import DeliveryModel
import TestFixtures
import TestSupport
import Testing

@testable import Status
@testable import Delivery

@Suite("Metrics")
struct MetricsTests {
  @Test("a duration falls into the first bucket that holds it, and one before the beginning into the first")
  func buckets() {
    var histogram = LatencyHistogram()
    for duration in [Duration.milliseconds(100), .milliseconds(101), .seconds(-5), .seconds(1_000_000)] {
      histogram.add(duration)
    }
    #expect(histogram.counts[0] == 2)
    #expect(histogram.counts[1] == 1)
    #expect(histogram.counts.last == 1)
    #expect(histogram.counts.reduce(0, +) == 4)
    #expect(abs(histogram.sum - 1_000_000.201) < 0.0001)
  }

  @Test("buckets are cumulative, and a label cannot break out of its quotation marks")
  func exposition() {
    var histogram = LatencyHistogram()
    histogram.add(.milliseconds(50))
    histogram.add(.seconds(2))
    var page = OpenMetricsText()
    page.family("latency_seconds", .histogram, unit: "seconds", "Help.")
    page.samples(["folder": "a\"b\\c\n"], histogram)
    let lines = page.text.split(separator: "\n")
    let label = #"folder="a\"b\\c\n""#
    #expect(lines[0] == "# TYPE s3loggerd_latency_seconds histogram")
    #expect(lines.contains("s3loggerd_latency_seconds_bucket{\(label),le=\"0.1\"} 1"))
    #expect(lines.contains("s3loggerd_latency_seconds_bucket{\(label),le=\"2.5\"} 2"))
    #expect(lines.contains("s3loggerd_latency_seconds_bucket{\(label),le=\"+Inf\"} 2"))
    #expect(lines.contains("s3loggerd_latency_seconds_count{\(label)} 2"))
    #expect(lines.last == "# EOF")
  }

  @Test("whatever a label is, the line is one and the label what it was")
  func everyLabel() throws {
    for value in HostileText.samples(2000, seed: 18) {
      var page = OpenMetricsText()
      page.family("x", .gauge, "Help.")
      page.sample(["folder": value, "b": "c"], 1)
      let lines = page.text.utf8.split(separator: 10, omittingEmptySubsequences: false)
      #expect(lines.count == 5, "\(value.utf8)")
      var (label, isEscaped): ([UInt8], Bool) = ([], false)
      var rest = lines[2].dropFirst("s3loggerd_x{folder=\"".utf8.count)
      while let byte = rest.popFirst(), isEscaped || byte != UInt8(ascii: "\"") {
        if !isEscaped, byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else {
          label.append(isEscaped && byte == UInt8(ascii: "n") ? 10 : byte)
          isEscaped = false
        }
      }
      #expect(label == Array(value.utf8), "\(value.utf8)")
      #expect(rest.elementsEqual(",b=\"c\"} 1".utf8), "\(value.utf8)")
    }
  }

  @Test("counters end with _total, and what happened is counted once")
  func counting() {
    let metrics = DeliveryMetrics()
    let failure = ServiceFailure(lane: .dynamodb, failureClass: .throttle, code: "Throttling", message: "slow down")
    var delivery = Delivery(number: 1, file: Fixture.file(size: 42), nextAttempt: Fixture.wall)
    delivery.receipt = UploadReceipt(etag: "e", versionID: nil, uploaded: Fixture.wall + .seconds(1))
    metrics.take(.attemptFailed(1, failure, nextAttempt: Fixture.wall), delivery, at: Fixture.wall)
    metrics.take(.parked(2, reason: "r"), nil, at: Fixture.wall)
    metrics.take(.delivered(1, alreadyRecorded: false), delivery, at: Fixture.wall + .seconds(3))
    let counts = metrics.counts
    #expect(counts.deliveries == ["inbox": 1] && counts.bytes == ["inbox": 42])
    #expect(counts.outcomes == [.parked: 1])
    #expect(counts.failures == [DeliveryMetrics.Failure(service: .dynamodb, failureClass: .throttle): 1])
    #expect(counts.latencies[.upload]?.sum == 1)
    #expect(counts.latencies[.record]?.sum == 2)
    #expect(counts.latencies[.total]?.sum == 3)
  }
}
