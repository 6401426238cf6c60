/// A language's words ready for templates: escaped beforehand; a text with arguments is a small template whose
/// `{name}`s are looked up where it is used and escaped there.
struct CatalogueWords: Sendable {
    enum Word: Sendable {
        case plain([UInt8])
        case filled([TemplateNode])
    }

    private let words: [String: Word]

    init(_ entries: [String: Catalogue.Entry]) {
        words = entries.mapValues { entry in
            // A plural needs a count, which only Swift can give; in a template it shows its general form.
            let text =
                switch entry {
                case .text(let text): text
                case .plural(_, let other): other
                }
            return CatalogueWords.word(text)
        }
    }

    subscript(key: String) -> Word? { words[key] }

    private static func word(_ text: String) -> Word {
        let pieces = Interpolation.pieces(text)
        let isPlain = pieces.allSatisfy { if case .text = $0 { true } else { false } }
        guard !isPlain else { return .plain(Array(HTMLEscape.escaped(text).utf8)) }
        return .filled(
            pieces.map { piece in
                switch piece {
                case .text(let text): .text(Array(HTMLEscape.escaped(text).utf8))
                case .argument(let name): .variable(TemplateName(name), line: 0)
                }
            })
    }
}
