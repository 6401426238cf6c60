import Mustache

/// Finds what swift-mustache passes over in silence: missing partials, parents, blocks, variables and words. Called
/// from a test over all pages.
public enum TemplateLint {
    /// One finding.
    public struct Issue: Sendable, Hashable, CustomStringConvertible {
        public let template: String
        public let line: Int
        public let message: String
        public var description: String { "Templates/\(template).mustache:\(line): \(message)" }
    }

    /// Checks the templates that the pages use, with every sample of each page, and all catalogue files.
    /// - Parameters:
    ///   - pages: every page type of the product
    ///   - optional: names a layout may ask for and a page need not have
    public static func check(
        _ renderer: PageRenderer, pages: [any Page.Type], shell: Shell = .sample,
        optional: Set<String> = ["subtitle"]
    ) -> [Issue] {
        var issues = Set(check(renderer.catalogue))
        let trees = renderer.library.trees
        for page in pages {
            issues.formUnion(check(page, renderer, trees, shell, optional))
        }
        for (name, tree) in trees { issues.formUnion(forbidden(tree, name)) }
        return issues.sorted { ($0.template, $0.line, $0.message) < ($1.template, $1.line, $1.message) }
    }

    /// Templates that no page and no other template uses.
    public static func unused(_ library: TemplateLibrary, pages: [any Page.Type]) -> [String] {
        let trees = library.trees
        var used = Set(pages.map { $0.template })
        for tree in trees.values { used.formUnion(references(tree)) }
        return trees.keys.filter { !used.contains($0) }.sorted()
    }

    /// Differences between the languages: missing keys, other arguments, plural in one only.
    public static func check(_ catalogue: Catalogue) -> [Issue] {
        var issues: [Issue] = []
        let english = catalogue.keys(.en)
        for locale in AppLocale.allCases where locale != .en {
            let keys = catalogue.keys(locale)
            let file = "Locales/\(locale.rawValue)"
            for key in english.subtracting(keys) { issues.append(Issue(file, 0, "\(key) is missing")) }
            for key in keys.subtracting(english) { issues.append(Issue(file, 0, "\(key) is not in en")) }
            for key in english.intersection(keys) {
                if catalogue.arguments(key, .en) != catalogue.arguments(key, locale) {
                    issues.append(Issue(file, 0, "\(key) has other arguments than in en"))
                }
                if catalogue.isPlural(key, .en) != catalogue.isPlural(key, locale) {
                    issues.append(Issue(file, 0, "\(key) is plural in one language only"))
                }
            }
        }
        return issues
    }

    private static func check<Model: Page>(
        _: Model.Type, _ renderer: PageRenderer, _ trees: [String: [TemplateNode]], _ shell: Shell,
        _ optional: Set<String>
    ) -> [Issue] {
        guard trees[Model.template] != nil else {
            return [Issue(Model.template, 0, "the template of \(Model.self) does not exist")]
        }
        var walk = TemplateWalk(trees: trees, catalogue: renderer.catalogue, optional: optional)
        for sample in Model.samples {
            let root = RenderRoot(
                model: sample, shell: ShellView(shell: shell, assets: renderer.assets, words: renderer.words(.en)),
                assets: renderer.assets)
            walk.visit(Model.template, line: 0, stack: [root])
        }
        return walk.issues(of: "\(Model.self)")
    }

    private static func forbidden(_ nodes: [TemplateNode], _ template: String) -> [Issue] {
        nodes.flatMap { node -> [Issue] in
            switch node {
            case .forbidden(let tag, let line, let reason): [Issue(template, line, "\(tag): \(reason)")]
            case .section(let name, _, let line, let children):
                words(name, template, line) + forbidden(children, template)
            case .block(_, _, let children), .parent(_, _, let children): forbidden(children, template)
            case .text, .variable, .partial: []
            }
        }
    }

    /// Words are always there; a section of one is a slip.
    private static func words(_ name: TemplateName, _ template: String, _ line: Int) -> [Issue] {
        guard case .word = name.kind else { return [] }
        return [Issue(template, line, "\(name.text): a word cannot open a section")]
    }

    private static func references(_ nodes: [TemplateNode]) -> Set<String> {
        var names: Set<String> = []
        for node in nodes {
            switch node {
            case .partial(let name, _): names.insert(name)
            case .parent(let name, _, let children):
                names.insert(name)
                names.formUnion(references(children))
            case .section(_, _, _, let children), .block(_, _, let children): names.formUnion(references(children))
            case .text, .variable, .forbidden: break
            }
        }
        return names
    }
}

extension TemplateLint.Issue {
    init(_ template: String, _ line: Int, _ message: String) {
        self.init(template: template, line: line, message: message)
    }
}
