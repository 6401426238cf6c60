// swift-tools-version: 6.2
import PackageDescription

/// One place for language settings, so that no target quietly differs from its neighbours.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

/// Number-crunching rooms are optimized in debug builds too: tests on real data crawl otherwise.
let hot: [SwiftSetting] = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// Generic code on the path of every request is made for its types across targets in release builds.
let inlined: [SwiftSetting] =
    settings + [.unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))]

/// `OMNIFY_TESTS=LearningTests,BSONTests` narrows the test bundle to some rooms, for a short edit-test loop.
let wantedTests = Context.environment["OMNIFY_TESTS"].map { Set($0.split(separator: ",").map(String.init)) }

enum Lib {
    static let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
    static let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
    static let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
    static let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
    static let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
    static let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
    static let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
    static let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
    static let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
    static let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
    static let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
}

func kit(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = settings) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Kit/\(name)", swiftSettings: settings)
}

func feature(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name,
        dependencies: [
            "BSON", "Mongo", "Tenancy", "Web", "Jobs", "Vault", "Memory", "Telemetry", Lib.hummingbird, Lib.logging,
        ] + dependencies,
        path: "Sources/Features/\(name)",
        swiftSettings: settings
    )
}

func tests(
    _ name: String, of dependencies: [Target.Dependency], path: String? = nil, resources: [Resource] = []
) -> [Target] {
    if let wantedTests, !wantedTests.contains(name) { return [] }
    return [
        .testTarget(
            name: name,
            dependencies: dependencies,
            path: path ?? "Tests/\(name)",
            resources: resources,
            swiftSettings: settings
        )
    ]
}

/// What the tests of a feature use besides the feature.
let featureTestKit: [Target.Dependency] = [
    "BSON", "Mongo", "Tenancy", "Vault", "Jobs", "Web", "Audit", "Accounts", "Waiting", Lib.hummingbird,
    Lib.hummingbirdTesting, Lib.logging,
]

let package = Package(
    name: "omnify",
    products: [.executable(name: "omnify", targets: ["omnify"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Kit: knows nothing of marketing or of tenants.
        .systemLibrary(
            name: "CMongoC", path: "Sources/Kit/CMongoC", pkgConfig: "libmongoc-1.0",
            providers: [.apt(["libmongoc-dev"])]),
        .systemLibrary(name: "CMalloc", path: "Sources/Kit/CMalloc"),
        .systemLibrary(name: "CLanes", path: "Sources/Kit/CLanes"),
        .systemLibrary(name: "CZlib", path: "Sources/Kit/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CXGBoost", path: "Sources/Kit/CXGBoost", pkgConfig: "xgboost",
            providers: [.apt(["libxgboost-dev"])]),
        kit("BSON", settings: hot),
        kit("Telemetry", ["CMalloc", Lib.logging, Lib.metrics, Lib.coreMetrics]),
        kit("Mongo", ["BSON", "CMongoC", "Telemetry", Lib.nio, Lib.nioPosix, Lib.logging, Lib.lifecycle]),
        kit("Learning", ["CLanes", "CXGBoost"], settings: hot),
        kit("Memory", settings: inlined),
        kit("Vault", [Lib.crypto, Lib.cryptoExtras, Lib.nio, Lib.nioPosix]),
        kit(
            "Web",
            [
                "Telemetry", "Vault", "CZlib", Lib.hummingbird, Lib.mustache, Lib.nio, Lib.logging, Lib.httpTypes,
                Lib.crypto,
            ]),
        kit("Jobs", ["BSON", "Mongo", "Telemetry", "Vault", Lib.logging, Lib.lifecycle]),
        kit("Mail", ["BSON", "Mongo", "Jobs", "Vault", Lib.nio, Lib.nioPosix, Lib.nioSSL, Lib.logging]),

        // Tenancy: who is asking and for whom.
        .target(
            name: "Tenancy", dependencies: ["BSON", "Mongo", "Vault", "Memory", "Telemetry"], swiftSettings: settings),
        .target(
            name: "SystemStore", dependencies: ["BSON", "Mongo", "Tenancy", "Telemetry", "Vault"],
            swiftSettings: settings),

        // Features: one capability, one folder, one target.
        feature("Audit", [Lib.crypto]),
        feature("Accounts", ["Audit", Lib.jwt, Lib.crypto]),
        feature("Alerts", ["Audit", "Accounts", "Mail"]),
        feature("Customers", ["Audit", "Accounts", Lib.crypto]),
        feature("Records", ["Customers", Lib.crypto]),
        feature("Platforms", ["Audit", "Accounts", "Customers", "Records", "Connectors", Lib.crypto, Lib.nio]),
        feature(
            "Connectors",
            [
                "Audit", "Customers", "Records", Lib.crypto, Lib.cryptoExtras, Lib.nio, Lib.nioPosix, Lib.nioHTTP,
                Lib.httpClient,
            ]),
        feature("Eyes", ["Audit", "Accounts", "Customers", "Records", "Learning", Lib.crypto]),
        feature("Reconciliation", ["Audit", "Accounts", "Customers", "Records", "Connectors", Lib.nio]),
        feature("Home", ["Audit", "Accounts", "Customers", "Platforms", "Eyes"]),
        feature("Demo", ["Audit", "Accounts", "Customers", "Records", "Platforms", "Eyes", "Learning"]),

        .target(
            name: "App",
            dependencies: [
                "BSON", "Mongo", "Learning", "Web", "Jobs", "Vault", "Memory", "Telemetry", "Tenancy", "SystemStore",
                "Mail", "Audit", "Accounts", "Alerts", "Customers", "Records", "Connectors", "Platforms",
                "Reconciliation", "Eyes", "Home", "Demo", "VendorServers", "FaultLab", Lib.hummingbird,
                Lib.configuration, Lib.logging, Lib.lifecycle, Lib.signals,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "omnify", dependencies: ["App", Lib.arguments], swiftSettings: settings),

        // Measured against plain libmongoc by `make bench`.
        .executableTarget(
            name: "bench-mongo", dependencies: ["BSON", "Mongo", Lib.logging], path: "Benchmarks/mongo",
            exclude: ["baseline.c", "run.sh"], swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),

        // Readings at full speed and on schedule, against a stand-in without limits.
        .executableTarget(
            name: "bench-sync",
            dependencies: [
                "BSON", "Mongo", "Jobs", "Vault", "Tenancy", "SystemStore", "Audit", "Customers", "Records",
                "Connectors", "Web", Lib.hummingbird, Lib.logging, Lib.nio,
            ], path: "Benchmarks/sync", swiftSettings: settings),

        // The sixteen platforms' side of the wire, made from their fact sheets; also `omnify vendor-servers`.
        .target(
            name: "VendorServers",
            dependencies: ["Vault", "Web", "Waiting", Lib.crypto, Lib.hummingbird, Lib.nio, Lib.logging],
            path: "Tests/VendorServers", swiftSettings: settings),

        // Every platform under every fault; also `omnify fault-lab`.
        .target(
            name: "FaultLab",
            dependencies: [
                "BSON", "Mongo", "Tenancy", "Vault", "Jobs", "Web", "Audit", "Customers", "Records", "Connectors",
                "Learning", "VendorServers", "Waiting", Lib.crypto, Lib.logging,
            ], swiftSettings: settings),

        // Waiting in tests: for conditions, never for a time.
        .target(name: "Waiting", path: "Tests/Waiting", swiftSettings: settings),

        // What tests share: a real database per run, fixed clock, builders.
        .target(
            name: "TestSupport",
            dependencies: [
                "BSON", "Mongo", "Tenancy", "Vault", "Audit", "Accounts", "Jobs", "Web", "TestMongo", Lib.httpClient,
                Lib.nio,
                Lib.logging,
            ],
            path: "Tests/TestSupport", swiftSettings: settings),
    ]
        + tests("BSONTests", of: ["BSON"])
        + tests("LearningTests", of: ["Learning"], resources: [.copy("Reference")])
        + tests("MemoryTests", of: ["Memory"])
        + tests("VaultTests", of: ["Vault"])
        + tests("TelemetryTests", of: ["Telemetry"])
        + tests("MongoTests", of: ["Mongo", "BSON", "TestMongo", "Waiting"])
        + tests("WebTests", of: ["Web", "Waiting", Lib.hummingbird, Lib.hummingbirdTesting, Lib.mustache])
        + tests(
            "JobsTests", of: ["Jobs", "Mongo", "BSON", "Vault", "TestMongo", "Waiting", Lib.logging, Lib.lifecycle])
        + tests(
            "MailTests",
            of: [
                "Mail", "Jobs", "Mongo", "BSON", "Vault", "TestMongo", "Waiting", Lib.nio, Lib.nioPosix, Lib.nioSSL,
                Lib.logging,
            ])
        + tests("AlertsTests", of: ["Alerts", "Mail", "TestSupport", "TestMongo"] + featureTestKit)
        + tests("TenancyTests", of: ["Tenancy", "SystemStore", "Vault", "Mongo", "BSON", "TestMongo", "Waiting"])
        + tests("AccountsTests", of: ["TestSupport", "TestMongo"] + featureTestKit)
        + tests("AuditTests", of: ["TestSupport", "TestMongo"] + featureTestKit)
        + tests("CustomersTests", of: ["Customers", "TestSupport", "TestMongo"] + featureTestKit)
        + tests(
            "PlatformsTests",
            of: ["Platforms", "Connectors", "Customers", "Records", "TestSupport", "TestMongo"] + featureTestKit)
        + tests(
            "ConnectorsTests",
            of: [
                "Connectors", "Customers", "Records", "VendorServers", "FaultLab", "TestSupport", "TestMongo",
                Lib.crypto,
            ]
                + featureTestKit)
        + tests(
            "ReconciliationTests",
            of: [
                "Reconciliation", "Connectors", "Customers", "Records", "VendorServers", "TestSupport", "TestMongo",
            ] + featureTestKit)
        + tests(
            "EyesTests",
            of: ["Eyes", "Customers", "Records", "Learning", "TestSupport", "TestMongo", Lib.crypto] + featureTestKit)
        + tests("DemoTests", of: ["Demo", "Customers", "Eyes", "TestSupport", "TestMongo"] + featureTestKit)
        + tests("HomeTests", of: ["Home", "Customers"] + featureTestKit)
        + tests(
            "AppTests",
            of: [
                "App", "Connectors", "Customers", "Platforms", "Eyes", "VendorServers", "FaultLab", "TestSupport",
                "TestMongo",
            ] + featureTestKit)
        + tests("HouseRulesTests", of: [])
        + [
            .target(
                name: "TestMongo", dependencies: ["Mongo", "BSON", "Waiting", Lib.logging], path: "Tests/TestMongo",
                swiftSettings: settings)
        ],
    swiftLanguageModes: [.v6]
)
