/// The proof under a figure: where it comes from and when it was true.
public struct AsOf: Sendable, Equatable {
    public let text: String
    public let exact: String?
    public let isLate: Bool

    /// - Parameters:
    ///   - text: short form, e.g. "CSV import · as of 14:05".
    ///   - exact: shown on hover: exact time, zone and rows.
    ///   - isLate: the source is late; the mark turns amber and the text should say since when.
    public init(_ text: String, exact: String? = nil, isLate: Bool = false) {
        self.text = text
        self.exact = exact
        self.isLate = isLate
    }

    public var html: SafeHTML { HTMLWriter.build(capacity: 192) { write(to: &$0) } }

    public func write(to html: inout HTMLWriter) {
        html.raw(isLate ? "<p class=\"as-of late\"" : "<p class=\"as-of\"")
        html.attribute("title", exact)
        html.raw(">")
        html.text(text)
        html.raw("</p>")
    }
}
