import Mustache

/// A language's words for templates. `{{t.eyes.title}}` walks it; a text with arguments is a small template whose
/// `{name}`s are looked up where it is used and escaped there.
final class CatalogueTree: MustacheParent, Sendable {
    private enum Node: Sendable {
        case text(String)
        case template(MustacheTemplate)
        case branch(CatalogueTree)
    }

    private let children: [String: Node]

    convenience init(_ entries: [String: Catalogue.Entry]) throws {
        try self.init(entries.map { ($0.key.split(separator: ".").map(String.init)[...], $0.value) })
    }

    private init(_ entries: [(path: ArraySlice<String>, entry: Catalogue.Entry)]) throws {
        var children: [String: Node] = [:]
        let groups = Dictionary(grouping: entries) { $0.path.first ?? "" }
        for (name, members) in groups {
            if members.count == 1, let only = members.first, only.path.count == 1 {
                children[name] = try CatalogueTree.leaf(only.entry)
            } else {
                children[name] = .branch(try CatalogueTree(members.map { ($0.path.dropFirst(), $0.entry) }))
            }
        }
        self.children = children
    }

    private static func leaf(_ entry: Catalogue.Entry) throws -> Node {
        // A plural needs a count, which only Swift can give; in a template it shows its general form.
        let text = switch entry {
        case .text(let text): text
        case .plural(_, let other): other
        }
        let names = Interpolation.names(text)
        guard !names.isEmpty else { return .text(text) }
        // Braces are escaped by hand: the catalogue's own text may hold no mustache tags.
        let tags = Dictionary(names.map { ($0, "{{\($0)}}") }) { first, _ in first }
        return .template(try TemplateLibrary.template(Interpolation.fill(text, tags)))
    }

    func child(named name: String) -> Any? {
        switch children[name] {
        case .text(let text): text
        case .template(let template): template
        case .branch(let tree): tree
        case nil: nil
        }
    }
}
