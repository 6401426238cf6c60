import Foundation
import Testing

/// WCAG 2.2 contrast of every pair of tokens that meet on a page, in both themes; and that no other sheet holds a
/// raw value.
@Suite("contrast and tokens")
struct ComponentsContrastTests {
    let tokens: [String: String]
    init() throws {
        var tokens: [String: String] = [:]
        for line in try House.style("tokens").split(separator: "\n") {
            let parts = line.trimmingCharacters(in: .whitespaces).split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].hasPrefix("--") else { continue }
            let value = parts[1].trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: ";")))
            if tokens[String(parts[0].dropFirst(2))] == nil { tokens[String(parts[0].dropFirst(2))] = value }
        }
        self.tokens = tokens
    }

    static let papers = ["paper", "paper-card", "paper-side", "wash"]

    /// Words and what they stand on: 4.5:1.
    static let words: [(String, [String])] = [
        (
            "ink",
            papers + ["wash-strong", "paper-float", "good-wash", "warn-wash", "bad-wash", "info-wash", "accent-wash"]
        ),
        ("ink-soft", papers + ["wash-strong", "paper-float", "good-wash", "warn-wash", "bad-wash"]),
        ("ink-quiet", papers + ["paper-float"]),
        ("accent-ink", papers + ["accent-wash", "paper-float"]),
        ("good-ink", papers + ["good-wash"]), ("warn-ink", papers + ["warn-wash"]),
        ("bad-ink", papers + ["bad-wash"]), ("info-ink", papers + ["info-wash"]),
        ("on-accent", ["accent-fill", "accent-fill-strong", "bad-fill", "bad-fill-strong"]),
    ]

    /// Shapes, lines and borders of controls: 3:1.
    static let marks: [(String, [String])] =
        [
            ("accent", papers + ["paper-float"]), ("line-control", ["paper", "paper-card", "paper-side"]),
            ("good-mark", ["paper", "paper-card", "good-wash"]), ("warn-mark", ["paper", "paper-card", "warn-wash"]),
            ("bad-mark", ["paper", "paper-card", "bad-wash"]), ("info-mark", ["paper", "paper-card", "info-wash"]),
        ] + (1...7).map { ("data-\($0)", ["paper", "paper-card"]) }

    @Test("words reach 4.5:1 in both themes", arguments: [false, true])
    func words(isDark: Bool) throws {
        try check(ComponentsContrastTests.words, least: 4.5, isDark: isDark)
    }

    @Test("marks reach 3:1 in both themes", arguments: [false, true])
    func marks(isDark: Bool) throws {
        try check(ComponentsContrastTests.marks, least: 3, isDark: isDark)
    }

    @Test("only tokens.css holds raw values", arguments: ["base", "layout", "components", "charts", "print"])
    func noRawValues(sheet: String) throws {
        let raw = /#[0-9a-fA-F]{3,8}\b|\brgba?\(|(^|[\s(,:-])\d*\.?\d+(px|rem|em|ch|vh|vw|dvh|ms|s)\b/
        let physical =
            /(^|[\s{;])((margin|padding|border)-(left|right|top|bottom)|left|right|top|bottom|(min-|max-)?(width|height))\s*:/
        for (number, line) in try House.style(sheet).split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let rule = line.split(separator: "/*", maxSplits: 1, omittingEmptySubsequences: false)[0]
            if rule.hasPrefix("@media") || rule.hasPrefix("@container") { continue }
            let isRaw = rule.contains(raw)
            #expect(!isRaw, "\(sheet).css:\(number + 1) \(rule)")
            let isPhysical = rule.contains(physical)
            #expect(!isPhysical, "\(sheet).css:\(number + 1) \(rule)")
        }
    }

    @Test("every token a sheet uses is defined", arguments: ["base", "layout", "components", "charts", "print"])
    func defined(sheet: String) throws {
        for match in try House.style(sheet).matches(of: /var\(--([a-z0-9-]+)/) {
            let name = String(match.output.1)
            #expect(tokens[name] != nil || ["hue", "step"].contains(name), "\(sheet).css uses --\(name)")
        }
    }

    private func check(_ pairs: [(String, [String])], least: Double, isDark: Bool) throws {
        for (front, backs) in pairs {
            for back in backs {
                let ratio = try contrast(front, back, isDark: isDark)
                #expect(ratio >= least, "\(front) on \(back), \(isDark ? "dark" : "light"): \(ratio)")
            }
        }
    }

    private func contrast(_ front: String, _ back: String, isDark: Bool) throws -> Double {
        let (a, b) = (try luminance(front, isDark), try luminance(back, isDark))
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    /// Relative luminance after WCAG 2.2.
    private func luminance(_ name: String, _ isDark: Bool) throws -> Double {
        var value = try #require(tokens[name], "no token \(name)")
        while let match = value.firstMatch(of: /^var\(--([a-z0-9-]+)\)/) {
            value = try #require(tokens[String(match.output.1)])
        }
        let colours = value.matches(of: /#([0-9a-f]{6})/).map { String($0.output.1) }
        let hex = try #require(isDark ? colours.last : colours.first, "\(name) has no colour")
        let number = try #require(Int(hex, radix: 16))
        let channels = [number >> 16 & 255, number >> 8 & 255, number & 255].map { channel in
            let share = Double(channel) / 255
            return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }
}
