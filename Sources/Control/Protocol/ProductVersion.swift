// The version that both programs print.

/// The product's version.
public enum ProductVersion {
    /// The version (semver.org).
    public static let current = "0.1.0"
}
