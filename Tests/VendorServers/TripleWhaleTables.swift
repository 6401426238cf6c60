import Foundation
import Web

/// The tables of the sheet over the seeded company.
struct TripleWhaleTables: Sendable {
    enum Table: String, Sendable {
        case ads = "ads_table"
        case pixel = "pixel_joined_tvf()"
        case blended = "blended_stats_tvf()"

        var columns: Set<String> {
            switch self {
            case .ads:
                [
                    "event_date", "channel", "account_id", "campaign_id", "campaign_name", "adset_id", "adset_name",
                    "ad_id", "ad_name", "ad_status", "creative_id", "spend", "impressions", "clicks",
                    "outbound_clicks", "conversions", "conversion_value", "thruplays", "video_p25_watched",
                ]
            case .pixel:
                [
                    "event_date", "channel", "ad_id", "model", "attribution_window", "orders_quantity",
                    "order_revenue", "new_customer_orders", "new_customer_order_revenue", "sessions", "spend",
                ]
            case .blended:
                [
                    "event_date", "spend", "order_revenue", "orders_count", "new_customer_orders", "refund_money",
                    "cogs", "net_profit",
                ]
            }
        }
    }

    enum Cell: Sendable, Equatable {
        case text(String)
        case number(Double)
    }

    typealias Row = [String: Cell]

    static let models = [
        "Triple Attribution", "Triple Attribution + Views", "Clicks & Views", "Linear All", "Linear Paid",
        "First Click", "Last Click", "Total Impact",
    ]
    static let windows = ["1_day", "7_days", "14_days", "28_days", "lifetime"]

    let world: VendorWorld

    init(_ world: VendorWorld) { self.world = world }

    static func channel(_ campaign: Int) -> String { campaign % 2 == 0 ? "facebook-ads" : "google-ads" }

    /// Ids of the level's own kind: a campaign `1…`, an ad set `2…`, an ad `3…`.
    static func id(_ level: String, _ campaign: Int) -> String { level + String(1_202_000_000_000_000 + campaign) }

    func day(of date: Date) -> String {
        let offset = TimeZone(identifier: world.company.timeZone)?.secondsFromGMT(for: date) ?? 0
        return CivilTime(date, offset: offset).isoDay
    }

    func rows(_ table: Table, from: String, to: String) -> [Row] {
        let company = world.company
        let first = max(from, day(of: company.start))
        let last = min(to, day(of: company.now))
        var rows: [Row] = []
        var day = first
        while day <= last {
            switch table {
            case .ads: rows += company.campaigns.map { ad($0, day, company) }
            case .pixel: rows += company.campaigns.flatMap { pixel($0, day, company) }
            case .blended: rows.append(blended(day, company))
            }
            guard let next = CivilTime.parse(day)?.addingTimeInterval(129_600) else { break }
            day = CivilTime(next).isoDay
        }
        return rows
    }

    private func ad(_ campaign: SeededCompany.Campaign, _ day: String, _ company: SeededCompany) -> Row {
        let number = campaign.number
        let figures = company.adDay(campaign: number, day: day)
        return [
            "event_date": .text(day), "channel": .text(Self.channel(number)), "account_id": .text("act_1"),
            "campaign_id": .text(Self.id("1", number)), "campaign_name": .text(campaign.name),
            "adset_id": .text(Self.id("2", number)), "adset_name": .text("Set \(number)"),
            "ad_id": .text(Self.id("3", number)), "ad_name": .text("Ad \(number)"),
            "ad_status": .text(campaign.isActive ? "ACTIVE" : "PAUSED"), "creative_id": .text("cr\(number)"),
            "spend": .number(Double(figures.spendMinor) / 100), "impressions": .number(Double(figures.impressions)),
            "clicks": .number(Double(figures.clicks)), "conversions": .number(Double(figures.conversions)),
            "conversion_value": .number(Double(figures.valueMinor) / 100),
            "thruplays": .number(number % 2 == 0 ? Double(figures.clicks) : 0),
        ]
    }

    private func pixel(_ campaign: SeededCompany.Campaign, _ day: String, _ company: SeededCompany) -> [Row] {
        let figures = company.adDay(campaign: campaign.number, day: day)
        return Self.models.enumerated().flatMap { place, model in
            Self.windows.map { window in
                [
                    "event_date": .text(day), "channel": .text(Self.channel(campaign.number)),
                    "ad_id": .text(Self.id("3", campaign.number)), "model": .text(model),
                    "attribution_window": .text(window), "orders_quantity": .number(Double(figures.conversions)),
                    // Each model gives another share of the revenue.
                    "order_revenue": .number(Double(figures.valueMinor) / 100 - Double(place)),
                    "new_customer_orders": .number(Double(figures.conversions / 2)),
                    "new_customer_order_revenue": .number(Double(figures.valueMinor) / 200),
                    "sessions": .number(Double(figures.clicks)), "spend": .number(Double(figures.spendMinor) / 100),
                ]
            }
        }
    }

    private func blended(_ day: String, _ company: SeededCompany) -> Row {
        let orders = company.orders.filter { !$0.isTest && !$0.isDeleted && self.day(of: $0.placedAt) == day }
        let spend = company.campaigns.reduce(0) { $0 + company.adDay(campaign: $1.number, day: day).spendMinor }
        return [
            "event_date": .text(day), "spend": .number(Double(spend) / 100),
            "order_revenue": .number(Double(orders.reduce(0) { $0 + $1.totalMinor }) / 100),
            "orders_count": .number(Double(orders.count)), "new_customer_orders": .number(0),
            "refund_money": .number(Double(orders.reduce(0) { $0 + $1.refundedMinor }) / 100),
        ]
    }
}

/// One SELECT of the kind our tables are asked with. Anything else is a ``SheetViolation``.
struct TripleWhaleQuery {
    enum Term: Equatable {
        case column(String)
        case sum(String)
        case latest(String)
        case earliest(String)
        case highest(String)
        case isActive
    }

    let table: TripleWhaleTables.Table
    let select: [(term: Term, name: String)]
    let conditions: [String]
    let group: [String]
    let order: [String]
    let limit: Int
    let offset: Int

    init(_ sql: String) throws {
        let pattern =
            #"^SELECT (.+) FROM (\S+) WHERE event_date BETWEEN @startDate AND @endDate( AND .+?)?( GROUP BY .+?)?"#
            + #" ORDER BY (.+?) LIMIT (\d+)( OFFSET (\d+))?$"#
        let parts = try Self.parts(pattern, sql)
        guard let table = TripleWhaleTables.Table(rawValue: parts[2]) else { throw SheetViolation("table \(parts[2])") }
        self.table = table
        guard !parts[1].contains("*") else { throw SheetViolation("SELECT * of a schema that changes") }
        select = try Self.list(parts[1]).map(Self.term)
        conditions = parts[3].components(separatedBy: " AND ").filter { !$0.isEmpty }
        group = Self.list(String(parts[4].dropFirst(" GROUP BY ".count)))
        order = Self.list(parts[5])
        limit = Int(parts[6]) ?? 0
        offset = Int(parts[8]) ?? 0
        guard (1...1000).contains(limit) else { throw SheetViolation("a query answers 1000 rows at most") }
    }

    /// Columns named anywhere.
    var columns: [String] {
        group
            + select.compactMap { item in
                switch item.term {
                case .column(let name), .sum(let name), .latest(let name), .earliest(let name), .highest(let name): name
                case .isActive: "ad_status"
                }
            }
    }

    private static func parts(_ pattern: String, _ text: String) throws -> [String] {
        let expression = try NSRegularExpression(pattern: pattern)
        guard let match = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) else {
            throw SheetViolation("a query of another form: \(text)")
        }
        return (0..<match.numberOfRanges).map { place in
            Range(match.range(at: place), in: text).map { String(text[$0]) } ?? ""
        }
    }

    /// Parts between commas outside brackets.
    private static func list(_ text: String) -> [String] {
        var items = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 } else if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                items.append("")
            } else {
                items[items.count - 1].append(character)
            }
        }
        return items.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private static func term(_ text: String) throws -> (term: Term, name: String) {
        let halves = text.components(separatedBy: " AS ")
        let name = halves.count == 2 ? halves[1] : text
        let body = halves[0]
        if body == "max(upper(ad_status) = 'ACTIVE')" { return (.isActive, name) }
        let functions: [(String, (String) -> Term)] = [
            ("sum(", { .sum($0) }), ("min(", { .earliest($0) }), ("max(", { .highest($0) }),
        ]
        for (prefix, make) in functions where body.hasPrefix(prefix) && body.hasSuffix(")") {
            return (make(String(body.dropFirst(prefix.count).dropLast())), name)
        }
        if body.hasPrefix("argMax("), body.hasSuffix(", event_date)") {
            return (.latest(String(body.dropFirst(7).dropLast(", event_date)".count))), name)
        }
        guard body.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
            throw SheetViolation("column \(body)")
        }
        return (.column(body), name)
    }

    // MARK: Answering

    func answer(_ rows: [TripleWhaleTables.Row]) -> [JSONValue] {
        let kept = rows.filter { row in conditions.allSatisfy { Self.holds($0, row) } }
        let groups: [[TripleWhaleTables.Row]]
        if group.isEmpty {
            groups = kept.map { [$0] }
        } else {
            groups = Array(Dictionary(grouping: kept) { row in group.map { Self.text(row[$0]) } }.values)
        }
        let sorted = groups.sorted { left, right in
            let pairs = order.map { (Self.text(left[0][$0]), Self.text(right[0][$0])) }
            return pairs.first { $0.0 != $0.1 }.map { $0.0 < $0.1 } ?? false
        }
        return sorted.dropFirst(offset).prefix(limit).map { rows in
            .object(select.map { .init($0.name, Self.value($0.term, rows)) })
        }
    }

    /// `name != ''` and `name IN ('a', 'b')`.
    private static func holds(_ condition: String, _ row: TripleWhaleTables.Row) -> Bool {
        let name = condition.prefix { $0 != " " }
        let value = text(row[String(name)])
        return condition.hasSuffix("!= ''") ? !value.isEmpty : condition.contains("'\(value)'")
    }

    private static func text(_ cell: TripleWhaleTables.Cell?) -> String {
        switch cell {
        case .text(let text): text
        case .number(let number): String(number)
        case nil: ""
        }
    }

    private static func value(_ term: Term, _ rows: [TripleWhaleTables.Row]) -> JSONValue {
        func texts(_ name: String) -> [String] { rows.map { text($0[name]) } }
        switch term {
        case .column(let name): return json(rows.first?[name])
        case .latest(let name):
            return json(rows.max { text($0["event_date"]) < text($1["event_date"]) }?[name])
        case .earliest(let name): return .string(texts(name).min() ?? "")
        case .highest(let name): return .string(texts(name).max() ?? "")
        case .isActive: return .int(texts("ad_status").contains("ACTIVE") ? 1 : 0)
        case .sum(let name):
            let sum = rows.reduce(0.0) { sum, row in
                if case .number(let number)? = row[name] { sum + number } else { sum }
            }
            // Large whole numbers come as texts.
            return name == "impressions" ? .string(String(Int64(sum))) : .double(sum)
        }
    }

    private static func json(_ cell: TripleWhaleTables.Cell?) -> JSONValue {
        switch cell {
        case .text(let text): .string(text)
        case .number(let number): .double(number)
        case nil: .null
        }
    }
}
