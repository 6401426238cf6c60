/// The languages the product speaks. Adding one is adding a folder under `Locales/` and its number rules.
public enum AppLocale: String, Sendable, Codable, CaseIterable {
    case en, es

    /// The name of the cookie that remembers a choice made before sign-in.
    public static let cookieName = "locale"

    /// What the language calls itself.
    public var ownName: String {
        switch self {
        case .en: "English"
        case .es: "Español"
        }
    }

    /// The best of our languages for an `Accept-Language` header, by its q-values (RFC 9110 §12.5.4).
    public static func preferred(acceptLanguage header: String) -> AppLocale? {
        var best: (locale: AppLocale, quality: Double)?
        for item in header.split(separator: ",").prefix(20) {
            let parts = item.split(separator: ";")
            guard let tag = parts.first?.trimmingSpaces() else { continue }
            let primary = tag.split(separator: "-").first.map { $0.lowercased() } ?? ""
            guard let locale = AppLocale(rawValue: primary) else { continue }
            var quality = 1.0
            for parameter in parts.dropFirst() {
                let text = parameter.trimmingSpaces()
                if text.hasPrefix("q="), let value = Double(text.dropFirst(2)) { quality = value }
            }
            if quality > 0, quality > best?.quality ?? 0 { best = (locale, quality) }
        }
        return best?.locale
    }
}

extension StringProtocol {
    /// The text without spaces and tabs at its ends; enough for header values, and no Foundation in the way.
    func trimmingSpaces() -> SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let start = firstIndex(where: { !isBlank($0) }), let end = lastIndex(where: { !isBlank($0) }) else {
            return self[endIndex..<endIndex]
        }
        return self[start...end]
    }
}
