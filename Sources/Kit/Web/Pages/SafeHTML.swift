import Mustache

/// HTML that a plain `{{tag}}` places without escaping. Only the kits that build markup (components, charts,
/// `HTMLWriter`) make it; text from people goes in through their escaping calls.
///
/// swift-mustache escapes every variable. A safe value therefore renders as a secret, per-process mark followed by
/// the markup, and the page's content type strips the mark instead of escaping. Text from outside cannot carry the
/// mark, because it is 128 random bits that never leave the process.
public struct SafeHTML: Sendable, MustacheCustomRenderable, Equatable {
    /// Mark and markup.
    let marked: String

    /// - Parameter html: markup whose every foreign part is escaped already. The caller vouches for it.
    public init(trusted html: String) { marked = SafeHTML.mark + html }

    init(marked: String) { self.marked = marked }

    /// No markup; false in a section.
    public static let empty = SafeHTML(trusted: "")

    /// The markup.
    public var html: String { String(decoding: marked.utf8.dropFirst(SafeHTML.markCount), as: UTF8.self) }

    /// Appends the markup.
    func append(to sink: inout ByteSink) {
        var marked = marked
        marked.withUTF8 { sink.append(UnsafeBufferPointer(rebasing: $0[SafeHTML.markCount...])) }
    }

    public var isEmpty: Bool { marked.utf8.count == SafeHTML.markCount }

    public var renderText: String { marked }
    public var isNull: Bool { isEmpty }

    /// Text as markup, escaped.
    public static func text(_ text: String) -> SafeHTML { SafeHTML(trusted: HTMLEscape.escaped(text)) }

    public static func + (left: SafeHTML, right: SafeHTML) -> SafeHTML { SafeHTML(marked: left.marked + right.html) }

    /// Starts with a control character, so that the check for ordinary text is one byte.
    static let mark: String = {
        var generator = SystemRandomNumberGenerator()
        let random = String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
        return "\u{1}" + random + "\u{1}"
    }()
    static let markBytes = Array(mark.utf8)
    static let markCount = markBytes.count
}

/// Empty text is false in a section and an inverted section shows instead; swift-mustache alone calls it true.
extension String: @retroactive MustacheCustomRenderable {
    public var renderText: String { self }
    public var isNull: Bool { isEmpty }
}
