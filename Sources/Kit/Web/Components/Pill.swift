/// A state in one word, with a shape and a colour that say the same.
public struct Pill: Sendable, Equatable {
    /// The small drawing in front of the word, so that colour is never the only difference.
    public enum Shape: Sendable, CaseIterable {
        case disc, arc, ring, dashedRing, half, clock, diamond, triangle, bars, check, cross, dash, wave
        case threeBars, twoBars, oneBar, square
    }

    public let tone: Tone
    public let shape: Shape
    public let word: String

    public init(_ tone: Tone, _ shape: Shape, _ word: String) {
        self.tone = tone
        self.shape = shape
        self.word = word
    }

    /// The pill as markup.
    public var html: SafeHTML {
        HTMLWriter.build(capacity: 256) { write(to: &$0) }
    }

    /// Writes the pill into markup that is being built.
    public func write(to html: inout HTMLWriter) {
        html.raw("<span class=\"pill ")
        html.raw(tone.className)
        html.raw("\"><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\">")
        html.raw(shape.markup)
        html.raw("</svg>")
        html.text(word)
        html.raw("</span>")
    }
}

extension Tone {
    var className: StaticString {
        switch self {
        case .good: "good"
        case .warn: "warn"
        case .bad: "bad"
        case .info: "info"
        case .quiet: "quiet"
        }
    }
}

extension Pill.Shape {
    /// Drawn in a box of 10 × 10.
    var markup: StaticString {
        switch self {
        case .disc: "<circle class=\"fill\" cx=\"5\" cy=\"5\" r=\"4\"/>"
        case .arc: "<path class=\"line\" d=\"M9 5a4 4 0 1 1-4-4\"/>"
        case .ring: "<circle class=\"line\" cx=\"5\" cy=\"5\" r=\"4\"/>"
        case .dashedRing: "<circle class=\"line dash\" cx=\"5\" cy=\"5\" r=\"4\"/>"
        case .half: "<circle class=\"line\" cx=\"5\" cy=\"5\" r=\"4\"/><path class=\"fill\" d=\"M5 1a4 4 0 0 1 0 8z\"/>"
        case .clock: "<circle class=\"line\" cx=\"5\" cy=\"5\" r=\"4\"/><path class=\"line\" d=\"M5 2.8V5l1.6 1\"/>"
        case .diamond: "<path class=\"fill\" d=\"M5 .4 9.6 5 5 9.6.4 5z\"/>"
        case .triangle: "<path class=\"fill\" d=\"M5 .8 9.7 9H.3z\"/>"
        case .bars: "<path class=\"fill\" d=\"M2 1.2h2.2v7.6H2zM5.8 1.2H8v7.6H5.8z\"/>"
        case .check: "<path class=\"line\" d=\"m1.2 5.4 2.5 2.5L8.8 2.2\"/>"
        case .cross: "<path class=\"line\" d=\"m1.8 1.8 6.4 6.4M8.2 1.8 1.8 8.2\"/>"
        case .dash: "<path class=\"line\" d=\"M1.5 5h7\"/>"
        case .wave: "<path class=\"line\" d=\"M.8 6c1.4-2.6 2.8-2.6 4.2-1s2.8 1.6 4.2-1\"/>"
        case .threeBars:
            "<path class=\"fill\" d=\"M.5 6.5h2.4V9.5H.5zM3.8 3.5h2.4v6H3.8zM7.1.5h2.4v9H7.1z\"/>"
        case .twoBars:
            """
            <path class="fill" d="M.5 6.5h2.4V9.5H.5zM3.8 3.5h2.4v6H3.8z"/>\
            <path class="faint" d="M7.1.5h2.4v9H7.1z"/>
            """
        case .oneBar:
            """
            <path class="fill" d="M.5 6.5h2.4V9.5H.5z"/>\
            <path class="faint" d="M3.8 3.5h2.4v6H3.8zM7.1.5h2.4v9H7.1z"/>
            """
        case .square: "<path class=\"line\" d=\"M1.5 1.5h7v7h-7z\"/>"
        }
    }
}
