import Web

/// Where a person may be sent after signing in: a path of our own, never another host.
public enum SafeRedirect {
    /// `target` if it is a local path, else nil. The sign-in pages themselves are refused too: they would loop.
    public static func local(_ target: String?) -> String? {
        guard let target, let path = LocalPath(target) else { return nil }
        let bare = path.text.prefix { $0 != "?" && $0 != "#" }
        guard !["/login", "/logout", "/signup", "/demo"].contains(String(bare)) else { return nil }
        return path.text
    }
}
