/// A template as a tree of tags, for the lint. It understands what our templates may hold and names what they may not.
indirect enum TemplateNode: Sendable {
    case variable(name: String, line: Int)
    case section(name: String, isInverted: Bool, line: Int, children: [TemplateNode])
    case partial(name: String, line: Int)
    case parent(name: String, line: Int, blocks: [TemplateNode])
    case block(name: String, line: Int, children: [TemplateNode])
    /// A tag that is not allowed, with the reason.
    case forbidden(tag: String, line: Int, reason: String)
}

/// Reads a template's tags.
struct TemplateReader {
    private struct Open {
        let tag: Character
        let name: String
        let line: Int
        var children: [TemplateNode]
    }

    private var stack: [Open] = [Open(tag: " ", name: "", line: 0, children: [])]
    private var line = 1

    static func read(_ text: String) -> [TemplateNode] {
        var reader = TemplateReader()
        reader.scan(text)
        while reader.stack.count > 1 { reader.close() }
        return reader.stack[0].children
    }

    private mutating func scan(_ text: String) {
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            line += rest[..<open.lowerBound].count(where: \.isNewline)
            rest = rest[open.upperBound...]
            let isTriple = rest.first == "{"
            guard let end = rest.firstRange(of: isTriple ? "}}}" : "}}") else { return }
            tag(String(rest[..<end.lowerBound]))
            line += rest[..<end.lowerBound].count(where: \.isNewline)
            rest = rest[end.upperBound...]
        }
    }

    private mutating func tag(_ text: String) {
        guard let first = text.first else { return }
        let name = String(text.dropFirst().trimmingBlanks())
        switch first {
        case "!": return
        case "#", "^", "<", "$": stack.append(Open(tag: first, name: name, line: line, children: []))
        case "/": close()
        case ">":
            guard !name.hasPrefix("*") else { return forbid(text, "dynamic partials depend on data") }
            add(.partial(name: name, line: line))
        case "{", "&": forbid(text, "unescaped output")
        case "=": forbid(text, "other delimiters")
        case "%": forbid(text, "pragmas")
        default: add(.variable(name: String(text.trimmingBlanks()), line: line))
        }
    }

    private mutating func forbid(_ tag: String, _ reason: String) {
        add(.forbidden(tag: "{{\(tag)}}", line: line, reason: reason))
    }

    private mutating func add(_ node: TemplateNode) { stack[stack.count - 1].children.append(node) }

    private mutating func close() {
        guard stack.count > 1 else { return }
        let open = stack.removeLast()
        switch open.tag {
        case "#":
            add(.section(name: open.name, isInverted: false, line: open.line, children: open.children))
        case "^":
            add(.section(name: open.name, isInverted: true, line: open.line, children: open.children))
        case "<": add(.parent(name: open.name, line: open.line, blocks: open.children))
        default: add(.block(name: open.name, line: open.line, children: open.children))
        }
    }
}
