import FoundationEssentials
import Tenancy
import Web

/// The log: who did what, newest first, and whether anybody has altered it.
struct AuditListPage: Page {
    static let template = "audit/index"

    let title: String
    let subtitle: String
    let action: String
    let filters: SafeHTML
    let clearHref: String?
    let proof: SafeHTML
    let verifyAction: String?
    let exportAction: String?
    let table: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "action": action
        case "filters": filters
        case "clearHref": clearHref
        case "proof": proof
        case "verifyAction": verifyAction
        case "exportAction": exportAction
        case "table": table
        default: nil
        }
    }

    static let sample = AuditListPage(
        title: "1,204 recorded acts", subtitle: "Newest first", action: "/o/acme/audit", filters: .text("filters"),
        clearHref: "/o/acme/audit", proof: .text("Nothing was altered"), verifyAction: "/o/acme/audit/verify",
        exportAction: "/o/acme/audit/export", table: .text("table"))
}

/// Everything the list is made from.
struct AuditListing {
    let filters: AuditFilters
    let found: AuditSearchResult
    let count: Int
    let members: [Membership]
    let lastCheck: AuditRecord?
    let now: Date
    let path: String
    let mayExport: Bool
    let words: Localizer

    /// Counting stops here; more are "at least".
    static let countLimit = 10_000

    private var say: AuditWords { AuditWords(words: words) }

    func page() -> AuditListPage {
        let isCapped = count >= Self.countLimit
        return AuditListPage(
            title: isCapped
                ? words.t("audit.title_at_least", ["n": words.number(count)]) : words.t("audit.title", count: count),
            subtitle: words.t(filters.isSet ? "audit.subtitle_filtered" : "audit.subtitle"), action: path,
            filters: filterBar, clearHref: filters.isSet ? path : nil, proof: proof,
            verifyAction: mayExport ? path + "/verify" : nil, exportAction: mayExport ? path + "/export" : nil,
            table: table)
    }

    private var filterBar: SafeHTML {
        let any = Field.Option("", words.t("audit.filter.any"))
        var people = members.map { Field.Option($0.userID, $0.userName) }
        if let person = filters.person, !people.contains(where: { $0.value == person }) {
            people.append(Field.Option(person, person))
        }
        let resources = AuditListing.resources.map { Field.Option($0, say.resource($0)) }.sorted { $0.text < $1.text }
        let fields: [Field] = [
            .select(
                "event", label: words.t("audit.filter.event"),
                options: [any] + AuditEvent.allCases.map { Field.Option($0.rawValue, say.event($0)) },
                selected: filters.event?.rawValue ?? "", required: false),
            .select(
                "person", label: words.t("audit.filter.person"), options: [any] + people,
                selected: filters.person ?? "", required: false),
            .select(
                "resource", label: words.t("audit.filter.resource"), options: [any] + resources,
                selected: filters.resource ?? "", required: false),
            .select(
                "result", label: words.t("audit.filter.result"),
                options: [any] + AuditResult.allCases.map { Field.Option($0.rawValue, say.result($0).word) },
                selected: filters.result?.rawValue ?? "", required: false),
            .text(
                "from", label: words.t("audit.filter.from"), value: filters.from ?? "", type: .date, required: false),
            .text("to", label: words.t("audit.filter.to"), value: filters.to ?? "", type: .date, required: false),
        ]
        return HTMLWriter.build { html in for field in fields { field.write(to: &html, words) } }
    }

    /// Things acts are done to, for the filter.
    static let resources = [
        "approval", "audit_log", "connection", "customer", "eyes_config", "eyes_run", "import", "invitation",
        "organization", "person", "user",
    ]

    private var proof: SafeHTML {
        guard let lastCheck, let verdict = PastVerdict(lastCheck) else {
            return Alert(
                .info, title: words.t("audit.proof.never"), text: words.t("audit.proof.explanation")
            ).html
        }
        let arguments = [
            "rows": words.number(verdict.rowsChecked), "when": words.relative(lastCheck.row.ts, now: now),
            "who": say.actor(lastCheck),
        ]
        if let broken = verdict.broken {
            return Alert(
                .bad, title: say.broken(broken), text: words.t("audit.proof.broken_text", arguments)
            ).html
        }
        return Alert(
            .good, title: words.t("audit.proof.intact", arguments), text: words.t("audit.proof.intact_text", arguments)
        ).html
    }

    private var table: SafeHTML {
        let rows = found.records.map { record -> [TableCell] in
            [
                .rowLink(say.act(record.row), path + "/" + record.row.id),
                record.payload == nil && record.row.actorType == "user"
                    ? .text(say.actor(record)) : who(record),
                .two(say.resource(record.row.resourceType), sub: record.row.resourceID ?? ""),
                .pill(say.result(record.row.result)),
                .time(words.dateTime(record.row.ts), iso: CanonicalJSON.time(record.row.ts)),
            ]
        }
        return DataTable(
            id: "audit", caption: words.t("audit.table.caption"),
            columns: [
                .init(words.t("audit.table.what"), wraps: true), .init(words.t("audit.table.who")),
                .init(words.t("audit.table.on"), wraps: true), .init(words.t("audit.table.result")),
                .init(words.t("audit.table.when")),
            ], rows: rows, empty: rows.isEmpty ? empty : nil, footer: footer, showsCaption: false
        ).html(words)
    }

    private func who(_ record: AuditRecord) -> TableCell {
        say.role(record).map { .two(say.actor(record), sub: $0) } ?? .text(say.actor(record))
    }

    private var empty: SafeHTML {
        EmptyState(
            .nothing, title: words.t("audit.empty.title"), text: words.t("audit.empty.text"),
            primary: filters.isSet ? Link(words.t("audit.filter.clear"), path) : nil
        ).html
    }

    private var footer: TableFooter? {
        guard !found.records.isEmpty else { return nil }
        let last = filters.offset + found.records.count
        return TableFooter(
            from: filters.offset + 1, to: last, total: count >= Self.countLimit ? .atLeast(count) : .exact(count),
            previousHref: filters.before == nil ? nil : filters.address(path),
            nextHref: found.next.map { filters.address(path, before: $0, offset: last) })
    }
}
