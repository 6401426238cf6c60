import Foundation
import Testing
import Web

@testable import Accounts

@Suite("Accounts: templates and words")
struct PageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func renderer() throws -> PageRenderer {
        PageRenderer(
            library: try TemplateLibrary(directory: Self.root.path + "/Templates", reloads: false),
            catalogue: try Catalogue.load(directory: Self.root.path + "/Locales"))
    }

    @Test("every template knows its partials, values and words")
    func lint() throws {
        let issues = TemplateLint.check(try renderer(), pages: Accounts.pages)
        #expect(issues.filter { $0.template.hasPrefix("accounts") || $0.message.contains("accounts.") } == [])
    }

    @Test("every key that the code names is in the catalogue, and every key of the catalogue is used")
    func keys() throws {
        let catalogue = try Catalogue.load(directory: Self.root.path + "/Locales")
        let known = catalogue.keys(.en).filter { $0.hasPrefix("accounts.") }
        var named: Set<String> = []
        var prefixes: Set<String> = []
        for text in try sources() {
            for match in text.matches(of: /accounts(?:\.[A-Za-z0-9_-]+)+(\.?\\\()?/) {
                let key = String(match.0)
                if key.hasSuffix("\\(") { prefixes.insert(String(key.dropLast(2))) } else { named.insert(key) }
            }
            for match in text.matches(
                of: /(?:FieldIssue\("[a-z_]+", |errors\.add\(|return |: )"([a-z]+(?:-[a-z]+)+|required)"/)
            {
                named.insert("accounts.errors.\(match.1)")
            }
            for match in text.matches(of: /words\.field\("([A-Za-z]+)"\)/) {
                named.insert("accounts.fields.\(match.1)")
            }
        }
        let prefixed = ["accounts.forbidden.ask", "accounts.errors.slug-", "accounts.notices."]
        let unused = known.filter { key in
            !named.contains(key) && !prefixes.union(prefixed).contains { key.hasPrefix($0) }
        }
        #expect(unused.sorted() == [])
        let area =
            /accounts\.(errors|fields|login|signup|notices|team|invite|join|organization|organizations|status|profile|menu|demo|forbidden|flash|help)\..+/
        let missing = named.filter {
            $0.wholeMatch(of: area) != nil && !known.contains($0) && !$0.hasPrefix("accounts.errors.")
        }
        #expect(missing.sorted() == [])
    }

    @Test("each page renders whole in both languages", arguments: AppLocale.allCases)
    func renders(locale: AppLocale) throws {
        let renderer = try renderer()
        for type in Accounts.pages {
            for html in Self.html(of: type, renderer, locale) {
                #expect(html.contains("</html>"), "\(type)")
                #expect(html.firstMatch(of: /[>\s]accounts\.[a-z]+\.[a-z]/) == nil, "\(type)")
            }
        }
    }

    private static func html<Model: Page>(of _: Model.Type, _ renderer: PageRenderer, _ locale: AppLocale) -> [String] {
        var shell = Shell.sample
        shell.locale = locale
        return Model.samples.map { renderer.html($0, shell: shell) }
    }

    private func sources() throws -> [String] {
        let folders = ["Sources/Features/Accounts", "Templates/accounts"]
        return try folders.flatMap { folder in
            let base = Self.root.appendingPathComponent(folder)
            let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
            return try names.filter { $0.hasSuffix(".swift") || $0.hasSuffix(".mustache") }.map {
                try String(contentsOf: base.appendingPathComponent($0), encoding: .utf8)
            }
        }
    }
}
