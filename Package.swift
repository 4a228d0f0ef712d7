// swift-tools-version: 6.1
import PackageDescription

/// Upcoming features that every target is built with.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "roundhouse",
    products: [.executable(name: "roundhouse", targets: ["roundhouse"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(
            name: "RoundhouseCore",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .target(
            name: "RoundhouseConfig",
            dependencies: ["RoundhouseCore", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings),
        .target(
            name: "RoundhouseClient",
            dependencies: [
                "RoundhouseCore",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(
            name: "RoundhouseStore",
            dependencies: [
                "RoundhouseCore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(name: "CRoundhouse"),
        .target(
            name: "RoundhouseWorkers",
            dependencies: [
                "RoundhouseCore", "RoundhouseClient", "CRoundhouse",
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .target(
            name: "RoundhouseGateway",
            dependencies: [
                "RoundhouseCore", "RoundhouseWorkers",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "roundhouse",
            dependencies: [
                "CRoundhouse", "RoundhouseCore", "RoundhouseConfig", "RoundhouseClient", "RoundhouseWorkers",
                "RoundhouseGateway", "RoundhouseStore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .executableTarget(name: "fake-engine", swiftSettings: settings),
        .executableTarget(
            name: "micro-bench", dependencies: ["RoundhouseCore"], path: "Benchmarks/micro", swiftSettings: settings),
        .executableTarget(
            name: "ledger-bench",
            dependencies: [
                "RoundhouseCore", "RoundhouseStore", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/ledger",
            swiftSettings: settings),
        .target(
            name: "RoundhouseTesting",
            dependencies: [
                "RoundhouseCore",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(name: "RoundhouseCoreTests", dependencies: ["RoundhouseCore"], swiftSettings: settings),
        .testTarget(
            name: "RoundhouseClientTests",
            dependencies: [
                "RoundhouseClient", "RoundhouseCore",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "RoundhouseConfigTests", dependencies: ["RoundhouseConfig", "RoundhouseCore"], swiftSettings: settings
        ),
        .testTarget(
            name: "RoundhouseStoreTests",
            dependencies: [
                "RoundhouseStore", "RoundhouseCore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "RoundhouseWorkersTests",
            dependencies: [
                "RoundhouseWorkers", "RoundhouseClient", "RoundhouseCore", "fake-engine", "roundhouse",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "RoundhouseGatewayTests",
            dependencies: [
                "RoundhouseGateway", "RoundhouseWorkers", "RoundhouseCore", "RoundhouseTesting",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// libFuzzer brings their `main`, so that they are built only where it is there: `make fuzz`.
if Context.environment["ROUNDHOUSE_FUZZ"] != nil {
    package.targets.append(.target(name: "FuzzDriver", path: "Tests/Fuzz/driver", swiftSettings: settings))
    for name in ["envelope", "events", "weights"] {
        package.targets.append(
            .executableTarget(
                name: "fuzz-\(name)", dependencies: ["RoundhouseCore", "FuzzDriver"], path: "Tests/Fuzz/\(name)",
                swiftSettings: settings + [.unsafeFlags(["-parse-as-library", "-sanitize=fuzzer,address"])],
                linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]))
    }
}
