import BSON
import Foundation
import Tenancy
import Web

/// The list of customers.
struct CustomersPage: Page {
    static let template = "customers/index"

    let title: String
    let subtitle: String?
    let action: String
    let filters: SafeHTML
    let filterSubmit: String
    let clearHref: String?
    let table: SafeHTML
    let mergesHref: String

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "action": action
        case "filters": filters
        case "filterSubmit": filterSubmit
        case "clearHref": clearHref
        case "table": table
        case "mergesHref": mergesHref
        default: nil
        }
    }

    static let sample = CustomersPage(
        title: "23,570 customers", subtitle: "12,000 usable for analysis", action: "/o/shop/customers",
        filters: .text("filters"), filterSubmit: "Apply", clearHref: "/o/shop/customers", table: .text("table"),
        mergesHref: "/o/shop/customers/merges")
}

extension CustomersPage {
    init(
        query: CustomerQuery, page: CustomerPageOfRows, total: TableFooter.Total, segments: [SegmentOption],
        scope: TenantScope, path: String, now: Date, importPath: String, words: Localizer
    ) {
        let count: String =
            switch total {
            case .exact(let count): words.t("customers.title_count", count: count)
            case .atLeast(let count): words.t("customers.title_at_least", ["n": words.number(count)])
            case .unknown: words.t("customers.title")
            }
        title = page.rows.isEmpty && !query.isFiltered ? words.t("customers.title") : count
        subtitle = query.isFiltered ? words.t("customers.filtered") : nil
        action = path
        filters = Self.filters(query, segments, scope, words)
        filterSubmit = words.t("customers.filter.submit")
        mergesHref = path + "/merges"
        clearHref = query.isFiltered ? path : nil
        table = CustomerTable(query: query, scope: scope, path: path, now: now, words: words).html(
            page, total: total, importPath: importPath)
    }

    private static func filters(
        _ query: CustomerQuery, _ segments: [SegmentOption], _ scope: TenantScope, _ words: Localizer
    ) -> SafeHTML {
        let any = Field.Option("", words.t("customers.filter.any"))
        var fields: [Field] = [
            .text(
                "search", label: words.t("customers.filter.search"), value: query.search ?? "", type: .search,
                required: false),
            .text(
                "near", label: words.t("customers.filter.near"), value: query.near?.point.text ?? "",
                required: false),
            .text(
                "within_km", label: words.t("customers.filter.within_km"), value: query.near?.kilometersText ?? "",
                type: .number, required: false, short: true),
            .select(
                "consent", label: words.t("customers.filter.consent"),
                options: [any]
                    + ConsentStanding.allCases.map {
                        Field.Option($0.rawValue, words.t("customers.standing.\($0.rawValue)"))
                    }, selected: query.consent?.rawValue ?? "", required: false),
            .text(
                "last_order_from", label: words.t("customers.filter.last_order_from"),
                value: query.lastOrderFrom.map { CivilTime($0).isoDay } ?? "", type: .date, required: false),
            .text(
                "last_order_to", label: words.t("customers.filter.last_order_to"),
                value: query.lastOrderTo.map { CivilTime($0).isoDay } ?? "", type: .date, required: false),
        ]
        if !segments.isEmpty {
            fields.append(
                .select(
                    "segment", label: words.t("customers.filter.segment"),
                    options: [any] + segments.map { Field.Option($0.id, "\($0.label) (\(words.number($0.size)))") },
                    selected: query.segment ?? "", required: false))
        }
        return HTMLWriter.build { html in
            for field in fields { field.write(to: &html, words) }
        }
    }
}

/// The table itself, fifty rows without a template.
private struct CustomerTable {
    let query: CustomerQuery
    let scope: TenantScope
    let path: String
    let now: Date
    let words: Localizer

    func html(_ page: CustomerPageOfRows, total: TableFooter.Total, importPath: String) -> SafeHTML {
        let currency = scope.organization.currency
        let pills = Dictionary(
            uniqueKeysWithValues: ConsentStanding.allCases.map { ($0, Pill.consent($0.mark, words)) })
        let rows = page.rows.map { row -> [TableCell] in
            [
                .rowLink(row.name, path + "/" + row.id, sub: row.country),
                .number(words.number(row.orders)),
                .money(words.money(row.spentMinor, currency)),
                row.lastOrderAt.map { .time(words.date($0), iso: CivilTime($0).isoDay) } ?? .none,
                row.firstOrderAt.map { .time(words.date($0), iso: CivilTime($0).isoDay) } ?? .none,
                pills[row.consent.standing(at: now)].map { .pill($0) } ?? .none,
            ]
        }
        return DataTable(
            id: "customers", caption: words.t("customers.table.caption"), columns: columns, rows: rows,
            empty: rows.isEmpty ? empty(importPath) : nil, footer: footer(page, total), showsCaption: false
        ).html(words)
    }

    private var columns: [TableColumn] {
        [
            .init(words.t("customers.table.customer"), sort: sort(.name, firstDown: false)),
            .init(words.t("customers.table.orders"), .end, sort: sort(.orders, firstDown: true)),
            .init(words.t("customers.table.spent"), .end, sort: sort(.spent, firstDown: true)),
            .init(words.t("customers.table.last_order"), sort: sort(.lastOrder, firstDown: true)),
            .init(words.t("customers.table.first_order")),
            .init(words.t("customers.table.consent")),
        ]
    }

    private func sort(_ order: CustomerQuery.Order, firstDown: Bool) -> SortLink? {
        guard query.segment == nil else { return nil }
        let isCurrent = query.order == order
        let down = isCurrent ? !query.descending : firstDown
        return SortLink(
            query.address(path, sort: (down ? "-" : "") + order.rawValue),
            current: isCurrent ? (query.descending ? .descending : .ascending) : nil)
    }

    private func footer(_ page: CustomerPageOfRows, _ total: TableFooter.Total) -> TableFooter? {
        guard !page.rows.isEmpty else { return nil }
        return TableFooter(
            from: page.offset + 1, to: page.offset + page.rows.count, total: total,
            previousHref: page.previous.map { query.address(path, cursor: query.cursor($0)) },
            nextHref: page.next.map { query.address(path, cursor: query.cursor($0)) })
    }

    private func empty(_ importPath: String) -> SafeHTML {
        if query.isFiltered || query.position != nil {
            return EmptyState(
                .nothing, title: words.t("customers.empty.none_title"), text: words.t("customers.empty.none_text"),
                primary: Link(words.t("customers.filter.clear"), path)
            ).html(words)
        }
        let mayImport = scope.can(.customerImport)
        return EmptyState(
            .notConnected, title: words.t("customers.empty.first_title"), text: words.t("customers.empty.first_text"),
            primary: mayImport ? Link(words.t("customers.empty.import"), importPath) : nil
        ).html(words)
    }
}

extension ConsentStanding {
    var mark: ConsentMark {
        switch self {
        case .granted: .valid
        case .expired: .expired
        case .withdrawn: .withdrawn
        case .objection: .objection
        case .otherPurpose: .otherPurpose
        case .missing: .missing
        }
    }
}
