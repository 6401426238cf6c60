import BSON
import Customers
import Foundation
import Jobs
import Logging
import Records
import Tenancy
import Vault
import Waiting
import Web

@testable import Eyes

extension EyesHouse {
    static var root: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }

    func speech(_ locale: AppLocale = .en) throws -> EyesSpeech {
        EyesSpeech(
            try Localizer(locale, catalogue: Catalogue.load(directory: Self.root + "/Locales")), currency: "USD")
    }

    /// The page of each segment of a published run.
    func segmentPages(_ published: PublishedRun, _ speech: EyesSpeech) async throws -> [EyesDetailPage] {
        var pages: [EyesDetailPage] = []
        for segment in published.segments {
            let page = try await MemberPage.load(service, scope, published, segment, fromPlace: 0, limit: 20)
            pages.append(
                SegmentPageBuilder(
                    published: published, segment: segment, speech: speech, paths: EyesPaths(slug: "shop"),
                    members: page.rows, badges: page.badges, from: 0, next: nil, now: Self.now
                ).page)
        }
        return pages
    }

    /// The card's page of each horizon that has one.
    static func modelPages(_ run: StoredRun, _ published: PublishedRun, _ speech: EyesSpeech) -> [EyesDetailPage] {
        run.result.horizons.compactMap { report in
            report.card.map { card in
                ModelPageBuilder(
                    run: run, segments: published.segments, report: report, card: card, speech: speech,
                    paths: EyesPaths(slug: "shop")
                ).page
            }
        }
    }

    /// An event: whose, its type, days ago, channel, made by a machine.
    typealias SomeEvent = (customer: Int, type: String, daysAgo: Int, channel: String?, machine: Bool)

    func write(events: [SomeEvent]) async throws {
        let source = WriteSource(
            connectionID: "con_test", platform: "csv", label: "File", importID: "imp_test")
        let ids = DerivedID("cus", scope.organizationID, source.connectionID)
        let writer = RecordWriter(
            scope, database, source: source, stream: "events", clock: clock, personID: { ids($0) })
        _ = try await writer.write(
            events.enumerated().map { number, event in
                EventInput(
                    externalID: "e\(number)", type: event.type,
                    at: EyesHouse.now.addingTimeInterval(-Double(event.daysAgo) * 86_400),
                    customerExternalID: Shop.name(event.customer), channel: event.channel, machine: event.machine)
            })
    }

    /// Works until what follows the runs is done.
    func finishInsights(_ afterwards: (@Sendable (TenantScope, String) async throws -> Void)? = nil) async throws {
        let handler =
            afterwards.map {
                InsightsJob(database: database, memberships: memberships, clock: clock, afterwards: $0)
            } ?? InsightsJob(database: database, memberships: memberships, clock: clock)
        let (queue, organizationID) = (queue, scope.organizationID)
        try await work([handler]) {
            let jobs = try await queue.list(partition: organizationID, kind: InsightsJob.kind)
            if let failed = jobs.first(where: { $0.state == .failed }) {
                throw HouseError("insights failed: \(failed.error ?? "") \(failed.errorDetail ?? "")")
            }
            return jobs.allSatisfy(\.state.isFinal)
        }
    }

    /// Runs a worker with these handlers until a condition holds.
    func work(
        _ handlers: [any JobHandler], until condition: @escaping @Sendable () async throws -> Bool
    ) async throws {
        var configuration = JobRunnerConfiguration()
        configuration.concurrency = 1
        configuration.pollInterval = .milliseconds(50)
        let runner = JobRunner(
            database: database, handlers: handlers, clock: clock, configuration: configuration,
            logger: Logger(label: "test"))
        let worker = Task { try await runner.run() }
        defer { worker.cancel() }
        guard try await eventually(within: .seconds(240), condition) else {
            throw HouseError("nothing happened in time")
        }
    }
}

extension EyesHouse {
    private var source: WriteSource {
        WriteSource(connectionID: "con_test", platform: "csv", label: "File", importID: "imp_test")
    }

    /// Stored ids of customers of the generated shop.
    func customerIDs(_ customers: [Int]) async throws -> Set<String> {
        let ids = DerivedID("cus", scope.organizationID, source.connectionID)
        return Set(customers.map { ids(Shop.name($0)) })
    }

    /// An order of ten units each at noon of a day.
    func order(_ customers: [Int], onDay day: Int) async throws {
        let writer = CustomerWriter(scope, database, source: source, keys: try Self.keys(), clock: clock)
        _ = try await writer.write(
            WriteBatch(
                orders: customers.map {
                    OrderInput(
                        externalID: "more-\($0)-\(day)", customerExternalID: Shop.name($0),
                        placedAt: Date(timeIntervalSince1970: Double(day) * 86_400 + 43_200), amountMinor: 1_000,
                        currency: "USD")
                }))
        _ = try await writer.finish()
    }

    static func keys() throws -> PersonKeys {
        PersonKeys(
            tokenizer: Tokenizer(key: [UInt8](repeating: 9, count: 32)),
            sealer: Sealer(try KeyRing([(id: "test", key: [UInt8](repeating: 7, count: 32))])))
    }
}

extension EyesHouse {
    /// Which customer of the generated shop has this stored id.
    func number(of customerID: String) async throws -> Int? {
        let ids = DerivedID("cus", scope.organizationID, source.connectionID)
        return (0..<2_000).first { ids(Shop.name($0)) == customerID }
    }
}
