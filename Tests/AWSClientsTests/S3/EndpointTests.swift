import DeliveryModel
import Testing

@testable import AWSClients

@Suite("Endpoints")
struct EndpointTests {
  @Test(
    "each partition has its own domain",
    arguments: [
      ("eu-south-1", "s3.eu-south-1.amazonaws.com"), ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn"),
      ("us-gov-west-1", "s3.us-gov-west-1.amazonaws.com"), ("eusc-de-east-1", "s3.eusc-de-east-1.amazonaws.eu"),
    ])
  func partitions(_ region: String, _ host: String) {
    #expect(ServiceEndpoint(of: .s3, region: region).host == host)
  }

  @Test("a region is a host label", arguments: ["", "EU-south-1", "eu.south", "-eu", "eu-", "eu/1", "é", "a@b"])
  func regions(_ name: String) {
    #expect(!AWSRegion.isValid(name))
    #expect(AWSRegion.isValid("eu-south-1"))
  }

  @Test(
    "a custom endpoint is taken apart and its own port dropped",
    arguments: [
      ("http://127.0.0.1:5000", "http", "127.0.0.1:5000", ""),
      ("https://S3.example.org:443/", "https", "s3.example.org", ""),
      ("http://h:80/a/b//", "http", "h", "/a/b"), ("HTTPS://[::1]:9000/x", "https", "[::1]:9000", "/x"),
      ("http://[::1]", "http", "[::1]", ""),
    ])
  func custom(_ url: String, _ scheme: String, _ host: String, _ path: String) {
    #expect(ServiceEndpoint(url: url) == ServiceEndpoint(scheme: scheme, host: host, basePath: path))
  }

  @Test(
    "what is no endpoint is refused",
    arguments: [
      "", "s3.example.org", "ftp://h", "http://", "http://h:0", "http://h:99999", "http://h:x", "http://u:p@h",
      "http://h/a?b", "http://h/#a", "http://h /", "http://h\r\n", "http://ö", "http://[]",
    ])
  func refused(_ url: String) {
    #expect(ServiceEndpoint(url: url) == nil)
  }

  @Test("a bucket is part of the host's name, unless it has a dot or the host is an address or path style is wanted")
  func styles() throws {
    let region = ServiceEndpoint(of: .s3, region: "eu-south-1")
    #expect(S3Endpoint(region).host(for: "b") == "b.s3.eu-south-1.amazonaws.com")
    #expect(S3Endpoint(region).pathPrefix(for: "b") == "")
    #expect(S3Endpoint(region).pathPrefix(for: "b.c") == "/b.c")
    #expect(S3Endpoint(region, pathStyle: true).pathPrefix(for: "b") == "/b")
    for url in ["http://127.0.0.1:5000/x", "http://localhost/x", "http://[::1]:5000/x"] {
      let endpoint = try #require(ServiceEndpoint(url: url))
      #expect(S3Endpoint(endpoint).pathPrefix(for: "b") == "/x/b", "\(url)")
      #expect(S3Endpoint(endpoint).host(for: "b") == endpoint.host)
    }
  }

  @Test("the configuration comes before the environment, the service before the general one")
  func precedence() throws {
    let environment = [
      "AWS_ENDPOINT_URL": "http://env", "AWS_ENDPOINT_URL_S3": "http://env-s3", "AWS_ENDPOINT_URL_STS": "",
    ]
    let settings = EndpointSettings(general: nil, specific: [.sts: "http://conf-sts"])
    let host = { (settings: EndpointSettings, lane: ServiceLane) in
      try settings.endpoint(of: lane, region: "eu-south-1", environment: environment).host
    }
    #expect(try host(settings, .sts) == "conf-sts")
    #expect(try host(settings, .s3) == "env-s3")
    #expect(try host(settings, .dynamodb) == "env")
    #expect(try host(EndpointSettings(general: "http://conf"), .s3) == "conf")
    #expect(
      try EndpointSettings().endpoint(of: .sts, region: "eu-south-1", environment: [:]).host
        == "sts.eu-south-1.amazonaws.com")
  }

  @Test("errors name the fault and no password")
  func errors() throws {
    let settings = EndpointSettings(general: "http://user:hunter2@host")
    let error = #expect(throws: EndpointError.self) {
      try settings.endpoint(of: .s3, region: "eu-south-1", environment: [:])
    }
    #expect(error?.description.contains("hunter2") == false)
    #expect(throws: EndpointError.invalidRegion("x/y")) {
      try EndpointSettings().endpoint(of: .s3, region: "x/y", environment: [:])
    }
  }
}
