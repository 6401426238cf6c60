/// What this program is.
public enum BuildInfo {
    /// Goes up with every release; part of every run id, so that two releases that differ say so.
    public static let version = "0.1.0"
}
