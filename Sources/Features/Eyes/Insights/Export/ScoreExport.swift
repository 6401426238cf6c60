import Audit
import BSON
import Customers
import Foundation
import NIOCore
import Tenancy
import Vault
import Web

/// A list of scored customers as a file: the rows of the screen, in its order, written while they are read.
struct ScoreExport: Sendable {
    let service: EyesService
    let scope: TenantScope
    let published: PublishedRun
    let list: ListQuery
    let format: ListFormat
    let speech: EyesSpeech

    static let portion = 500

    /// Records the export and streams it.
    func response(requestID: String?) async throws -> Response {
        try scope.require(.analyticsExport)
        let count = try await rowCount()
        try await service.audit.record(
            scope,
            AuditEntry(
                .dataAccess, "eyes.list_exported", on: "eyes_run", published.run.id,
                details: BSONDocument(
                    list.words(runID: published.run.id).map { ($0.name, .string($0.value)) }
                        + [("rows", .int(count)), ("format", .string(format.rawValue))])), requestID: requestID)
        let name = "churn-\(list.filter.horizon.timeframe)-\(published.run.id).\(format.rawValue)"
        return Response(
            status: .ok,
            headers: [
                .contentType: format.contentType, .contentDisposition: "attachment; filename=\"\(name)\"",
                .cacheControl: "private, no-store",
            ],
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(bytes: head(count)))
                try await portions(count) { try await writer.write(ByteBuffer(bytes: $0)) }
                try await writer.finish(nil)
            })
    }

    /// As many as the screen says.
    func rowCount() async throws -> Int {
        let page = try await ChurnPage.load(service, scope, published, list.filter, fromPlace: 0, limit: 1)
        return min(list.cut ?? page.total, page.total)
    }

    /// The first line: what the file holds, of which run.
    func head(_ count: Int) -> [UInt8] {
        let facts =
            list.words(runID: published.run.id) + [
                ("as_of", published.run.asOf.formatted(.iso8601)),
                ("gate", published.run.report(list.filter.horizon)?.state.rawValue ?? "never_ran"),
                ("rows", String(count)),
            ]
        switch format {
        case .csv:
            var csv = CSVWriter()
            csv.row([.text("# " + facts.map { "\($0.name)=\($0.value)" }.joined(separator: " "))])
            csv.row(ScoreLine.columns)
            return csv.bytes
        case .jsonl:
            var json = JSONWriter(capacity: 512)
            json.object { json in
                json.object("list") { json in for fact in facts { json.field(fact.name, fact.value) } }
            }
            return Array(json.buffer.readableBytesView) + [0x0A]
        }
    }

    /// The rows in portions of bytes.
    func portions(_ count: Int, _ send: ([UInt8]) async throws -> Void) async throws {
        guard var query = try await ChurnPage.query(service, scope, list.filter, published) else { return }
        let store = service.store(scope)
        let customers = CustomerStore(scope, service.database)
        var left = count
        while left > 0 {
            query.limit = min(left, Self.portion)
            let rows = try await store.scores(query, runID: published.run.id)
            guard let last = rows.last?.score(list.filter.horizon) else { return }
            let ids = rows.map(\.customerID)
            let badges = try await customers.badges(ids)
            let former = try await store.scores(of: formerID == nil ? [] : ids, runID: formerID ?? "")
            let now = service.clock.now()
            try await send(bytes(rows.map { line($0, badges[$0.customerID], former[$0.customerID], now) }))
            left -= rows.count
            query.fromPlace = (query.sort == .value ? last.place : last.riskPlace) + 1
        }
    }

    private var formerID: String? { published.run.identity.previousRunID }

    private func line(
        _ stored: StoredScore, _ badge: CustomerBadge?, _ former: StoredScore?, _ now: Date
    ) -> ScoreLine {
        ScoreLine(
            stored: stored, score: stored.score(list.filter.horizon),
            segment: stored.segment.flatMap(published.segment(number:)), badge: badge, run: published.run,
            speech: speech, now: now, former: former?.score(list.filter.horizon))
    }

    private func bytes(_ lines: [ScoreLine]) -> [UInt8] {
        switch format {
        case .csv:
            var csv = CSVWriter()
            for line in lines { csv.row(line.cells) }
            return csv.bytes
        case .jsonl:
            return lines.flatMap { line in
                var json = JSONWriter(capacity: 512)
                line.write(to: &json)
                return Array(json.buffer.readableBytesView) + [0x0A]
            }
        }
    }
}

/// One customer of a file. Whoever's consent is gone since the run stays in the list, without figures.
struct ScoreLine: JSONWritable {
    let stored: StoredScore
    let score: HorizonScore?
    let segment: Segment?
    let badge: CustomerBadge?
    let run: StoredRun
    let speech: EyesSpeech
    let now: Date
    /// In the run before.
    var former: HorizonScore?

    static let columns = [
        "user_id", "token", "consent_ok", "risk_score", "risk_level", "value_at_risk_minor", "currency", "segment_id",
        "segment", "last_order_on", "reasons", "change_since_last_run", "former_risk_level",
    ]

    private var shown: HorizonScore? { badge?.mayBeUsed(at: now) ?? false ? score : nil }

    private var lastOrder: String { ZoneCalendar.label(of: run.result.asOfDay - Int(stored.facts.recencyDays)) }

    private func reasons(_ score: HorizonScore) -> [String] {
        guard score.probability != nil else { return [speech.phrase(stored.facts.phrase(.recency))] }
        return EyesReasons.told(score, stored.facts).map { speech.phrase($0.phrase) }
    }

    var cells: [CSVWriter.Cell] {
        var cells: [CSVWriter.Cell] = [
            .text(stored.customerID), .text(badge?.token ?? ""), .text(shown == nil ? "false" : "true"),
        ]
        guard let score = shown else { return cells + Self.columns.dropFirst(3).map { _ in .text("") } }
        cells += [
            .figure(score.probability.map { String($0) } ?? ""), .text(score.level.rawValue),
            .figure(score.valueAtRiskMinor.map { String($0) } ?? ""), .text(speech.currency),
            .text(segment?.id ?? ""), .text(segment.map { speech.name($0.name) } ?? ""), .text(lastOrder),
            .text(reasons(score).joined(separator: "; ")),
            .figure(former.flatMap { ScoreChange(score, since: $0).difference }.map { String($0) } ?? ""),
            .text(former?.level.rawValue ?? ""),
        ]
        return cells
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("user_id", stored.customerID)
            json.field("token", badge?.token)
            json.field("consent_ok", shown != nil)
            guard let score = shown else { return }
            json.field("risk_score", score.probability)
            json.field("risk_level", score.level.rawValue)
            json.field("value_at_risk_minor", score.valueAtRiskMinor)
            json.field("currency", speech.currency)
            json.field("segment_id", segment?.id)
            json.field("segment", segment.map { speech.name($0.name) })
            json.field("last_order_on", lastOrder)
            json.array("reasons", reasons(score)) { json, reason in json.value(reason) }
            json.field("change_since_last_run", former.flatMap { ScoreChange(score, since: $0).difference })
            json.field("former_risk_level", former?.level.rawValue)
        }
    }
}
