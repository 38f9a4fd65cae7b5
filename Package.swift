// swift-tools-version: 6.2

import PackageDescription

/// libFuzzer's archive without a main function, for Tests/fuzzing/run; nil in every other build.
let fuzzer = Context.environment["S3LOGGERD_FUZZER"]

/// Every module of the product is compiled under the same rules.
let settings: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ] + (fuzzer == nil ? [] : [.unsafeFlags(["-sanitize=fuzzer,address"])])

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// Every test target has what `TestSupport` holds; fixtures are found by the tests' own path, not as resources.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], exclude: fixtures[name] ?? [], swiftSettings: settings)
}

let fixtures = [
  "AWSClientsTests": ["Fixtures"], "AWSConfigurationTests": ["Fixtures"], "AWSSigningTests": ["Fixtures"],
  "CryptographyTests": ["Fixtures"],
  "DaemonConfigurationTests": ["Fixtures"],
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
  name: "s3loggerd",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CMagic", pkgConfig: "libmagic", providers: [.apt(["libmagic-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .target(name: "CChecksum"),
    .target(name: "CLinux", cSettings: [.define("_FORTIFY_SOURCE", to: "2", .when(configuration: .release))]),

    module("DeliveryModel"),
    module("SystemSupport", ["CLinux", "DeliveryModel"]),
    module("DeliveryJournal", ["CSQLite", "Cryptography", "Custody", "DeliveryModel"]),
    module("ContentInspection", ["CMagic", "DeliveryModel", "SystemSupport"]),
    module("FolderFeedback", ["DeliveryModel"]),
    module("HTTPTransport", ["CCurl", "SystemSupport"]),
    module("Cryptography", ["COpenSSL", "DeliveryModel"]),
    module("Custody", ["Cryptography", "DeliveryModel"]),
    module("AWSSigning", ["CChecksum", "Cryptography", "DeliveryModel"]),
    module("AWSConfiguration", ["DeliveryModel"]),
    module("AWSClients", ["AWSConfiguration", "AWSSigning", "Cryptography", "DeliveryModel", "HTTPTransport"]),
    module("DaemonConfiguration", ["AWSConfiguration", "DeliveryModel", "TOMLKit"]),
    module("ControlSocket", ["DeliveryModel", "SystemSupport"]),
    module("ServiceManager", ["CSystemd", "DeliveryModel", logging]),
    module(
      "Folders",
      [
        "ContentInspection", "DaemonConfiguration", "DeliveryJournal", "DeliveryModel", "FolderFeedback",
        "ServiceManager", "SystemSupport", logging,
      ]),
    module(
      "ConfiguredClients",
      [
        "AWSClients", "AWSConfiguration", "AWSSigning", "DaemonConfiguration", "DeliveryModel", "HTTPTransport",
        "SystemSupport",
      ]),
    module(
      "Delivery",
      [
        "AWSClients", "AWSSigning", "ConfiguredClients", "ContentInspection", "ControlSocket", "Cryptography",
        "DaemonConfiguration", "DeliveryJournal", "DeliveryModel", "Folders", "HTTPTransport", "ServiceManager",
        "SystemSupport", logging,
        .product(name: "DequeModule", package: "swift-collections"),
      ]),
    module("Settings", ["DaemonConfiguration", "Delivery", "DeliveryJournal", "DeliveryModel", "SystemSupport"]),
    module(
      "Status",
      [
        "DaemonConfiguration", "Delivery", "DeliveryJournal", "DeliveryModel", "Folders", "Settings", "SystemSupport",
        logging,
      ]),
    module(
      "Alerts",
      [
        "AWSSigning", "Cryptography", "DaemonConfiguration", "Delivery", "DeliveryJournal", "DeliveryModel",
        "FolderFeedback", "HTTPTransport", "ServiceManager", "Settings", "Status", "SystemSupport", logging,
      ]),
    module(
      "Audit",
      [
        "AWSClients", "AWSSigning", "ConfiguredClients", "Cryptography", "DaemonConfiguration", "DeliveryModel",
        "Folders", "HTTPTransport", "SystemSupport",
      ]),
    module(
      "Daemon",
      [
        "AWSClients", "AWSConfiguration", "AWSSigning", "Alerts", "ConfiguredClients", "ContentInspection",
        "ControlSocket", "Cryptography", "Custody", "DaemonConfiguration", "Delivery", "DeliveryJournal",
        "DeliveryModel", "Folders", "HTTPTransport", "ServiceManager", "Settings", "Status", "SystemSupport", logging,
        // ServiceLifecycle stands on it; named here for its version to be pinned.
        .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .executableTarget(
      name: "s3loggerd",
      dependencies: [
        "Audit", "ControlSocket", "Cryptography", "Custody", "Daemon", "DaemonConfiguration", "DeliveryModel",
        "ServiceManager", "Settings", "Status", "SystemSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .target(
      name: "TestFixtures", dependencies: ["AWSClients", "DaemonConfiguration", "DeliveryModel"],
      path: "Tests/TestFixtures", swiftSettings: settings),
    .target(
      name: "FaultSupport", dependencies: ["SystemSupport"], path: "Tests/FaultSupport", swiftSettings: settings),
    tests("ArchitectureTests"),
    tests("DeliveryModelTests", ["DeliveryModel"]),
    tests("SystemSupportTests", ["DeliveryModel", "SystemSupport"]),
    tests("DeliveryJournalTests", ["CSQLite", "Cryptography", "Custody", "DeliveryJournal", "DeliveryModel"]),
    tests("ContentInspectionTests", ["ContentInspection", "DeliveryModel", "SystemSupport"]),
    tests("FolderFeedbackTests", ["DeliveryModel", "FolderFeedback"]),
    tests("HTTPTransportTests", ["HTTPTransport", "SystemSupport"]),
    tests("CryptographyTests", ["Cryptography", "DeliveryModel"]),
    tests("CustodyTests", ["Cryptography", "Custody", "DeliveryModel"]),
    tests("AWSSigningTests", ["AWSSigning", "Cryptography", "DeliveryModel"]),
    tests("AWSConfigurationTests", ["AWSConfiguration", "DeliveryModel"]),
    tests(
      "AWSClientsTests",
      [
        "AWSClients", "AWSConfiguration", "AWSSigning", "Cryptography", "DeliveryModel", "HTTPTransport",
        "SystemSupport",
      ]),
    tests("DaemonConfigurationTests", ["AWSConfiguration", "DaemonConfiguration", "DeliveryModel"]),
    tests(
      "FoldersTests",
      [
        "ContentInspection", "DaemonConfiguration", "DeliveryJournal", "DeliveryModel", "FaultSupport",
        "FolderFeedback", "Folders", "SystemSupport", logging,
      ]),
    tests("ControlSocketTests", ["ControlSocket", "DeliveryModel", "SystemSupport"]),
    tests("ServiceManagerTests", ["DeliveryModel", "ServiceManager", logging]),
    tests(
      "DeliveryTests",
      [
        "AWSClients", "AWSSigning", "ConfiguredClients", "ContentInspection", "Cryptography", "DaemonConfiguration",
        "Delivery", "DeliveryJournal", "DeliveryModel", "Folders", "HTTPTransport", "SystemSupport", "TestFixtures",
      ]),
    tests("SettingsTests", ["DaemonConfiguration", "Delivery", "Settings"]),
    tests(
      "StatusTests",
      [
        "DaemonConfiguration", "Delivery", "DeliveryJournal", "DeliveryModel", "Folders", "Settings", "Status",
        "TestFixtures",
      ]),
    tests(
      "AlertsTests",
      ["Alerts", "DeliveryJournal", "DeliveryModel", "HTTPTransport", "Status", "SystemSupport", "TestFixtures"]),
    tests("AuditTests", ["AWSClients", "Audit", "DaemonConfiguration", "DeliveryModel", "TestFixtures"]),
    tests(
      "DaemonTests",
      [
        "AWSClients", "AWSSigning", "ContentInspection", "ControlSocket", "Cryptography", "Daemon",
        "DaemonConfiguration", "Delivery", "DeliveryJournal", "DeliveryModel", "FaultSupport", "Folders",
        "HTTPTransport", "ServiceManager", "Status", "SystemSupport", "TestFixtures", logging,
      ]),
  ]
)

/// What Tests/fuzzing reads with.
let parsers: [Target.Dependency] = [
  "AWSClients", "AWSConfiguration", "ContentInspection", "ControlSocket", "DaemonConfiguration", "DeliveryModel",
  "FolderFeedback", "Folders", "HTTPTransport", "ServiceManager", "Settings",
]

if let fuzzer {
  package.targets.append(
    .executableTarget(
      name: "fuzzing", dependencies: parsers, path: "Tests/fuzzing", exclude: ["run", "ParserTests.swift"],
      swiftSettings: settings,
      linkerSettings: [.unsafeFlags(["-sanitize=address", "-Xlinker", fuzzer]), .linkedLibrary("stdc++")]))
} else {
  package.targets.append(
    .testTarget(
      name: "FuzzingTests", dependencies: parsers + ["TestSupport"], path: "Tests/fuzzing",
      exclude: ["run", "main.swift"],
      swiftSettings: settings))
}
