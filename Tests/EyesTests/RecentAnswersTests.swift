import Customers
import Foundation
import NIOCore
import Synchronization
import Tenancy
import Testing
import Web

@testable import Eyes

@Suite("Answers from memory")
struct RecentAnswersTests {
    /// Asks, and counts how often an answer had to be made.
    private final class Maker: Sendable {
        let memory = RecentAnswers()
        private let made = Mutex(0)
        var count: Int { made.withLock { $0 } }

        func ask(
            _ question: String = "q", by scope: TenantScope, run: String = "eyr_1", locale: AppLocale = .en,
            jobs: [String?] = [], version: Int64 = 1, now: Date = EyesHouse.now, _ badges: [CustomerBadge] = [],
            total: Int, line: SourceLocation = #_sourceLocation
        ) async throws {
            let key = RecentAnswers.Key(
                organizationID: scope.organizationID, runID: run, jobs: jobs, question: question,
                reader: .init(scope, locale))
            _ = try await memory.list(key, version: version, now: now) {
                made.withLock { $0 += 1 }
                return (ByteBuffer(), badges)
            }
            #expect(count == total, "so many were made", sourceLocation: line)
        }
    }

    @Test("an answer is made once, and anew for other data, another run, question, language, organization or job")
    func kept() async throws {
        try await EyesHouse.open { house in
            let maker = Maker()
            try await maker.ask(by: house.scope, total: 1)
            try await maker.ask(by: house.scope, total: 1)
            try await maker.ask(by: house.scope, locale: .es, total: 2)
            try await maker.ask(by: house.other, total: 3)
            try await maker.ask("other", by: house.scope, total: 4)
            try await maker.ask(by: house.scope, run: "eyr_2", total: 5)
            try await maker.ask(by: house.scope, jobs: ["job_1"], total: 6)
            try await maker.ask(by: house.scope, version: 2, total: 7)
            try await maker.ask(by: house.scope, version: 2, total: 7)
            maker.memory.forget(house.scope.organizationID, "eyr_1")
            try await maker.ask(by: house.scope, version: 2, total: 8)
            // Another run's answer stays.
            try await maker.ask(by: house.scope, run: "eyr_2", total: 8)
        }
    }

    @Test("two lists have two names, whatever somebody sends as a segment")
    func names() {
        let plain = ListQuery(filter: ChurnFilter(horizon: .days30, segmentID: "seg_1_0", rank: .top))
        let odd = ListQuery(filter: ChurnFilter(horizon: .days30, segmentID: "seg_1_0&rank=top"))
        #expect(plain.query != odd.query)
        #expect(odd.query.hasSuffix("&segment=seg_1_0%26rank%3Dtop"))
    }

    @Test("an answer ends with the first consent in it that lapses, though no data change")
    func lapse() async throws {
        try await EyesHouse.open { house in
            let soon = EyesHouse.now.addingTimeInterval(60)
            try await house.fill(20, days: 100) { EyesHouse.consent($0, expires: $0 == 3 ? soon : nil) }
            let ids = try await house.customerIDs(Array(0..<20)).sorted()
            let badges = try await CustomerStore(house.scope, house.database).badges(ids)
            let lapsing = badges.values.filter { $0.consent.until == soon }
            #expect(lapsing.count == 1)
            let maker = Maker()
            let all = Array(badges.values)
            try await maker.ask(by: house.scope, all, total: 1)
            try await maker.ask(by: house.scope, now: soon.addingTimeInterval(-1), all, total: 1)
            try await maker.ask(by: house.scope, now: soon, all, total: 2)
            try await maker.ask(by: house.scope, now: soon.addingTimeInterval(3_600), all, total: 2)
        }
    }
}
