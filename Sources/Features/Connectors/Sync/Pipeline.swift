import Customers
import Foundation
import Records
import Vault
import Web

/// The way of every page, the same for all platforms.
///
/// validate → circuit breaker → rate limiter → cache → fetch → transform → enrich → store → retrieve. A connector says
/// what is particular; nothing else in the product calls a vendor.
struct Pipeline: Sendable {
    let call: VendorCalls
    let store: PageStore
    let consent: ConsentPolicy

    /// Reads one page of a listing into the store and says where it goes on.
    func page(_ stream: SyncStream, _ span: Span, _ place: Place) async throws -> PageOutcome {
        var client = call.client
        client.span = span
        if let page = try await stream.read?(query(span, place), client) {
            let rows = enrich(
                try transform(page.records, of: stream, span: span, fetchedAt: page.receivedAt))
            let counts = try await store.write(
                rows, raw: page.records, of: stream, span: span, at: page.receivedAt)
            return PageOutcome(
                page: rows, counts: counts, records: page.records.count,
                next: page.next(after: place, page.records.count, rows.watermark))
        }
        let request = try validate(stream, span, place)
        let response = try await fetch(request, stream, span, place)
        let records = try await complete(stream.list(in: response), of: stream, span)
        let mapped = try transform(records, of: stream, span: span, fetchedAt: response.receivedAt)
        let rows = enrich(mapped)
        let counts = try await store.write(rows, raw: records, of: stream, span: span, at: response.receivedAt)
        let next = try stream.pager.next(
            after: response, records: records, at: place, watermark: rows.watermark, span: span)
        return PageOutcome(page: rows, counts: counts, records: records.count, next: next)
    }

    /// The same from kept records: transform → enrich → store, without the vendor.
    func replay(_ records: [JSONValue], of stream: SyncStream, span: Span, fetchedAt: Date) async throws -> PageOutcome
    {
        let mapped = try transform(records, of: stream, span: span, fetchedAt: fetchedAt)
        let rows = enrich(mapped)
        let counts = try await store.write(rows, raw: nil, of: stream, span: span, at: fetchedAt)
        return PageOutcome(page: rows, counts: counts, records: records.count, next: nil)
    }

    // MARK: The stages

    private func validate(_ stream: SyncStream, _ span: Span, _ place: Place) throws -> VendorRequest {
        stream.pager.request(try stream.request(query(span, place)), at: place)
    }

    private func query(_ span: Span, _ place: Place) -> StreamQuery {
        StreamQuery(
            span: span, place: place, account: call.account, fields: call.fields, settings: call.settings,
            now: call.clock.now())
    }

    /// Asks, and asks for less when the vendor says that a part of it is unknown.
    private func fetch(
        _ request: VendorRequest, _ stream: SyncStream, _ span: Span, _ place: Place
    ) async throws -> VendorResponse {
        do {
            return try await call.send(request)
        } catch VendorFault.schema(let field, let message) {
            guard let reduced = stream.reduced else { throw VendorFault.schema(field: field, message: message) }
            return try await call.send(stream.pager.request(try reduced(query(span, place)), at: place))
        }
    }

    private func complete(
        _ records: [JSONValue], of stream: SyncStream, _ span: Span
    ) async throws -> [JSONValue] {
        guard let expand = stream.expand, !records.isEmpty else { return records }
        var client = call.client
        client.span = span
        return try await expand(records, client)
    }

    /// Records to canonical rows. What cannot be taken is put aside; a field that no record has any more stops it all.
    func transform(
        _ records: [JSONValue], of stream: SyncStream, span: Span, fetchedAt: Date
    ) throws -> MappedPage {
        for field in stream.required where !records.isEmpty && records.allSatisfy({ $0.at(field) == nil }) {
            throw VendorFault.schema(field: field, message: "")
        }
        let context = MappingContext(
            account: call.account, fields: call.fields, settings: call.settings, fetchedAt: fetchedAt, span: span)
        var page = MappedPage()
        for record in records {
            if let updated = stream.updatedAt(record) { page.watermark = max(page.watermark ?? updated, updated) }
            do {
                if let missing = stream.required.first(where: { record.at($0) == nil }) {
                    throw MappingProblem(missing)
                }
                try stream.map(record, context, &page.batch)
                if let id = record.at(stream.id)?.text { page.accepted.append(id) }
            } catch let problem as MappingProblem {
                page.problems.append(
                    SyncRun.Problem(
                        externalID: stream.name(of: record), field: problem.field, reason: problem.reason))
            }
        }
        page.fields = Set(records.prefix(20).flatMap(\.memberNames))
        return page
    }

    /// What follows from the rows and our own rules: purposes from consent signals, machines' clicks.
    private func enrich(_ page: MappedPage) -> MappedPage {
        var page = page
        page.consents = page.batch.consents.flatMap {
            ConsentMapping.inputs($0, consent, platform: store.source.platform)
        }
        return page
    }
}

extension StreamPage {
    /// The place behind it, nil when it was the last.
    func next(after place: Place, _ records: Int, _ watermark: Date?) -> Place? {
        switch next {
        case .on(let token):
            Place(
                token: token, page: place.page + 1, records: place.records + records,
                watermark: [place.watermark, watermark].compactMap(\.self).max())
        case .again(let token): Place(token: token, page: place.page + 1)
        case .end: nil
        }
    }
}

/// A page between transform and store.
struct MappedPage: Sendable {
    var batch = CanonicalBatch()
    var consents: [ConsentInput] = []
    var problems: [SyncRun.Problem] = []
    /// Ids of the records that were taken.
    var accepted: [String] = []
    var watermark: Date?
    var fields: Set<String> = []
}

struct PageOutcome: Sendable {
    let page: MappedPage
    let counts: PageCounts
    let records: Int
    /// Nil after the last page.
    let next: Place?
}
