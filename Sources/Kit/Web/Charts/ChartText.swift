/// What a chart says in words. Texts come localized.
public struct ChartText: Sendable, Equatable {
    public let id: String
    public let title: String
    public let summary: String
    public let x: String
    public let y: String
    public let empty: String?
    public let showsTitle: Bool

    /// - Parameters:
    ///   - id: unique on the page; letters, digits and hyphens.
    ///   - title: what is drawn.
    ///   - summary: the one sentence a reader should take away; also the description for readers of screens.
    ///   - x: words at the end of the horizontal axis.
    ///   - y: words above the vertical axis, with the unit.
    ///   - empty: what to say instead of axes when there is nothing to draw.
    ///   - showsTitle: false when a heading above says the same.
    public init(
        id: String, title: String, summary: String, x: String = "", y: String = "", empty: String? = nil,
        showsTitle: Bool = true
    ) {
        self.id = id
        self.title = title
        self.summary = summary
        self.x = x
        self.y = y
        self.empty = empty
        self.showsTitle = showsTitle
    }
}

/// A named row of values on the common labels of a chart; nil is a gap, never a zero.
public struct LineSeries: Sendable, Equatable {
    public let name: String
    public let values: [Double?]

    public init(_ name: String, _ values: [Double?]) {
        self.name = name
        self.values = values.map { value in value.flatMap { $0.isFinite ? $0 : nil } }
    }
}

/// Turns a value into the reader's words, e.g. money or percent.
public typealias ChartFormat = @Sendable (Double) -> String
