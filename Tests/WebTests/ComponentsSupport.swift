import Foundation
import Testing
import Web

/// The repository's own words and styles, as the components will meet them.
enum House {
    /// The folder that holds `Public` and `Locales`.
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Public/css/tokens.css").path) {
                return folder
            }
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    static func localizer(_ locale: AppLocale = .en) throws -> Localizer {
        Localizer(locale, catalogue: try Catalogue.load(directory: root.appendingPathComponent("Locales").path))
    }

    static func style(_ name: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent("Public/css/\(name).css"), encoding: .utf8)
    }
}

/// Markup is well formed when every opened tag is closed in order; enough for what the kit writes.
func unbalancedTag(in html: String) -> String? {
    let void: Set<Substring> = ["input", "br", "img", "hr", "meta", "link"]
    var open: [Substring] = []
    for piece in html.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
        guard let end = piece.firstIndex(of: ">") else { return String(piece) }
        let tag = piece[..<end]
        let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }
        if tag.hasPrefix("/") {
            guard open.popLast() == name else { return "</\(name)>" }
        } else if !tag.hasSuffix("/"), !void.contains(name) {
            open.append(name)
        }
    }
    return open.last.map(String.init)
}
