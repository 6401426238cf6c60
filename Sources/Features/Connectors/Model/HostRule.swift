import Foundation

/// Keeps addresses that customers enter away from our own networks.
enum HostRule {
    /// The value without a slash at its end; throws when it leads where it may not.
    static func checked(_ value: String, _ field: CredentialField, allowsPrivate: Bool) throws -> String {
        switch field.kind {
        case .text, .secret: return value
        case .host:
            guard !value.contains("/"), !value.contains("@"), !value.contains("?") else {
                throw ConnectionError.invalidField(field.name)
            }
            guard allowsPrivate || isPublic(value) else { throw ConnectionError.invalidField(field.name) }
            return value.lowercased()
        case .url:
            guard let parts = URLComponents(string: value), let host = parts.host, parts.user == nil,
                parts.query == nil, parts.fragment == nil, parts.scheme == "https" || allowsPrivate,
                allowsPrivate || isPublic(host)
            else { throw ConnectionError.invalidField(field.name) }
            return value.hasSuffix("/") ? String(value.dropLast()) : value
        }
    }

    /// Names of the public net: no addresses in numbers, no local names.
    static func isPublic(_ host: String) -> Bool {
        let name = host.lowercased()
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }), !name.contains(":"), !name.contains("[") else {
            return false
        }
        let last = labels.last ?? ""
        return !last.allSatisfy(\.isNumber) && !last.hasPrefix("0x")
            && !["local", "localhost", "internal", "lan", "home", "arpa"].contains(String(last))
    }
}
