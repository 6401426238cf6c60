import Foundation
import Memory
import NIOCore
import Tenancy
import Web

/// Lists of customers that were just made, each kept for as long as the data it was made from are the newest.
///
/// Every write to customers, orders or consents moves the data version, so an answer from here equals one made anew;
/// another process's write shows within the second that ``CustomerFigures/dataState()`` may be old. Permissions are
/// not remembered: routes check them before they ask here.
final class RecentLists: Sendable {
    /// What a list is made from besides the data.
    struct Key: Hashable, Sendable {
        let organizationID: String
        let query: CustomerQuery
        let form: Form
    }

    enum Form: Hashable, Sendable {
        case json(currency: String, fields: Set<String>?)
        case page(PageForm)
    }

    /// What the words and links of the page depend on.
    struct PageForm: Hashable, Sendable {
        let slug: String
        let timeZone: String
        let currency: String
        let locale: AppLocale
        let mayImport: Bool
        let segments: [SegmentOption]
    }

    /// A list, and when a consent in it lapses.
    private struct Made<List: Sendable>: Sendable {
        let list: List
        let holdsUntil: Date?
    }

    private let bodies = LoadingCache<Key, Made<ByteBuffer>>(capacity: 128)
    private let pages = LoadingCache<Key, Made<CustomersPage>>(capacity: 128)

    /// The body of the API's answer.
    func body(
        _ key: Key, version: Int64, now: Date, make: () async throws -> (ByteBuffer, CustomerPageOfRows)
    ) async throws -> ByteBuffer {
        try await list(bodies, key, version, now, make)
    }

    /// The page, without its frame.
    func page(
        _ key: Key, version: Int64, now: Date, make: () async throws -> (CustomersPage, CustomerPageOfRows)
    ) async throws -> CustomersPage {
        try await list(pages, key, version, now, make)
    }

    private func list<List: Sendable>(
        _ memory: LoadingCache<Key, Made<List>>, _ key: Key, _ version: Int64, _ now: Date,
        _ make: () async throws -> (List, CustomerPageOfRows)
    ) async throws -> List {
        guard key.query.holdsWithItsData else { return try await make().0 }
        if let known = memory.known(key, version: version), let end = known.holdsUntil, end <= now {
            memory.invalidate(key)
        }
        let made = try await memory.value(for: key, version: version) {
            let (list, rows) = try await make()
            return Made(list: list, holdsUntil: rows.nextLapse(after: now))
        }
        return made.list
    }
}

extension CustomerQuery {
    /// True if the same data always give the same list: what a person types in is not kept, who consents changes with
    /// time, and who is in a segment with its run.
    fileprivate var holdsWithItsData: Bool { search == nil && consent == nil && segment == nil }
}

extension CustomerPageOfRows {
    /// When the first consent shown here comes to its end.
    fileprivate func nextLapse(after now: Date) -> Date? {
        rows.compactMap(\.consent.until).filter { $0 > now }.min()
    }
}
