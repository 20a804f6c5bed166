// The version that both programs print.

/// What this is a release of.
public enum ProductVersion {
    /// The version (semver.org).
    public static let current = "0.1.0"
}
