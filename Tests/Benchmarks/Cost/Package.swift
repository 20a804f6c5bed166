// swift-tools-version: 6.3
import PackageDescription

/// A program that counts what the resolver costs per query, for `scripts/check-cost`. A package of its own, so
/// that ordinary builds know nothing of it.
let package = Package(
    name: "Cost",
    dependencies: [.package(name: "privatelinkd", path: "../../..")],
    targets: [
        .target(name: "CCounted"),
        .executableTarget(
            name: "cost",
            dependencies: ["CCounted", .product(name: "Modules", package: "privatelinkd")],
            path: "Sources/Cost",
            swiftSettings: [
                .strictMemorySafety(),
                .treatAllWarnings(as: .error),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]),
    ]
)
