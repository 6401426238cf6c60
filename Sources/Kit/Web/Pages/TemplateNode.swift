/// A template as a tree of tags. It holds what our templates may hold and names what they may not.
indirect enum TemplateNode: Sendable {
    case text([UInt8])
    case variable(TemplateName, line: Int)
    case section(TemplateName, isInverted: Bool, line: Int, children: [TemplateNode])
    case partial(name: String, line: Int)
    case parent(name: String, line: Int, blocks: [TemplateNode])
    case block(name: String, line: Int, children: [TemplateNode])
    /// A tag that is not allowed, with the reason.
    case forbidden(tag: String, line: Int, reason: String)
}

/// The name in a tag, taken apart once.
struct TemplateName: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// `.`: the object at hand.
        case current
        /// `t.key`: a word of the catalogue.
        case word(String)
        /// `shell.…`, `asset.…`: never shadowed by a page.
        case root
        /// Looked up from the innermost object outwards.
        case local
    }

    let text: String
    let parts: [String]
    let kind: Kind

    init(_ text: String) {
        self.text = text
        parts = text.split(separator: ".").map(String.init)
        if text == "." {
            kind = .current
        } else if parts.first == "t" {
            kind = .word(parts.dropFirst().joined(separator: "."))
        } else {
            kind = RenderRoot.reserved.contains(parts.first ?? "") ? .root : .local
        }
    }
}

/// Reads a template's text. Tags that stand alone on a line take the line with them, as mustache says.
struct TemplateReader {
    private struct Open {
        let tag: Character
        let name: String
        let line: Int
        var children: [TemplateNode]
    }

    private var stack: [Open] = [Open(tag: " ", name: "", line: 0, children: [])]
    private var line = 1
    /// Text since the last tag.
    private var pending = ""
    /// True if nothing but tags that leave no trace came since the line began.
    private var lineIsBlank = true

    static func read(_ text: String) -> [TemplateNode] {
        var reader = TemplateReader()
        reader.scan(text)
        reader.flush()
        while reader.stack.count > 1 { reader.close() }
        return reader.stack[0].children
    }

    private mutating func scan(_ text: String) {
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            take(text: rest[..<open.lowerBound])
            rest = rest[open.upperBound...]
            let isTriple = rest.first == "{"
            guard let end = rest.firstRange(of: isTriple ? "}}}" : "}}") else { return }
            let tag = rest[..<end.lowerBound]
            rest = rest[end.upperBound...]
            let leavesTrace = !"#^/<$!>".contains(tag.first ?? " ")
            if !leavesTrace, lineIsBlank, let next = TemplateReader.afterBlankRest(rest) {
                pending = String(pending.prefix(upTo: TemplateReader.startOfLastLine(pending)))
                flush()
                read(tag: String(tag))
                line += tag.count(where: \.isNewline) + (next == rest.startIndex ? 0 : 1)
                rest = rest[next...]
                lineIsBlank = true
            } else {
                flush()
                lineIsBlank = false
                read(tag: String(tag))
                line += tag.count(where: \.isNewline)
            }
        }
        take(text: rest)
    }

    private mutating func take(text: Substring) {
        pending += text
        line += text.count(where: \.isNewline)
        if let newline = text.lastIndex(where: \.isNewline) {
            lineIsBlank = text[text.index(after: newline)...].allSatisfy(\.isWhitespace)
        } else {
            lineIsBlank = lineIsBlank && text.allSatisfy(\.isWhitespace)
        }
    }

    /// Where the next line begins if the rest of this one is blank; the end of the text counts as a line end.
    private static func afterBlankRest(_ rest: Substring) -> Substring.Index? {
        guard let index = rest.firstIndex(where: { !($0 == " " || $0 == "\t") }) else { return rest.endIndex }
        return rest[index].isNewline ? rest.index(after: index) : nil
    }

    private static func startOfLastLine(_ text: String) -> String.Index {
        text.lastIndex(where: \.isNewline).map { text.index(after: $0) } ?? text.startIndex
    }

    private mutating func flush() {
        guard !pending.isEmpty else { return }
        add(.text(Array(pending.utf8)))
        pending = ""
    }

    private mutating func read(tag text: String) {
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
        default:
            let name = String(text.trimmingBlanks())
            guard !name.contains("(") else { return forbid(text, "transforms") }
            add(.variable(TemplateName(name), line: line))
        }
    }

    private mutating func forbid(_ tag: String, _ reason: String) {
        add(.forbidden(tag: "{{\(tag)}}", line: line, reason: reason))
    }

    private mutating func add(_ node: TemplateNode) { stack[stack.count - 1].children.append(node) }

    private mutating func close() {
        flush()
        guard stack.count > 1 else { return }
        let open = stack.removeLast()
        switch open.tag {
        case "#", "^":
            guard !open.name.contains("(") else { return forbid("\(open.tag)\(open.name)", "transforms") }
            add(
                .section(
                    TemplateName(open.name), isInverted: open.tag == "^", line: open.line, children: open.children))
        case "<": add(.parent(name: open.name, line: open.line, blocks: open.children))
        default: add(.block(name: open.name, line: open.line, children: open.children))
        }
    }
}
