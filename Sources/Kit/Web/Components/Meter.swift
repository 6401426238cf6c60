/// A share of a whole as a bar. It stands beside its numbers and is left out for readers of screens.
public struct Meter: Sendable, Equatable {
    public let share: Double
    public let tone: Tone?

    /// - Parameter share: 0 to 1; anything else is brought into that range.
    public init(share: Double, tone: Tone? = nil) {
        self.share = share.isFinite ? min(max(share, 0), 1) : 0
        self.tone = tone
    }

    public var html: SafeHTML { HTMLWriter.build(capacity: 192) { write(to: &$0) } }

    public func write(to html: inout HTMLWriter) {
        html.raw("<svg class=\"meter")
        if let tone {
            html.raw(" ")
            html.raw(tone.className)
        }
        html.raw("\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect height=\"8\"")
        html.attribute("width", share * 100)
        html.raw("/></svg>")
    }
}
