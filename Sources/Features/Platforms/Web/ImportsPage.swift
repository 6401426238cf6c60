import Foundation
import Web

/// All imports, and the way to a new one.
struct ImportsPage: Page {
    static let template = "imports/index"

    let title: String
    let alert: SafeHTML?
    let uploadAction: String
    let fileField: SafeHTML
    let submit: String
    let samples: SafeHTML
    let table: SafeHTML
    let sent: SafeHTML?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "alert": alert
        case "uploadAction": uploadAction
        case "fileField": fileField
        case "submit": submit
        case "samples": samples
        case "table": table
        case "sent": sent
        default: nil
        }
    }

    static let sample = ImportsPage(
        title: "Imports", alert: .text("alert"), uploadAction: "/o/shop/imports", fileField: .text("file"),
        submit: "Upload", samples: .text("samples"), table: .text("table"), sent: .text("sent"))
}

extension ImportsPage {
    init(
        records: [ImportRecord], next: ImportRecord?, sent: [IngestRequest], failure: ImportFailure?, path: String,
        now: Date, words: Localizer
    ) {
        title = words.t("imports.title")
        alert = failure.map {
            Alert(.bad, title: words.t("imports.not_taken"), text: words.t("imports.failure.\($0.code)", $0.arguments))
                .html
        }
        uploadAction = path
        fileField = Field.file(
            "file", label: words.t("imports.upload.file"),
            accept: ".csv,.tsv,.txt,.jsonl,.ndjson,text/csv,text/plain,application/x-ndjson",
            help: words.t("imports.upload.help")
        ).html(words)
        submit = words.t("imports.upload.submit")
        samples = Self.samples(path, words)
        table = Self.table(records, next, path, words)
        self.sent = sent.isEmpty ? nil : SentTable(requests: sent, path: path, now: now, words: words).html
    }

    /// A small file of each kind, to see how rows are written.
    private static func samples(_ path: String, _ words: Localizer) -> SafeHTML {
        HTMLWriter.build { html in
            html.element("p") {
                $0.attribute("class", "help")
            } content: { html in
                html.text(words.t("imports.samples.text") + " ")
                for (place, template) in ImportTemplate.allCases.enumerated() {
                    if place > 0 { html.text(", ") }
                    html.link(
                        "\(path)/samples/\(template.rawValue).csv",
                        text: words.t("imports.template.\(template.rawValue)"))
                }
            }
        }
    }

    private static func table(
        _ records: [ImportRecord], _ next: ImportRecord?, _ path: String, _ words: Localizer
    ) -> SafeHTML {
        let rows = records.map { record -> [TableCell] in
            let isThrough = record.state == .finished || record.state == .undone
            return [
                .rowLink(record.fileName, path + "/" + record.id, sub: record.uploadedByName),
                .pill(record.state.pill(words)),
                .number(words.bytes(Int64(record.size))),
                .text(words.t("imports.template.\(record.mapping.template.rawValue)")),
                isThrough ? .number(words.number(record.counts.new)) : .none,
                isThrough ? .number(words.number(record.counts.quarantined)) : .none,
                .time(words.dateTime(record.createdAt), iso: CivilTime(record.createdAt).isoDay),
            ]
        }
        let empty = EmptyState(
            .notConnected, title: words.t("imports.empty.title"), text: words.t("imports.empty.text"))
        let footer = next.map {
            TableFooter(
                from: 1, to: rows.count, total: .unknown,
                nextHref: path + "?cursor=" + TimeCursor.text($0, list: "imports"))
        }
        return DataTable(
            id: "imports", caption: words.t("imports.table.caption"),
            columns: [
                .init(words.t("imports.table.file")), .init(words.t("imports.table.state"), shrinks: true),
                .init(words.t("imports.table.size"), .end), .init(words.t("imports.table.rows_are")),
                .init(words.t("imports.table.new"), .end),
                .init(words.t("imports.table.left_out"), .end), .init(words.t("imports.table.uploaded")),
            ], rows: rows, empty: empty.html(words), footer: footer, stacks: true
        ).html(words)
    }
}

extension ImportState {
    func pill(_ words: Localizer) -> Pill {
        let word = words.t("imports.state.\(rawValue)")
        return switch self {
        case .uploaded: Pill(.warn, .ring, word)
        case .queued: Pill(.info, .clock, word)
        case .running, .undoing: Pill(.info, .arc, word)
        case .finished: Pill(.good, .check, word)
        case .failed: Pill(.bad, .cross, word)
        case .undone: Pill(.quiet, .dash, word)
        }
    }
}
