import Customers
import Foundation
import Jobs
import Memory
import NIOCore
import Tenancy
import Web

/// Answers that were just made, each kept for as long as the run is shown and the data behind the people in it are the
/// newest (docs/decisions/0012-lists-from-memory.md).
///
/// Permissions are not remembered: routes check them before they ask here.
final class RecentAnswers: Sendable {
    /// Everything an answer is made from besides the data.
    struct Key: Hashable, Sendable {
        let organizationID: String
        let runID: String
        /// A run under way, and one that failed: both are told beside the published one.
        let jobs: [String?]
        /// What was asked for, from typed parts.
        let question: String
        let reader: Reader
    }

    /// What words, times and links depend on.
    struct Reader: Hashable, Sendable {
        let slug: String
        let timeZone: String
        let currency: String
        let locale: AppLocale

        init(_ scope: TenantScope, _ locale: AppLocale) {
            slug = scope.organization.slug
            timeZone = scope.organization.timeZone
            currency = scope.organization.currency
            self.locale = locale
        }
    }

    /// An answer, and when a consent in it lapses.
    private struct Made<Answer: Sendable>: Sendable {
        let answer: Answer
        let holdsUntil: Date?
    }

    /// Some two kilobytes each: the people whom a team looks at in a day, and a program that walks the list of those at risk.
    private let people = LoadingCache<Key, Made<ByteBuffer>>(capacity: 8_192)
    private let lists = LoadingCache<Key, Made<ByteBuffer>>(capacity: 128)
    private let pages = LoadingCache<Key, Made<EyesDetailPage>>(capacity: 64)
    private let parts = LoadingCache<Key, Made<SafeHTML>>(capacity: 64)
    private let scored = LoadingCache<Key, Made<ChurnPage>>(capacity: 32)

    /// The API's answer about one person.
    func person(
        _ key: Key, version: Int64, now: Date, make: () async throws -> (ByteBuffer, [CustomerBadge])
    ) async throws -> ByteBuffer {
        try await answer(people, key, version, now, make)
    }

    /// The API's answer with a page of a list.
    func list(
        _ key: Key, version: Int64, now: Date, make: () async throws -> (ByteBuffer, [CustomerBadge])
    ) async throws -> ByteBuffer {
        try await answer(lists, key, version, now, make)
    }

    /// A page without its frame.
    func page(
        _ key: Key, version: Int64, now: Date, make: () async throws -> (EyesDetailPage, [CustomerBadge])
    ) async throws -> EyesDetailPage {
        try await answer(pages, key, version, now, make)
    }

    /// A part of a page.
    func part(
        _ key: Key, version: Int64, now: Date, make: () async throws -> (SafeHTML, [CustomerBadge])
    ) async throws -> SafeHTML {
        try await answer(parts, key, version, now, make)
    }

    /// Some scored people of a list.
    func people(
        _ key: Key, version: Int64, now: Date, make: () async throws -> ChurnPage
    ) async throws -> ChurnPage {
        try await answer(scored, key, version, now) {
            let page = try await make()
            return (page, Array(page.badges.values))
        }
    }

    /// To be called when a segment got another name, or a run was written anew.
    func forget(_ organizationID: String, _ runID: String) {
        func drop<Answer>(_ memory: LoadingCache<Key, Made<Answer>>) {
            memory.invalidate { key, _ in key.organizationID == organizationID && key.runID == runID }
        }
        drop(people)
        drop(lists)
        drop(pages)
        drop(parts)
        drop(scored)
    }

    private func answer<Answer: Sendable>(
        _ memory: LoadingCache<Key, Made<Answer>>, _ key: Key, _ version: Int64, _ now: Date,
        _ make: () async throws -> (Answer, [CustomerBadge])
    ) async throws -> Answer {
        if let known = memory.known(key, version: version), let end = known.holdsUntil, end <= now {
            memory.invalidate(key)
        }
        let made = try await memory.value(for: key, version: version) {
            let (answer, badges) = try await make()
            let lapses = badges.compactMap(\.consent.until).filter { $0 > now }
            return Made(answer: answer, holdsUntil: lapses.min())
        }
        return made.answer
    }
}

extension EyesService {
    /// Moves with every change of the organization's customers, orders and consents.
    func dataVersion(_ scope: TenantScope) async throws -> Int64 {
        try await CustomerFigures(scope, database).dataState().version
    }
}

extension EyesOverview {
    /// The name of an answer about a run while this is what stands around it.
    func key(
        _ question: String, of run: StoredRun, _ scope: TenantScope, _ locale: AppLocale
    ) -> RecentAnswers.Key {
        RecentAnswers.Key(
            organizationID: scope.organizationID, runID: run.id,
            jobs: [published?.run.id, running?.id, failed?.id], question: question,
            reader: RecentAnswers.Reader(scope, locale))
    }
}
