import Connectors
import Foundation
import Mongo
import Vault
import VendorServers

/// Every platform under every fault. After each nothing is lost, nothing is doubled, and the state told the truth.
public actor FaultLab {
    public static let platforms = Connectors.all.map(\.platform)

    private let databases: ScratchDatabases
    private var truths: [String: Task<LabTruth, any Error>] = [:]

    public init(_ databases: ScratchDatabases) { self.databases = databases }

    /// Small enough for many runs, large enough for lists of several pages.
    static let company = SeededCompany(
        size: .init(customers: 110, orders: 130, products: 24, campaigns: 4, events: 150, days: 14))

    /// Smaller pages than a vendor would give, so that every list has some.
    static let pages: [String: [String: String]] = [
        "bigcommerce": ["page_size": "50"], "klaviyo": ["profile_page": "40", "event_page": "100"],
        "linkedin_ads": ["page_size": "3"], "meta_ads": ["page_size": "3", "insights_page_size": "40"],
        "square": ["orders_page": "50"], "tiktok_ads": ["page_size": "3"],
    ]

    /// Whether a fault says anything about a platform.
    public static func applies(_ fault: LabFault, to platform: String) -> Bool {
        guard let (connector, server) = find(platform), let method = connector.methods.first else { return false }
        if fault == .webhookStorm {
            let probe = server.init(VendorWorld(company, clock: .fixed(company.now)))
            return connector.webhooks != nil && probe.webhook(customer: 0, url: "") != nil
        }
        if fault == .changesMeanwhile, looksBackBriefly(connector) { return false }
        return fault.applies(to: method)
    }

    /// Sales are read by days, and days that are older than the company's are not read again: a change of such a sale
    /// is out of sight by the platform's rules.
    private static func looksBackBriefly(_ connector: any Connector) -> Bool {
        connector.streams.contains { stream in
            guard case .days(let restated, _, _, _) = stream.span else { return false }
            return ["orders", "payments"].contains(stream.name) && restated < company.size.days
        }
    }

    /// Runs one platform under one fault.
    public func run(_ platform: String, _ fault: LabFault) async throws -> FaultOutcome {
        let (connector, method) = try Self.known(platform)
        if fault == .webhookStorm {
            return try await WebhookStorm(platform: platform, connector: connector).run { body in
                try await self.open(platform, .webhookStorm, body)
            }
        }
        let truth = try await truth(platform, hasEarlyChange: fault == .changesMeanwhile)
        return try await open(platform, fault) { bench, calendar in
            try await FaultRun(bench: bench, fault: fault, truth: truth, calendar: calendar, method: method).run()
        }
    }

    /// Runs one platform's first load and later sync while processes that do the work are ended from outside.
    /// - Parameters:
    ///   - kills: how many at most
    ///   - round: draws other moments than the same platform's other rounds
    public func kill(
        _ platform: String, kills: Int, seed: UInt64, round: Int, launch: @escaping LabLaunch
    ) async throws -> KillOutcome {
        let (_, method) = try Self.known(platform)
        let truth = try await truth(platform, hasEarlyChange: false)
        let strikes = ProcessKills(kills, seed: seed, stream: UInt64(round), launch: launch)
        let outcome = try await open(platform, .workerKilled) { bench, calendar in
            try await FaultRun(
                bench: bench, fault: .workerKilled, truth: truth, calendar: calendar, method: method, kills: strikes
            ).run()
        }
        let places = strikes.places
        return KillOutcome(platform: platform, kills: places.count, places: places, problems: outcome.problems)
    }

    // MARK: The truth

    /// What a platform comes to when nothing goes wrong; made once.
    /// - Parameter hasEarlyChange: something changes before the first load, too
    private func truth(_ platform: String, hasEarlyChange: Bool) async throws -> LabTruth {
        let key = "\(platform) \(hasEarlyChange)"
        if let known = truths[key] { return try await known.value }
        let task = Task { try await self.calm(platform, hasEarlyChange: hasEarlyChange) }
        truths[key] = task
        return try await task.value
    }

    private func calm(_ platform: String, hasEarlyChange: Bool) async throws -> LabTruth {
        let (_, method) = try Self.known(platform)
        return try await open(platform, .rebuilt) { bench, calendar in
            var truth = LabTruth()
            let connection = try await bench.connect(method: method.id)
            if hasEarlyChange { bench.host.world.touch(row: 0, at: calendar.start) }
            let connecting = bench.host.calls()
            truth.paces[.first] = try await Self.timed(bench) { try await bench.workDue() }
            let loaded = bench.host.calls()
            truth.calls[.first] = loaded - connecting
            bench.time.set(calendar.change)
            bench.host.world.touch(row: 1, at: calendar.change)
            truth.paces[.later] = try await Self.timed(bench) { try await bench.workDue() }
            truth.calls[.later] = bench.host.calls() - loaded
            bench.time.set(calendar.end)
            try await bench.workDue()
            let status = try await bench.status(connection)
            guard status.state == .healthy else {
                throw FaultLabError.unwell(platform, "\(status.state.rawValue) \(status.detail ?? "")")
            }
            truth.snapshot = try await LabSnapshot.take(bench.database)
            return truth
        }
    }

    private static func timed(_ bench: LabBench, _ body: () async throws -> Void) async throws -> LabPace {
        let start = ContinuousClock.now
        let moments = Box<[TimeInterval]>([])
        let hook = Fault.Kind.hook { moments.add((ContinuousClock.now - start) / .seconds(1)) }
        bench.host.inject([Fault(hook, times: 1_000_000)])
        try await body()
        bench.host.heal()
        return LabPace(calls: moments.value.sorted(), length: (ContinuousClock.now - start) / .seconds(1))
    }

    // MARK: Opening

    private func open<Result: Sendable>(
        _ platform: String, _ fault: LabFault,
        _ body: @escaping @Sendable (LabBench, LabCalendar) async throws -> Result
    ) async throws -> Result {
        guard let (connector, server) = Self.find(platform) else { throw FaultLabError.unknown(platform) }
        let calendar = LabCalendar(Self.company)
        let time = ManualTime(calendar.start)
        let world = VendorWorld(
            Self.company, clock: WallClock(now: { time.now.addingTimeInterval(fault.skew) }))
        return try await VendorHost(server.init(world), world).whileRunning { host in
            try await self.databases.lend { database in
                let bench = try await LabBench.open(
                    connector, host: host, time: time, database: database, overrides: Self.pages[platform] ?? [:])
                return try await body(bench, calendar)
            }
        }
    }

    private static func find(_ platform: String) -> (any Connector, any VendorServer.Type)? {
        guard let connector = Connectors.all.first(where: { $0.platform == platform }),
            let server = VendorServers.all.first(where: { $0.platform == platform })
        else { return nil }
        return (connector, server)
    }

    private static func known(_ platform: String) throws -> (any Connector, AuthMethod) {
        guard let (connector, _) = find(platform), let method = connector.methods.first else {
            throw FaultLabError.unknown(platform)
        }
        return (connector, method)
    }
}

public enum FaultLabError: Error, Sendable, CustomStringConvertible {
    case unknown(String)
    /// Without any fault something is wrong already.
    case unwell(String, String)

    public var description: String {
        switch self {
        case .unknown(let platform): "There is no platform \(platform)."
        case .unwell(let platform, let words): "\(platform) does not work even without a fault: \(words)"
        }
    }
}
