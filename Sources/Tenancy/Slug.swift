/// The part of an address that names an organization: 3–40 of `a-z`, `0-9` and `-`, no hyphen at either end.
public enum Slug {
    public static let length = 3...40

    /// Words that are addresses of the product itself or could pass for it.
    public static let reserved: Set<String> = [
        "about", "account", "accounts", "admin", "api", "app", "assets", "auth", "billing", "blog", "contact", "css",
        "dashboard", "demo", "docs", "download", "eyes", "health", "help", "home", "images", "js", "legal", "live",
        "login", "logout", "mail", "metrics", "new", "null", "omnify", "operator", "org", "organization",
        "organizations", "password", "platforms", "privacy", "public", "ready", "register", "reset", "root", "scim",
        "security", "settings", "signin", "signout", "signup", "static", "status", "support", "system", "terms",
        "undefined", "user", "users", "verify", "webhooks", "well-known", "www",
    ]

    /// Nil when the slug may be used, as far as its form goes.
    public static func problem(with slug: String) -> SlugProblem? {
        let bytes = Array(slug.utf8)
        if bytes.count > length.upperBound { return .tooLong }
        guard bytes.allSatisfy(isAllowed), bytes.first != hyphen, bytes.last != hyphen else { return .characters }
        if bytes.count < length.lowerBound { return .tooShort }
        return reserved.contains(slug) ? .reserved : nil
    }

    /// A well-formed slug made from an organization's name; uniqueness is for the database to say.
    public static func suggestion(for name: String) -> String {
        var bytes: [UInt8] = []
        for character in name.lowercased() {
            let plain = folded[character] ?? String(character)
            if plain.utf8.allSatisfy({ isAllowed($0) && $0 != hyphen }) {
                bytes.append(contentsOf: plain.utf8)
            } else if character != "'" && character != "’", let last = bytes.last, last != hyphen {
                bytes.append(hyphen)
            }
        }
        bytes = Array(bytes.prefix(32))
        while bytes.last == hyphen { bytes.removeLast() }
        let slug = String(decoding: bytes, as: UTF8.self)
        switch problem(with: slug) {
        case nil: return slug
        case .tooShort where slug.isEmpty: return "team"
        default: return slug + "-team"
        }
    }

    private static let hyphen = UInt8(ascii: "-")

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == hyphen
    }

    /// Letters of western European languages without their marks.
    private static let folded: [Character: String] = [
        "á": "a", "à": "a", "â": "a", "ä": "a", "ã": "a", "å": "a", "æ": "ae", "ç": "c", "é": "e", "è": "e", "ê": "e",
        "ë": "e", "í": "i", "ì": "i", "î": "i", "ï": "i", "ñ": "n", "ó": "o", "ò": "o", "ô": "o", "ö": "o", "õ": "o",
        "ø": "o", "œ": "oe", "ß": "ss", "ú": "u", "ù": "u", "û": "u", "ü": "u", "ý": "y", "ÿ": "y",
    ]
}
