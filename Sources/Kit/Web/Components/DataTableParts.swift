/// Where a sortable column's head leads, and how the table is sorted by it now.
public struct SortLink: Sendable, Equatable {
    public enum Direction: Sendable, Equatable { case ascending, descending }

    public let href: String
    public let current: Direction?

    public init(_ href: String, current: Direction? = nil) {
        self.href = href
        self.current = current
    }
}

/// A column of a `DataTable`.
public struct TableColumn: Sendable, Equatable {
    public enum Alignment: Sendable, Equatable { case start, end }

    public let title: String
    public let alignment: Alignment
    public let sort: SortLink?
    public let wraps: Bool
    public let shrinks: Bool

    /// - Parameters:
    ///   - alignment: `.end` for figures.
    ///   - wraps: long words may take several lines.
    ///   - shrinks: the column takes no more than its content.
    public init(
        _ title: String, _ alignment: Alignment = .start, sort: SortLink? = nil, wraps: Bool = false,
        shrinks: Bool = false
    ) {
        self.title = title
        self.alignment = alignment
        self.sort = sort
        self.wraps = wraps
        self.shrinks = shrinks
    }
}

/// A cell of a `DataTable`; texts come localized and formatted.
public enum TableCell: Sendable, Equatable {
    /// Plain words.
    case text(String)
    /// Words with a second, quieter line.
    case two(String, sub: String)
    /// A figure, at the end of its column.
    case number(String)
    /// Money, at the end of its column, never broken.
    case money(String)
    /// The link that the whole row stands for. Once a row.
    case rowLink(String, String, sub: String? = nil)
    /// A link of its own.
    case link(String, String)
    /// A moment: what is shown, and its ISO 8601 form.
    case time(String, iso: String)
    /// A state.
    case pill(Pill)
    /// Several states, or anything else built by a component.
    case html(SafeHTML)
    /// No value: a dash, read as such.
    case none
}

/// The line under a table: which rows these are, and the way to the others.
public struct TableFooter: Sendable, Equatable {
    public enum Total: Sendable, Equatable {
        case exact(Int)
        case atLeast(Int)
        case unknown
    }

    public let from: Int
    public let to: Int
    public let total: Total
    public let previousHref: String?
    public let nextHref: String?
    public let csvHref: String?

    public init(
        from: Int, to: Int, total: Total, previousHref: String? = nil, nextHref: String? = nil, csvHref: String? = nil
    ) {
        self.from = from
        self.to = to
        self.total = total
        self.previousHref = previousHref
        self.nextHref = nextHref
        self.csvHref = csvHref
    }
}
