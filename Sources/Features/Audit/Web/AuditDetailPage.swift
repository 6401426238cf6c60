import BSON
import FoundationEssentials
import Web

/// One act in full: who, when, from where, what was before and after, and its place in the chain.
struct AuditDetailPage: Page {
    static let template = "audit/show"

    let title: String
    let crumbs: SafeHTML
    let result: SafeHTML
    let facts: SafeHTML
    let changes: SafeHTML?
    let details: SafeHTML?
    let erased: Bool
    let chain: SafeHTML
    let sameThingHref: String?
    let samePersonHref: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "result": result
        case "facts": facts
        case "changes": changes
        case "details": details
        case "erased": erased
        case "chain": chain
        case "sameThingHref": sameThingHref
        case "samePersonHref": samePersonHref
        default: nil
        }
    }

    static let sample = AuditDetailPage(
        title: "Changed a role", crumbs: .text("Audit log"), result: .text("Done"), facts: .text("Ann, 14:05"),
        changes: .text("member → admin"), details: .text("details"), erased: true, chain: .text("row 17"),
        sameThingHref: "/o/acme/audit?resource=user", samePersonHref: "/o/acme/audit?person=usr_1")
}

extension AuditDetailPage {
    init(_ record: AuditRecord, path: String, words: Localizer) {
        let say = AuditWords(words: words)
        let row = record.row
        title = say.act(row)
        crumbs =
            Crumbs([Link(words.t("audit.name"), path)], current: words.t("audit.row", ["seq": words.number(row.seq)]))
            .html
        result = say.result(row.result).html
        facts = Self.facts(record, say)
        changes = Self.changes(record.payload, words)
        details = record.payload?.details.flatMap { Self.values($0, words) }
        erased = record.payload == nil
        chain = Self.chain(row, words)
        let id = row.resourceID.map { "&resource_id=" + PercentCoding.encode($0) } ?? ""
        sameThingHref = row.resourceID == nil ? nil : path + "?resource=" + PercentCoding.encode(row.resourceType) + id
        samePersonHref = row.actorID.map { path + "?person=" + PercentCoding.encode($0) }
    }

    private static func facts(_ record: AuditRecord, _ say: AuditWords) -> SafeHTML {
        let words = say.words
        let row = record.row
        var items: [Terms.Item] = [
            .init(words.t("audit.table.when"), words.dateTime(row.ts) + " · " + CanonicalJSON.time(row.ts)),
            .init(
                words.t("audit.table.who"),
                [say.actor(record), say.role(record)].compactMap(\.self).joined(separator: ", ")),
            .init(words.t("audit.detail.kind"), say.event(row.event)),
            .init(
                words.t("audit.table.on"),
                [say.resource(row.resourceType), row.resourceID].compactMap(\.self).joined(separator: " ")),
        ]
        if let address = record.payload?.address { items.append(.init(words.t("audit.detail.address"), address)) }
        if let agent = record.payload?.userAgent { items.append(.init(words.t("audit.detail.browser"), agent)) }
        if let request = row.requestID { items.append(.init(words.t("audit.detail.request"), request)) }
        items.append(
            .init(words.t("audit.detail.code"), html: HTMLWriter.build { $0.element("code", text: row.action) }))
        items.append(.init(words.t("audit.detail.kept_until"), words.date(row.retentionUntil)))
        return Terms(items).html
    }

    /// Field, before, after; only fields that either side has.
    private static func changes(_ payload: AuditPayload?, _ words: Localizer) -> SafeHTML? {
        guard let payload, payload.before != nil || payload.after != nil else { return nil }
        let before = ReadableFields(payload.before ?? [:], words)
        let after = ReadableFields(payload.after ?? [:], words)
        let names = before.names + after.names.filter { before[$0] == nil }
        return DataTable(
            id: "changes", caption: words.t("audit.detail.changes"),
            columns: [
                .init(words.t("audit.detail.field")), .init(words.t("audit.detail.before"), wraps: true),
                .init(words.t("audit.detail.after"), wraps: true),
            ],
            rows: names.map { name in
                [
                    .text(ReadableFields.title(name, words)), before[name].map { .text($0) } ?? .none,
                    after[name].map { .text($0) } ?? .none,
                ]
            }, compact: true
        ).html(words)
    }

    private static func values(_ document: BSONDocument, _ words: Localizer) -> SafeHTML? {
        let fields = ReadableFields(document, words)
        guard !fields.names.isEmpty else { return nil }
        return Terms(fields.names.map { .init(ReadableFields.title($0, words), fields[$0] ?? "") }).html
    }

    private static func chain(_ row: AuditRow, _ words: Localizer) -> SafeHTML {
        Terms([
            .init(words.t("audit.detail.seq"), words.number(row.seq)),
            .init(words.t("audit.detail.hash"), row.hash),
            .init(words.t("audit.detail.prev_hash"), row.prevHash),
            .init(words.t("audit.detail.payload_hash"), row.payloadHash),
        ]).html
    }
}

/// The fields of a stored document as text, nested ones under `outer.inner`.
struct ReadableFields {
    private(set) var names: [String] = []
    private var values: [String: String] = [:]

    init(_ document: BSONDocument, _ words: Localizer) { add(document, under: "", words, depth: 0) }

    subscript(name: String) -> String? { values[name] }

    /// A field's name in the reader's words, part by part; the name itself where a part has none.
    static func title(_ name: String, _ words: Localizer) -> String {
        let parts = name.split(separator: ".")
        let known = parts.filter { words.has("audit.field.\($0)") }.map { words.t("audit.field.\($0)") }
        return known.count == parts.count ? known.joined(separator: " · ") : name
    }

    private mutating func add(_ document: BSONDocument, under prefix: String, _ words: Localizer, depth: Int) {
        for (key, value) in document.elements() {
            let name = prefix.isEmpty ? key : prefix + "." + key
            if case .document(let inner) = value, depth < 4, !inner.isEmpty {
                add(inner, under: name, words, depth: depth + 1)
            } else if values.updateValue(Self.text(value, words), forKey: name) == nil {
                names.append(name)
            }
        }
    }

    private static func text(_ value: BSONValue, _ words: Localizer) -> String {
        switch value {
        case .string(let text): return text
        case .int32, .int64: return words.number(value.intValue ?? 0)
        case .bool(let flag): return words.t(flag ? "audit.value.yes" : "audit.value.no")
        case .date: return value.dateValue.map { words.dateTime($0) } ?? ""
        case .null: return "–"
        case .array(let items): return items.isEmpty ? "–" : items.map { text($0, words) }.joined(separator: ", ")
        default:
            var bytes: [UInt8] = []
            CanonicalJSON.append(value, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
