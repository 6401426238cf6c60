/// One reason for a score, in the words of the shop.
public struct Reason: Sendable, Equatable {
    public let words: String
    public let part: Double
    public let text: String

    /// - Parameters:
    ///   - words: "last order 74 days ago, usually every 31".
    ///   - part: signed part of the score in log-odds; above 0 raises the risk.
    ///   - text: the part as shown, with its sign.
    public init(_ words: String, part: Double, text: String) {
        self.words = words
        self.part = part
        self.text = text
    }
}

/// Why a score is what it is: signed bars around a middle axis, all on one scale.
public struct Reasons: Sendable, Equatable {
    public let reasons: [Reason]
    public let score: String?
    public let isShort: Bool

    /// - Parameters:
    ///   - score: the score that the parts add up to; nil leaves the sentence out.
    ///   - short: close lines without legend, for inside a table.
    public init(_ reasons: [Reason], score: String? = nil, short: Bool = false) {
        self.reasons = reasons
        self.score = score
        self.isShort = short
    }

    public func html(_ l: Localizer) -> SafeHTML {
        HTMLWriter.build(capacity: 1024) { write(to: &$0, l) }
    }

    public func write(to html: inout HTMLWriter, _ l: Localizer) {
        let largest = reasons.reduce(0.0) { $1.part.isFinite ? max($0, abs($1.part)) : $0 }
        html.raw(isShort ? "<ul class=\"reasons short\">" : "<ul class=\"reasons\">")
        for reason in reasons {
            let raises = reason.part >= 0
            html.raw(raises ? "<li class=\"raises\"><span>" : "<li class=\"lowers\"><span>")
            html.text(reason.words)
            html.raw("</span>")
            writeBar(reason.part, largest: largest, to: &html)
            html.raw("<span class=\"part\">")
            html.text(reason.text)
            html.raw("<span class=\"quiet-label\"> ")
            html.text(l.t(raises ? "shell.reasons.raises" : "shell.reasons.lowers"))
            html.raw("</span></span></li>")
        }
        html.raw("</ul>")
        if let score { html.element("p", class: "reasons-sum", text: l.t("shell.reasons.sum", ["score": score])) }
    }

    /// A bar in a box of 100 × 12 whose middle is the axis.
    private func writeBar(_ part: Double, largest: Double, to html: inout HTMLWriter) {
        let width = largest > 0 && part.isFinite ? abs(part) / largest * 48 : 0
        html.raw("<svg class=\"bar\" viewBox=\"0 0 100 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect")
        html.attribute("x", part >= 0 ? 50 : 50 - width)
        html.raw(" y=\"2\" height=\"8\"")
        html.attribute("width", width)
        html.raw("/><path class=\"axis\" d=\"M50 0v12\"/></svg>")
    }
}
