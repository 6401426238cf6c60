/// How a figure moved, in words.
public struct Delta: Sendable, Equatable {
    public enum Way: Sendable, Equatable { case up, down, flat }

    public let way: Way
    public let amount: String
    public let against: String
    public let isGood: Bool?

    /// - Parameters:
    ///   - amount: how far, without a sign: "12 %".
    ///   - against: what it is compared with: "against the 28 days before".
    ///   - isGood: whether this way is the wanted one; nil when neither.
    public init(_ way: Way, _ amount: String, _ against: String, isGood: Bool? = nil) {
        self.way = way
        self.amount = amount
        self.against = against
        self.isGood = isGood
    }

    public func write(to html: inout HTMLWriter) {
        switch isGood {
        case true?: html.raw("<p class=\"delta good\">")
        case false?: html.raw("<p class=\"delta bad\">")
        case nil: html.raw("<p class=\"delta flat\">")
        }
        switch way {
        case .up: html.raw("<span class=\"way\">\u{25B2} ")
        case .down: html.raw("<span class=\"way\">\u{25BC} ")
        case .flat: html.raw("<span class=\"way\">\u{B1} ")
        }
        html.text(amount)
        html.raw("</span> ")
        html.text(against)
        html.raw("</p>")
    }
}

/// One figure with its proof. A missing figure is said in words, never as a zero.
public struct Tile: Sendable {
    public enum Figure: Sendable, Equatable {
        case value(String, unit: String? = nil)
        case words(String)
    }

    public let label: String
    public let figure: Figure
    public let href: String?
    public let delta: Delta?
    public let sparkline: Sparkline?
    public let asOf: AsOf?
    public let formula: String?

    /// - Parameter formula: how the figure is made; shown on hover of the label.
    public init(
        label: String, figure: Figure, href: String? = nil, delta: Delta? = nil, sparkline: Sparkline? = nil,
        asOf: AsOf? = nil, formula: String? = nil
    ) {
        self.label = label
        self.figure = figure
        self.href = href
        self.delta = delta
        self.sparkline = sparkline
        self.asOf = asOf
        self.formula = formula
    }

    /// - Parameter belowTitle: whether its label is a heading of the second level, not the third.
    func write(to html: inout HTMLWriter, belowTitle: Bool) {
        html.raw(belowTitle ? "<div class=\"tile\"><h2 class=\"label\"" : "<div class=\"tile\"><h3 class=\"label\"")
        html.attribute("title", formula)
        html.raw(">")
        if let href { html.link(href, text: label) } else { html.text(label) }
        html.raw(belowTitle ? "</h2>" : "</h3>")
        writeFigure(to: &html)
        delta?.write(to: &html)
        sparkline?.write(to: &html)
        asOf?.write(to: &html)
        html.raw("</div>")
    }

    private func writeFigure(to html: inout HTMLWriter) {
        switch figure {
        case .value(let value, let unit):
            html.raw("<p class=\"figure\">")
            html.text(value)
            if let unit {
                html.raw(" <span class=\"unit\">")
                html.text(unit)
                html.raw("</span>")
            }
        case .words(let words):
            html.raw("<p class=\"figure words\">")
            html.text(words)
        }
        html.raw("</p>")
    }
}

/// A row of at most six tiles; further ones are left out, because nobody reads them.
public struct Tiles: Sendable {
    public let tiles: [Tile]
    public let areBelowTitle: Bool

    /// - Parameter belowTitle: whether they come first on their page, so that no section's heading is skipped.
    public init(_ tiles: [Tile], belowTitle: Bool = false) {
        self.tiles = tiles
        self.areBelowTitle = belowTitle
    }

    public var html: SafeHTML {
        HTMLWriter.build(capacity: 4096) { html in
            html.raw("<div class=\"tiles\">")
            for tile in tiles.prefix(6) { tile.write(to: &html, belowTitle: areBelowTitle) }
            html.raw("</div>")
        }
    }
}
