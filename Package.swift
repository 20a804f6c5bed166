// swift-tools-version: 6.3
import PackageDescription

/// Every target is built strictly: unsafe expressions are marked, warnings are errors.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

/// The modules and their arrows; `scripts/check-layers` compares them with docs/ARCHITECTURE.md.
let package = Package(
    name: "privatelinkd",
    products: [
        .executable(name: "privatelinkd", targets: ["privatelinkd"]),
        // For the programs of the tests that are packages of their own.
        .library(
            name: "Modules",
            targets: [
                "Addresses", "DNSWire", "Zones", "Resolution", "Settings", "Control", "Transport",
                "Store",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibevent", pkgConfig: "libevent_core", providers: [.apt(["libevent-dev"])]),
        .systemLibrary(
            name: "CLibyaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "CLinux"),
        .target(name: "Addresses", swiftSettings: strict),
        .target(name: "Sockets", dependencies: ["Addresses", "CLinux"], swiftSettings: strict),
        .target(name: "DNSWire", swiftSettings: strict),
        .target(name: "Zones", dependencies: ["DNSWire", "Addresses"], swiftSettings: strict),
        .target(
            name: "Resolution",
            dependencies: [
                "Zones", "DNSWire", "Addresses",
                .product(name: "BasicContainers", package: "swift-collections"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "Settings",
            dependencies: ["DNSWire", "Addresses", "CLibyaml"],
            resources: [.embedInCode("private-links.csv")], swiftSettings: strict),
        .target(name: "Control", swiftSettings: strict),
        .target(name: "Files", swiftSettings: strict),
        .target(
            name: "Store", dependencies: ["Zones", "DNSWire", "Addresses", "Files"],
            swiftSettings: strict),
        .target(
            name: "Lint", dependencies: ["Zones", "Settings", "DNSWire", "Files", "Store"],
            swiftSettings: strict),
        .target(name: "Events", dependencies: ["CLibevent", "CLinux"], swiftSettings: strict),
        .target(
            name: "Transport", dependencies: ["Events", "Sockets", "Addresses", "CLinux"],
            swiftSettings: strict),
        .target(
            name: "Daemon",
            dependencies: [
                "Resolution", "Zones", "Settings", "DNSWire", "Addresses", "Control", "Events",
                "Transport", "Files", "Store", "Lint",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "privatelinkctl",
            dependencies: [
                "Control", "Store", "Lint", "Settings", "Files", "Zones", "DNSWire", "Sockets",
                "Addresses",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "privatelinkd",
            dependencies: [
                "Daemon", "privatelinkctl",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(name: "AddressesTests", dependencies: ["Addresses"], swiftSettings: strict),
        .testTarget(
            name: "SocketsTests", dependencies: ["Sockets", "Addresses", "CLinux"],
            swiftSettings: strict),
        .testTarget(name: "DNSWireTests", dependencies: ["DNSWire"], swiftSettings: strict),
        .testTarget(
            name: "ZonesTests", dependencies: ["Zones", "DNSWire"], swiftSettings: strict),
        .testTarget(
            name: "ResolutionTests",
            dependencies: [
                "Resolution", "Zones", "DNSWire", "Addresses",
                .product(name: "BasicContainers", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["Resolution", "Zones", "DNSWire", "Addresses"],
            swiftSettings: strict),
        .testTarget(
            name: "SettingsTests", dependencies: ["Settings", "DNSWire", "Addresses"],
            swiftSettings: strict),
        .testTarget(name: "ControlTests", dependencies: ["Control"], swiftSettings: strict),
        .testTarget(
            name: "StoreTests", dependencies: ["Store", "Zones", "DNSWire", "Addresses", "Files"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(name: "EventsTests", dependencies: ["Events"], swiftSettings: strict),
        .testTarget(
            name: "TransportTests", dependencies: ["Transport", "Events", "Sockets", "Addresses"],
            swiftSettings: strict),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Daemon", "Control", "Settings", "Addresses", "DNSWire", "Resolution", "Zones",
                "Files", "Store", "Transport", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
    ]
)

// A module's page is not compiled.
let documented: Set = [
    "Addresses", "Control", "DNSWire", "Daemon", "Events", "Files", "Lint", "Resolution",
    "Settings", "Sockets", "Store", "Transport", "Zones", "privatelinkctl", "privatelinkd",
]
for target in package.targets where documented.contains(target.name) {
    target.exclude.append("README.md")
}
