/// A platform's own id as a person reads it.
public enum VendorID {
    /// `gid://shopify/Order/5001` is `5001` and `urn:li:sponsoredCampaign:7` is `7`; every other id stays as it is.
    public static func plain(_ id: String) -> String {
        if id.hasPrefix("gid://") { return last(of: id.prefix { $0 != "?" }, after: "/") ?? id }
        if id.hasPrefix("urn:li:") { return last(of: id[...], after: ":") ?? id }
        return id
    }

    private static func last(of id: Substring, after separator: Character) -> String? {
        id.split(separator: separator).last.map(String.init)
    }
}
