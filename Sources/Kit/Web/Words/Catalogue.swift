import Foundation

/// All words of the product: `Locales/<language>/<feature>.json`, nested keys, `{name}` arguments, and plurals as
/// objects with exactly `one` and `other`. The file's name is the first part of each of its keys.
public struct Catalogue: Sendable {
    /// One language's entry.
    enum Entry: Sendable {
        case text(String)
        case plural(one: String, other: String)
    }

    private let entries: [AppLocale: [String: Entry]]
    private let words: [AppLocale: CatalogueWords]

    /// A catalogue from flat entries; tests use it, the server loads files.
    init(_ entries: [AppLocale: [String: Entry]]) {
        self.entries = entries
        words = entries.mapValues { CatalogueWords($0) }
    }

    /// No words: keys stand for themselves.
    public static let empty = Catalogue([:])

    /// Reads every language's folder. Any unreadable file or wrong shape stops the start with its path.
    public static func load(directory: String) throws -> Catalogue {
        var entries: [AppLocale: [String: Entry]] = [:]
        for locale in AppLocale.allCases {
            let folder = directory + "/" + locale.rawValue
            var words: [String: Entry] = [:]
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
            for file in files.sorted() {
                guard let data = FileManager.default.contents(atPath: folder + "/" + file) else {
                    throw CatalogueError(file: "\(locale.rawValue)/\(file)", reason: "cannot be read")
                }
                let name = String(file.dropLast(5))
                try read(Array(data), file: "\(locale.rawValue)/\(file)", prefix: name, into: &words)
            }
            entries[locale] = words
        }
        return Catalogue(entries)
    }

    /// A catalogue from JSON texts by language and file name, for tests.
    public static func parse(_ files: [AppLocale: [String: String]]) throws -> Catalogue {
        var entries: [AppLocale: [String: Entry]] = [:]
        for (locale, texts) in files {
            var words: [String: Entry] = [:]
            for (name, text) in texts {
                try read(Array(text.utf8), file: name, prefix: name, into: &words)
            }
            entries[locale] = words
        }
        return Catalogue(entries)
    }

    private static func read(
        _ bytes: [UInt8], file: String, prefix: String, into words: inout [String: Entry]
    ) throws {
        let value: JSONValue
        do { value = try JSONParser.parse(bytes) } catch {
            throw CatalogueError(file: file, reason: "\(error.reason) (byte \(error.offset))")
        }
        try flatten(value, key: prefix, file: file, into: &words)
    }

    private static func flatten(
        _ value: JSONValue, key: String, file: String, into words: inout [String: Entry]
    ) throws {
        switch value {
        case .string(let text): words[key] = .text(text)
        case .object(let members):
            if members.count == 2, let one = value["one"]?.stringValue, let other = value["other"]?.stringValue {
                words[key] = .plural(one: one, other: other)
                return
            }
            for member in members {
                try flatten(member.value, key: key + "." + member.name, file: file, into: &words)
            }
        default: throw CatalogueError(file: file, reason: "\(key) is neither text nor an object")
        }
    }

    func entry(_ key: String, _ locale: AppLocale) -> Entry? { entries[locale]?[key] }

    /// The words of a language as templates use them: `{{t.eyes.title}}`.
    func words(_ locale: AppLocale) -> CatalogueWords? { words[locale] }

    /// All keys of a language.
    public func keys(_ locale: AppLocale) -> Set<String> { Set(entries[locale].map { Array($0.keys) } ?? []) }

    /// True if the key has a plural form.
    public func isPlural(_ key: String, _ locale: AppLocale) -> Bool {
        if case .plural = entries[locale]?[key] { true } else { false }
    }

    /// The argument names of an entry, from all its forms.
    public func arguments(_ key: String, _ locale: AppLocale) -> Set<String> {
        switch entries[locale]?[key] {
        case .text(let text): Set(Interpolation.names(text))
        case .plural(let one, let other): Set(Interpolation.names(one)).union(Interpolation.names(other))
        case nil: []
        }
    }
}

/// A catalogue file that cannot be used.
public struct CatalogueError: Error, Sendable, CustomStringConvertible {
    public let file: String
    public let reason: String
    public var description: String { "Locales/\(file): \(reason)" }
}

/// `{name}` arguments in catalogue texts.
enum Interpolation {
    enum Piece: Sendable, Equatable {
        case text(String)
        case argument(String)
    }

    /// A text taken apart at its arguments.
    static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
            pieces.append(.argument(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        return pieces
    }

    /// The text with arguments filled in. Unknown names stay as they are.
    static func fill(_ text: String, _ arguments: [String: String]) -> String {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
        return pieces(text).reduce(into: "") { result, piece in
            switch piece {
            case .text(let text): result += text
            case .argument(let name): result += arguments[name] ?? "{\(name)}"
            }
        }
    }

    static func names(_ text: String) -> [String] {
        pieces(text).compactMap { if case .argument(let name) = $0 { name } else { nil } }
    }
}
