// swift-tools-version: 6.3
import PackageDescription

/// The functions that libFuzzer calls, one in each target, as a library that `scripts/fuzz` links. A package of its
/// own, so that ordinary builds know nothing of it.
let targets = [
    "FuzzMessage", "FuzzQuery", "FuzzResponse", "FuzzFraming", "FuzzZone", "FuzzSettings",
    "FuzzImport",
]

let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let modules = Target.Dependency.product(name: "Modules", package: "privatelinkd")

let package = Package(
    name: "Fuzz",
    products: [.library(name: "FuzzTargets", type: .static, targets: targets)],
    dependencies: [.package(name: "privatelinkd", path: "../..")],
    targets: [.target(name: "FuzzSupport", dependencies: [modules], swiftSettings: settings)]
        + targets.map {
            .target(name: $0, dependencies: ["FuzzSupport", modules], swiftSettings: settings)
        }
)
