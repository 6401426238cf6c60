import Mustache

/// Walks a page's templates as the renderer would, with a sample in hand, and remembers which names were found.
/// A name may be nothing in one sample as long as another sample has it.
struct TemplateWalk {
    private struct Use: Hashable {
        let template: String
        let line: Int
        let name: String
    }

    private struct Block {
        let template: String
        let children: [TemplateNode]
    }

    let trees: [String: [TemplateNode]]
    let catalogue: Catalogue
    let optional: Set<String>

    private var found: [Use: Bool] = [:]
    private var unreached: [Use: Bool] = [:]
    private var plain: Set<TemplateLint.Issue> = []
    private var depth = 0
    private static let maximumDepth = 30

    init(trees: [String: [TemplateNode]], catalogue: Catalogue, optional: Set<String>) {
        self.trees = trees
        self.catalogue = catalogue
        self.optional = optional
    }

    /// The findings after all samples were visited.
    func issues(of page: String) -> [TemplateLint.Issue] {
        var all = Array(plain)
        for (use, isFound) in found where !isFound {
            all.append(.init(use.template, use.line, "\(use.name) is unknown in \(page) or nothing in every sample"))
        }
        for (use, isUnreached) in unreached where isUnreached {
            all.append(.init(use.template, use.line, "no sample of \(page) has an item in \(use.name)"))
        }
        return all
    }

    mutating func visit(_ template: String, line: Int, stack: [Any]) {
        visit(trees[template] ?? [], template, stack, [:])
    }

    private mutating func visit(
        _ nodes: [TemplateNode], _ template: String, _ stack: [Any], _ blocks: [String: Block]
    ) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= TemplateWalk.maximumDepth else { return }
        for node in nodes {
            switch node {
            case .variable(let name, let line): variable(name, line, template, stack)
            case .section(let name, let isInverted, let line, let children):
                section(name, isInverted, line, children, template, stack, blocks)
            case .partial(let name, let line):
                guard let tree = tree(name, template, line) else { continue }
                visit(tree, name, stack, blocks)
            case .parent(let name, let line, let children):
                parent(name, line, children, template, stack, blocks)
            case .block(let name, _, let children):
                let block = blocks[name] ?? Block(template: template, children: children)
                visit(block.children, block.template, stack, blocks)
            case .text, .forbidden: continue
            }
        }
    }

    private mutating func tree(_ name: String, _ template: String, _ line: Int) -> [TemplateNode]? {
        if let tree = trees[name] { return tree }
        plain.insert(.init(template, line, "there is no template \(name)"))
        return nil
    }

    private mutating func parent(
        _ name: String, _ line: Int, _ children: [TemplateNode], _ template: String, _ stack: [Any],
        _ blocks: [String: Block]
    ) {
        guard let tree = tree(name, template, line) else { return }
        var inherited = blocks
        let defined = blockNames(name)
        for case .block(let block, let blockLine, let body) in children {
            if !defined.contains(block) {
                plain.insert(.init(template, blockLine, "\(name) has no block \(block)"))
            }
            // The outermost page wins, as in swift-mustache.
            if inherited[block] == nil { inherited[block] = Block(template: template, children: body) }
        }
        visit(tree, name, stack, inherited)
    }

    /// Blocks a layout offers, with those of the layouts it stands on.
    private func blockNames(_ template: String) -> Set<String> {
        func collect(_ nodes: [TemplateNode], _ names: inout Set<String>) {
            for node in nodes {
                switch node {
                case .block(let name, _, let children):
                    names.insert(name)
                    collect(children, &names)
                case .section(_, _, _, let children): collect(children, &names)
                case .parent(let name, _, let children):
                    collect(children, &names)
                    names.formUnion(blockNames(name))
                case .partial(let name, _): names.formUnion(blockNames(name))
                case .text, .variable, .forbidden: break
                }
            }
        }
        var names: Set<String> = []
        if let tree = trees[template] { collect(tree, &names) }
        return names
    }

    // MARK: Values

    private mutating func variable(_ name: TemplateName, _ line: Int, _ template: String, _ stack: [Any]) {
        if case .word(let key) = name.kind { return word(key, line, template, stack) }
        note(Use(template: template, line: line, name: name.text), TemplateWalk.value(name.text, stack) != nil)
    }

    private mutating func word(_ key: String, _ line: Int, _ template: String, _ stack: [Any]) {
        for locale in AppLocale.allCases where catalogue.entry(key, locale) == nil {
            plain.insert(.init(template, line, "there is no word \(key) in \(locale.rawValue)"))
        }
        if catalogue.isPlural(key, .en) {
            plain.insert(.init(template, line, "\(key) is a plural; only Swift can count"))
        }
        for argument in catalogue.arguments(key, .en) {
            note(
                Use(template: template, line: line, name: "{\(argument)} of \(key)"),
                TemplateWalk.value(argument, stack) != nil)
        }
    }

    private mutating func section(
        _ name: TemplateName, _ isInverted: Bool, _ line: Int, _ children: [TemplateNode], _ template: String,
        _ stack: [Any], _ blocks: [String: Block]
    ) {
        let value = TemplateWalk.value(name.text, stack)
        let use = Use(template: template, line: line, name: name.text)
        // An inverted section is there for what is nothing.
        if isInverted { return visit(children, template, stack, blocks) }
        note(use, value != nil)
        guard let value else { return }
        if value is Bool { return visit(children, template, stack, blocks) }
        guard let items = value as? [Any] else { return visit(children, template, stack + [value], blocks) }
        unreached[use] = items.isEmpty && unreached[use] ?? true
        for item in items { visit(children, template, stack + [item], blocks) }
    }

    private mutating func note(_ use: Use, _ isFound: Bool) {
        guard !optional.contains(use.name) else { return }
        found[use] = isFound || found[use] ?? false
    }

    /// The value of a dotted name, looked up as swift-mustache does: the first part from the innermost object
    /// outwards, the rest inside it.
    static func value(_ name: String, _ stack: [Any]) -> Any? {
        if name == "." { return stack.last }
        let parts = name.split(separator: ".").map(String.init)
        guard let first = parts.first else { return nil }
        for object in stack.reversed() {
            guard let found = child(first, of: object) else { continue }
            return parts.dropFirst().reduce(found) { value, part in value.flatMap { child(part, of: $0) } }
        }
        return nil
    }

    private static func child(_ name: String, of object: Any) -> Any? {
        (object as? any MustacheParent)?.child(named: name)
    }
}
