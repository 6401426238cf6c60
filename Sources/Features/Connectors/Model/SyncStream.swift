import Crypto
import Foundation
import Vault
import Web

/// How much of a stream one sync reads.
public enum SpanRule: Sendable, Equatable {
    /// Everything, every time; what is not there any more is marked deleted. For small lists.
    case all
    /// First everything, then what changed since the last good sync, `overlap` seconds more.
    case updated(overlap: TimeInterval)
    /// Daily figures: the last `restated` days again every time, `history` days back at the first load, asked for in
    /// slices of `slice` days, newest first. Rows of a slice replace what was stored for it. The first sync of a week
    /// reads `weekly` days again, where late conversions still move figures that old.
    case days(restated: Int, slice: Int, history: Int, weekly: Int? = nil)
}

/// What one listing covers.
public enum Span: Sendable, Equatable, Codable {
    case all
    case since(Date)
    /// Both days included, in the account's zone.
    case days(from: String, to: String)

    public var since: Date? { if case .since(let date) = self { date } else { nil } }
    public var days: (from: String, to: String)? {
        if case .days(let from, let to) = self { (from, to) } else { nil }
    }
}

/// What a stream's request is made from.
public struct StreamQuery: Sendable {
    public let span: Span
    public let place: Place
    public let account: VendorAccount
    /// The connection's fields that are not secret.
    public let fields: [String: String]
    public let settings: PlatformSettings
    public let now: Date

    /// Where the listing starts: later than the span's start when the vendor's cap made us start again.
    public var since: Date? { place.since ?? span.since }
}

/// What mapping a record may look at besides the record.
public struct MappingContext: Sendable {
    public let account: VendorAccount
    public let fields: [String: String]
    public let settings: PlatformSettings
    public let fetchedAt: Date
    public let span: Span

    public var currency: String { account.currency ?? "USD" }
    public var timeZone: String { account.timeZone ?? "UTC" }
}

/// A record that cannot be taken: it is put aside with the reason, and counted.
public struct MappingProblem: Error, Sendable, Equatable {
    public let field: String
    public let reason: String

    public init(_ field: String, _ reason: String = "missing") {
        self.field = field
        self.reason = reason
    }
}

/// A page that took calls of its own kind to get.
public struct StreamPage: Sendable {
    public enum Next: Sendable, Equatable {
        /// It goes on with this token.
        case on(String)
        /// The listing is begun anew with this token: what was read of it does not count.
        case again(String)
        case end
    }

    public let records: [JSONValue]
    public let receivedAt: Date
    public let next: Next

    public init(records: [JSONValue] = [], at receivedAt: Date, _ next: Next) {
        self.records = records
        self.receivedAt = receivedAt
        self.next = next
    }
}

/// One list a platform offers, and what it is to us.
public struct SyncStream: Sendable {
    /// `customers`, `orders`, `events`, `campaigns`, `metric_days`, …
    public let name: String
    public let span: SpanRule
    /// Seconds between syncs.
    public let every: TimeInterval
    public let pager: Pager
    /// Dotted path to the list of records; empty when the reply itself is the list.
    public let records: String
    /// Names of lists that may stand where ours is missing: what other calls of the stream reply with.
    public let beside: Set<String>
    /// Dotted paths inside a record. `id` names a record, `updated` is its last change; fields in `required` are on
    /// every good record: a page on which none has one of them is a changed schema and pauses the stream.
    public let id: String
    public let updated: String?
    public let required: [String]
    /// For whole lists of people who agreed: whoever was on the list and no longer is has taken it back.
    public let absenceWithdraws: Bool
    public let request: @Sendable (StreamQuery) throws -> VendorRequest
    /// A smaller request to ask instead when the vendor refuses the whole one as a changed schema.
    public let reduced: (@Sendable (StreamQuery) throws -> VendorRequest)?
    /// The records of a reply where a path is not enough: side-loaded parts put into them. Nil: there is no list.
    public let unpack: (@Sendable (JSONValue) -> [JSONValue]?)?
    /// Gets what the list leaves out (consent, refunds, line items) with further calls, and puts it into the records.
    public let expand: (@Sendable ([JSONValue], VendorClient) async throws -> [JSONValue])?
    /// Pages that are no single call: a report that is ordered, waited for and fetched. Nil for an ordinary page. What
    /// comes is whole: it is not expanded.
    public let read: (@Sendable (StreamQuery, VendorClient) async throws -> StreamPage?)?
    public let map: @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void

    public init(
        _ name: String, _ span: SpanRule, every: TimeInterval = 3600, pager: Pager, records: String,
        beside: Set<String> = [],
        id: String, updated: String? = nil, required: [String] = [], absenceWithdraws: Bool = false,
        request: @escaping @Sendable (StreamQuery) throws -> VendorRequest,
        reduced: (@Sendable (StreamQuery) throws -> VendorRequest)? = nil,
        unpack: (@Sendable (JSONValue) -> [JSONValue]?)? = nil,
        expand: (@Sendable ([JSONValue], VendorClient) async throws -> [JSONValue])? = nil,
        read: (@Sendable (StreamQuery, VendorClient) async throws -> StreamPage?)? = nil,
        map: @escaping @Sendable (JSONValue, MappingContext, inout CanonicalBatch) throws -> Void
    ) {
        self.name = name
        self.span = span
        self.every = every
        self.pager = pager
        self.records = records
        self.beside = beside
        self.id = id
        self.updated = updated
        self.required = required
        self.absenceWithdraws = absenceWithdraws
        self.request = request
        self.reduced = reduced
        self.unpack = unpack
        self.expand = expand
        self.read = read
        self.map = map
    }

    func list(in response: VendorResponse) throws -> [JSONValue] {
        if response.status == 204 { return [] }
        if let unpack {
            guard let items = unpack(response.json) else {
                throw VendorFault.schema(field: records, message: "The reply holds no list of records.")
            }
            return items
        }
        let found = records.isEmpty ? response.json : response.json.at(records)
        switch found {
        case .array(let items): return items
        case nil where response.json.isObject && !holdsOtherRecords(response.json): return []
        default: throw VendorFault.schema(field: records, message: "The reply holds no list of records.")
        }
    }

    /// Whether rows stand beside the place where our list should be: then the list was renamed. Vendors that leave an
    /// empty list out have nothing there.
    private func holdsOtherRecords(_ json: JSONValue) -> Bool {
        let place = records.split(separator: ".").dropLast().joined(separator: ".")
        guard case .object(let members)? = place.isEmpty ? json : json.at(place) else { return false }
        return members.contains { member in
            guard case .array(let items) = member.value, !beside.contains(member.name) else { return false }
            return items.first?.isObject ?? false
        }
    }

    /// What a record is called when it is put aside: its id, else a fingerprint of what is in it.
    func name(of record: JSONValue) -> String {
        record.at(id)?.text ?? "#" + Hex.encode(SHA256.hash(data: record.bytes).prefix(8))
    }

    /// A time as vendors of this stream write it: ISO text, else seconds or milliseconds by size.
    func updatedAt(_ record: JSONValue) -> Date? {
        guard let updated, let value = record.at(updated) else { return nil }
        if let time = value.time { return time }
        guard let number = value.number else { return nil }
        return Date(timeIntervalSince1970: number > 1e11 ? number / 1000 : number)
    }
}
