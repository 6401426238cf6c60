import Mustache

/// Runs a template tree over a page's values, straight into bytes. swift-mustache defines the language and checks the
/// templates at load; this does the same work some twenty times faster, because names are split, words escaped and
/// texts encoded beforehand. A test renders every page both ways and compares.
struct TemplateRenderer {
    /// One object of the stack, its kind found out once.
    private enum Frame {
        case parent(any MustacheParent)
        case plain(Any)
    }

    private struct Block {
        let children: [TemplateNode]
    }

    private let trees: [String: [TemplateNode]]
    private let words: CatalogueWords?
    private let root: RenderRoot
    private var stack: [Frame] = []
    private var sink = ByteSink(capacity: 16_384)
    private var depth = 0
    /// Templates that call themselves end here instead of with the stack.
    private static let maximumDepth = 60

    init(trees: [String: [TemplateNode]], words: CatalogueWords?, root: RenderRoot) {
        self.trees = trees
        self.words = words
        self.root = root
        stack.reserveCapacity(8)
    }

    /// The template's text, or nil if there is no such template.
    mutating func render(_ template: String) -> ByteSink? {
        guard let tree = trees[template] else { return nil }
        stack = [.parent(root)]
        run(tree, [:])
        return sink
    }

    private mutating func run(_ nodes: [TemplateNode], _ blocks: [String: Block]) {
        guard depth < TemplateRenderer.maximumDepth else { return }
        depth += 1
        for node in nodes {
            switch node {
            case .text(let bytes): bytes.withUnsafeBufferPointer { sink.append($0) }
            case .variable(let name, _): variable(name, blocks)
            case .section(let name, let isInverted, _, let children):
                isInverted ? inverted(name, children, blocks) : section(name, children, blocks)
            case .partial(let name, _):
                if let tree = trees[name] { run(tree, blocks) }
            case .parent(let name, _, let children): parent(name, children, blocks)
            case .block(let name, _, let children): run(blocks[name]?.children ?? children, blocks)
            case .forbidden: continue
            }
        }
        depth -= 1
    }

    private mutating func parent(_ name: String, _ children: [TemplateNode], _ blocks: [String: Block]) {
        guard let tree = trees[name] else { return }
        var inherited = blocks
        for case .block(let block, _, let body) in children where inherited[block] == nil {
            inherited[block] = Block(children: body)
        }
        run(tree, inherited)
    }

    // MARK: Output

    private mutating func variable(_ name: TemplateName, _ blocks: [String: Block]) {
        if case .word(let key) = name.kind {
            switch words?[key] {
            case .plain(let bytes): bytes.withUnsafeBufferPointer { sink.append($0) }
            case .filled(let nodes): run(nodes, blocks)
            case nil: return
            }
        } else if let value = value(name) {
            write(value)
        }
    }

    private mutating func write(_ value: Any) {
        if let text = value as? String {
            HTMLEscape.append(text, to: &sink)
        } else if let html = value as? SafeHTML {
            html.append(to: &sink)
        } else if let number = value as? Int {
            sink.append(number)
        } else if let renderable = value as? any MustacheCustomRenderable {
            HTMLEscape.append(renderable.renderText, to: &sink)
        } else {
            HTMLEscape.append(String(describing: value), to: &sink)
        }
    }

    // MARK: Sections

    private mutating func section(_ name: TemplateName, _ children: [TemplateNode], _ blocks: [String: Block]) {
        guard let value = value(name) else { return }
        if let flag = value as? Bool {
            if flag { run(children, blocks) }
        } else if let parent = value as? any MustacheParent {
            push(.parent(parent), children, blocks)
        } else if let items = value as? any MustacheSequence {
            each(items, children, blocks)
        } else if !TemplateRenderer.isNothing(value) {
            push(.plain(value), children, blocks)
        }
    }

    private mutating func inverted(_ name: TemplateName, _ children: [TemplateNode], _ blocks: [String: Block]) {
        guard let value = value(name) else { return run(children, blocks) }
        if let flag = value as? Bool {
            if !flag { run(children, blocks) }
        } else if let items = value as? any MustacheSequence {
            if TemplateRenderer.isEmpty(items) { run(children, blocks) }
        } else if TemplateRenderer.isNothing(value) {
            run(children, blocks)
        }
    }

    private mutating func each(
        _ items: some MustacheSequence, _ children: [TemplateNode], _ blocks: [String: Block]
    ) {
        for item in items {
            if let parent = item as? any MustacheParent {
                push(.parent(parent), children, blocks)
            } else {
                push(.plain(item), children, blocks)
            }
        }
    }

    private mutating func push(_ frame: Frame, _ children: [TemplateNode], _ blocks: [String: Block]) {
        stack.append(frame)
        run(children, blocks)
        stack.removeLast()
    }

    private static func isEmpty(_ items: some MustacheSequence) -> Bool {
        var iterator = items.makeIterator()
        return iterator.next() == nil
    }

    /// Empty text and empty markup.
    private static func isNothing(_ value: Any) -> Bool {
        (value as? any MustacheCustomRenderable)?.isNull ?? false
    }

    // MARK: Lookup

    private func value(_ name: TemplateName) -> Any? {
        switch name.kind {
        case .current:
            switch stack.last {
            case .parent(let parent): return parent
            case .plain(let value): return value
            case nil: return nil
            }
        case .word: return nil
        case .root: return follow(name.parts, in: root.child(named: name.parts[0]))
        case .local:
            for frame in stack.reversed() {
                guard case .parent(let parent) = frame, let found = parent.child(named: name.parts[0]) else { continue }
                return follow(name.parts, in: found)
            }
            return nil
        }
    }

    /// The parts after the first, inside what the first stands for.
    private func follow(_ parts: [String], in first: Any?) -> Any? {
        var value = first
        for index in parts.indices.dropFirst() {
            value = (value as? any MustacheParent)?.child(named: parts[index])
        }
        return value
    }
}
