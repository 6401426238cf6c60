/// A table: the first choice for showing more than one figure.
///
/// Heads sort by link, a row is a link, figures stand at the end of their column, and an empty table shows its empty
/// state in its place. Written byte by byte: fifty rows cost tens of microseconds.
public struct DataTable: Sendable {
    public let id: String
    public let caption: String
    public let note: String?
    public let columns: [TableColumn]
    public let rows: [[TableCell]]
    public let totals: [TableCell]?
    public let empty: SafeHTML?
    public let footer: TableFooter?
    public let isCompact: Bool
    public let isWide: Bool
    public let showsCaption: Bool
    public let stacks: Bool

    /// - Parameters:
    ///   - id: unique on the page.
    ///   - caption: what the table shows; always there for readers of screens.
    ///   - empty: markup that stands in the table's place when there are no rows.
    ///   - compact: rows of 32 instead of 40 px.
    ///   - wide: scrolls sideways inside its frame on every screen, not only on narrow ones.
    ///   - showsCaption: false when a heading above says the same.
    ///   - stacks: on a phone each row stands as a list of its cells under each other, so that nothing is reached by
    ///     scrolling sideways. Not for tables that are sorted by their heads.
    public init(
        id: String, caption: String, note: String? = nil, columns: [TableColumn], rows: [[TableCell]],
        totals: [TableCell]? = nil, empty: SafeHTML? = nil, footer: TableFooter? = nil, compact: Bool = false,
        wide: Bool = false, showsCaption: Bool = true, stacks: Bool = false
    ) {
        self.id = id
        self.caption = caption
        self.note = note
        self.columns = columns
        self.rows = rows
        self.totals = totals
        self.empty = empty
        self.footer = footer
        self.isCompact = compact
        self.isWide = wide
        self.showsCaption = showsCaption
        self.stacks = stacks
    }

    public func html(_ l: Localizer) -> SafeHTML {
        HTMLWriter.build(capacity: 1024 + rows.count * columns.count * 96) { write(to: &$0, l) }
    }

    public func write(to html: inout HTMLWriter, _ l: Localizer) {
        if rows.isEmpty, let empty {
            return html.html(empty)
        }
        html.raw(isWide ? "<div class=\"table-frame wide\"" : "<div class=\"table-frame\"")
        html.attribute("id", id)
        html.raw(">")
        writeTitle(to: &html)
        html.raw("<div class=\"table-scroll\"")
        if !hasLinks {
            html.raw(" tabindex=\"0\" role=\"region\"")
            html.attribute("aria-label", caption)
        }
        writeStart(to: &html)
        html.raw("<caption class=\"quiet-label\">")
        html.text(caption)
        html.raw("</caption>")
        writeHead(to: &html, l)
        html.raw(stacks ? "<tbody role=\"rowgroup\">" : "<tbody>")
        for row in rows { writeRow(row, to: &html) }
        html.raw("</tbody>")
        writeTotals(to: &html)
        html.raw("</table></div>")
        footer?.write(to: &html, l)
        html.raw("</div>")
    }

    /// Rows that are laid out as lists are no table any more for every browser: the roles say what they are.
    private func writeStart(to html: inout HTMLWriter) {
        switch (isCompact, stacks) {
        case (false, false): html.raw("><table class=\"data\">")
        case (true, false): html.raw("><table class=\"data compact\">")
        case (false, true): html.raw("><table class=\"data stacks\" role=\"table\">")
        case (true, true): html.raw("><table class=\"data compact stacks\" role=\"table\">")
        }
    }

    private var hasLinks: Bool {
        if columns.contains(where: { $0.sort != nil }) { return true }
        return rows.first?.contains { cell in
            switch cell {
            case .rowLink, .link: true
            default: false
            }
        } ?? false
    }

    /// The visible title stands outside the part that scrolls sideways, so that it is never cut.
    private func writeTitle(to html: inout HTMLWriter) {
        guard showsCaption || note != nil else { return }
        html.raw("<div class=\"table-title\">")
        if showsCaption { html.element("h2", text: caption) }
        if let note { html.element("p", text: note) }
        html.raw("</div>")
    }

    private func writeHead(to html: inout HTMLWriter, _ l: Localizer) {
        html.raw(stacks ? "<thead role=\"rowgroup\"><tr role=\"row\">" : "<thead><tr>")
        for column in columns {
            html.raw(stacks ? "<th scope=\"col\" role=\"columnheader\"" : "<th scope=\"col\"")
            if column.alignment == .end {
                html.raw(" class=\"number\"")
            } else if column.shrinks {
                html.raw(" class=\"shrink\"")
            }
            switch column.sort?.current {
            case .ascending?: html.raw(" aria-sort=\"ascending\"")
            case .descending?: html.raw(" aria-sort=\"descending\"")
            case nil: break
            }
            html.raw(">")
            if let sort = column.sort {
                html.raw("<a")
                html.attribute("href", sort.href)
                html.attribute("title", l.t("shell.table.sortBy", ["column": column.title]))
                html.raw(">")
                html.text(column.title)
                html.raw("</a>")
            } else {
                html.text(column.title)
            }
            html.raw("</th>")
        }
        html.raw("</tr></thead>")
    }

    private func writeRow(_ row: [TableCell], to html: inout HTMLWriter) {
        html.raw(stacks ? "<tr role=\"row\">" : "<tr>")
        for (index, cell) in row.enumerated() {
            let column = index < columns.count ? columns[index] : nil
            cell.write(to: &html, column: column, isHead: index == 0, stacks: stacks)
        }
        html.raw("</tr>")
    }

    private func writeTotals(to html: inout HTMLWriter) {
        guard let totals else { return }
        html.raw(stacks ? "<tfoot role=\"rowgroup\">" : "<tfoot>")
        writeRow(totals, to: &html)
        html.raw("</tfoot>")
    }
}

extension TableCell {
    /// Writes `<th scope="row">` for the first cell of a row, `<td>` otherwise.
    func write(to html: inout HTMLWriter, column: TableColumn?, isHead: Bool, stacks: Bool) {
        html.raw(isHead ? "<th scope=\"row\"" : "<td")
        if stacks {
            html.raw(isHead ? " role=\"rowheader\"" : " role=\"cell\"")
            if !isHead, let column { html.attribute("data-label", column.title) }
        }
        if let name = className(in: column) {
            html.raw(" class=\"")
            html.raw(name)
            html.raw("\"")
        }
        html.raw(">")
        writeContent(to: &html)
        html.raw(isHead ? "</th>" : "</td>")
    }

    private func className(in column: TableColumn?) -> StaticString? {
        switch self {
        case .number: return "number"
        case .money: return "money"
        default:
            if column?.alignment == .end { return "number" }
            if column?.wraps == true { return "wrap" }
            if column?.shrinks == true { return "shrink" }
            return nil
        }
    }

    private func writeContent(to html: inout HTMLWriter) {
        switch self {
        case .text(let text), .number(let text), .money(let text): html.text(text)
        case .two(let text, let sub):
            html.text(text)
            TableCell.writeSub(sub, to: &html)
        case .rowLink(let text, let href, let sub):
            html.raw("<a class=\"row-link\"")
            html.attribute("href", href)
            html.raw(">")
            html.text(text)
            html.raw("</a>")
            if let sub { TableCell.writeSub(sub, to: &html) }
        case .link(let text, let href): html.link(href, text: text)
        case .time(let text, let iso):
            html.raw("<time")
            html.attribute("datetime", iso)
            html.raw(">")
            html.text(text)
            html.raw("</time>")
        case .pill(let pill): pill.write(to: &html)
        case .html(let markup): html.html(markup)
        case .none: html.raw("<span class=\"quiet\">\u{2013}</span>")
        }
    }

    private static func writeSub(_ sub: String, to html: inout HTMLWriter) {
        html.raw("<span class=\"sub\">")
        html.text(sub)
        html.raw("</span>")
    }
}

extension TableFooter {
    func write(to html: inout HTMLWriter, _ l: Localizer) {
        html.raw("<div class=\"table-foot\"><span>")
        html.text(words(l))
        html.raw("</span>")
        if let csvHref { html.link(csvHref, text: l.t("shell.table.csv")) }
        if previousHref != nil || nextHref != nil {
            html.raw("<nav class=\"pages push\"")
            html.attribute("aria-label", l.t("shell.table.pages"))
            html.raw(">")
            if let previousHref {
                Link(l.t("shell.table.previous"), previousHref).write(class: "button small", to: &html)
            }
            if let nextHref { Link(l.t("shell.table.next"), nextHref).write(class: "button small", to: &html) }
            html.raw("</nav>")
        }
        html.raw("</div>")
    }

    private func words(_ l: Localizer) -> String {
        let range = ["from": l.number(from), "to": l.number(to)]
        return switch total {
        case .exact(let count): l.t("shell.table.range", range.merging(["total": l.number(count)]) { $1 })
        case .atLeast(let count): l.t("shell.table.rangeAtLeast", range.merging(["total": l.number(count)]) { $1 })
        case .unknown: l.t("shell.table.rangeOpen", range)
        }
    }
}
