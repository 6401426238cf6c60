import Customers
import Foundation
import Vault
import Web

/// Calls of one connection: breaker, limiter, cache, fetch, in this order, with retries and fresh tokens.
struct VendorCalls: Sendable {
    /// The longest wait for a limit inside a sync; beyond it the connection shows a countdown.
    static let longestWait: TimeInterval = 30
    static let attempts = 3
    /// How long something that is being made is looked at inside a sync, and the longest pause between two looks.
    static let longestLook: TimeInterval = 60
    static let longestPause: TimeInterval = 15

    let connector: any Connector
    let connectionID: String
    let settings: PlatformSettings
    let fields: [String: String]
    let account: VendorAccount
    let method: AuthMethod
    let keeper: any CredentialSource
    let gates: Gates
    let transport: VendorTransport
    let statistics: CallStatistics?
    let pause: Pause

    var clock: WallClock { transport.clock }

    var client: VendorClient {
        VendorClient(fields: fields, account: account, settings: settings) { try await send($0) }
    }

    func send(_ request: VendorRequest) async throws -> VendorResponse {
        let key = "\(connectionID)/\(request.endpoint)"
        guard let seconds = request.cacheSeconds else { return try await attempting(request, key) }
        return try await gates.reply("\(connectionID)/\(request)", seconds: seconds) {
            try await attempting(request, key)
        }
    }

    private func attempting(_ request: VendorRequest, _ key: String) async throws -> VendorResponse {
        var attempt = 1
        var hasRefreshed = false
        var credentials = try await keeper.current()
        var latest: String?
        var looked = Looks()
        while true {
            do {
                return try await once(request, key, credentials)
            } catch VendorFault.authExpired where !hasRefreshed {
                hasRefreshed = true
                credentials = try await keeper.refresh(after: credentials)
            } catch VendorFault.authExpired {
                throw VendorFault.actionRequired(.reconnect, message: "The platform refuses our sign-in.")
            } catch VendorFault.rateLimited(let wait, let policy) {
                let isUsedUp = policy == VendorFault.dailyQuota && attempt == Self.attempts
                let wait = wait ?? (isUsedUp ? untilDayEnds(request.endpoint) : pow(2, Double(attempt - 1)))
                let limit = budget(request.endpoint)
                try await gates.block(bucketKey(limit), limit, for: wait)
                guard attempt < Self.attempts, wait <= Self.longestWait else {
                    throw VendorFault.rateLimited(wait: wait, policy: policy)
                }
                attempt += 1
                try await pause(wait)
            } catch VendorFault.retry(let reason) where request.method == .get || request.endpoint != "write" {
                guard attempt < Self.attempts else { throw VendorFault.retry(reason) }
                latest = reason
                try await pause(jittered(min(60, pow(2, Double(attempt - 1)))))
                attempt += 1
            } catch VendorFault.unfinished {
                guard let wait = looked.next() else { throw VendorFault.unfinished }
                try await pause(wait)
            } catch VendorFault.leftAlone(let cause, let until) {
                throw VendorFault.leftAlone(because: latest ?? cause, until: until)
            }
        }
    }

    /// The pauses between looks: 1, 2, 4, 8, 15, 15 … seconds.
    private struct Looks {
        private var wait: TimeInterval = 1
        private var sum: TimeInterval = 0

        /// Nil when it has taken so long that the worker has better things to do.
        mutating func next() -> TimeInterval? {
            let pause = min(wait, VendorCalls.longestPause)
            guard sum + pause <= VendorCalls.longestLook else { return nil }
            sum += pause
            wait *= 2
            return pause
        }
    }

    private func untilDayEnds(_ endpoint: String) -> TimeInterval {
        DayCalendar(budget(endpoint).dayZone).endOfDay(clock.now()).timeIntervalSince(clock.now())
    }

    /// Breaker → limiter → fetch, once.
    private func once(_ request: VendorRequest, _ key: String, _ credentials: Credentials) async throws
        -> VendorResponse
    {
        try await gates.breaker(key, settings.breaker)
        do {
            try await limit(request.endpoint)
        } catch {
            try await gates.abandon(key)
            throw error
        }
        let builder = RequestBuilder(connector: connector, settings: settings, fields: fields, account: account)
        let message = try builder.message(request, credentials, method: method, clocks: transport.clocks)
        let start = ContinuousClock.now
        var fault: VendorFault?
        var response: VendorResponse?
        do {
            if leadsWhereCustomersSay || request.isFile && !settings.allowsPrivateHosts {
                try await HostResolution.shared.requirePublic(message.url)
            }
            let reply = try await transport.send(message, timeout: settings.breaker.timeout)
            response = reply
            fault =
                request.isFile
                ? Self.fileFault(reply) : connector.fault(in: reply) ?? HiddenFault.find(in: reply, of: request)
            if let allowance = connector.allowance(in: reply) {
                let budget = budget(request.endpoint)
                try await gates.note(bucketKey(budget), budget, allowance)
            }
        } catch let error as VendorFault {
            fault = error
        }
        let failure = fault.flatMap { $0.countsAsFailure ? FaultWords($0).code : nil }
        try await gates.note(key, failure: failure, settings.breaker)
        // Who says that something is still being made has answered well.
        let misses = fault == .unfinished ? nil : fault
        try await statistics?.note(connectionID, request.endpoint, misses, since: start)
        if let fault { throw fault }
        guard let response else { throw VendorFault.retry("line") }
        return response
    }

    /// Of a file only what passes by itself is a fault; that it is gone is for the connector to see.
    private static func fileFault(_ reply: VendorResponse) -> VendorFault? {
        switch reply.status {
        case 400..<500 where ![408, 425, 429].contains(reply.status): nil
        default: .standard(reply)
        }
    }

    /// The host is one that the customer entered, and the operator has not opened private networks.
    private var leadsWhereCustomersSay: Bool {
        !settings.allowsPrivateHosts && method.fields.contains { $0.kind == .host || $0.kind == .url }
    }

    private func limit(_ endpoint: String) async throws {
        let budget = budget(endpoint)
        let key = bucketKey(budget)
        for _ in 0..<100 {
            guard let wait = try await gates.take(key, budget) else { return }
            guard wait <= Self.longestWait else { throw VendorFault.rateLimited(wait: wait, policy: "own budget") }
            try await pause(wait)
        }
        throw VendorFault.rateLimited(wait: Self.longestWait, policy: "own budget")
    }

    private func budget(_ endpoint: String) -> RateBudget {
        settings.budgets.first { $0.endpoint == endpoint } ?? settings.budgets.first { $0.endpoint == "*" }
            ?? RateBudget(calls: 10, per: 1)
    }

    private func bucketKey(_ budget: RateBudget) -> String {
        (budget.isShared ? connector.platform : connectionID) + "/" + budget.endpoint
    }

    private func jittered(_ seconds: TimeInterval) -> TimeInterval {
        seconds * (1 + 0.1 * Double(RandomToken.randomBytes(1).first ?? 0) / 255)
    }
}

/// Where calls get their credentials from.
protocol CredentialSource: Sendable {
    func current() async throws -> Credentials
    func refresh(after old: Credentials) async throws -> Credentials
}

extension TokenKeeper: CredentialSource {}

/// Credentials that were just given and are not stored yet.
struct GivenCredentials: CredentialSource {
    let credentials: Credentials

    func current() async throws -> Credentials { credentials }

    func refresh(after old: Credentials) async throws -> Credentials {
        throw VendorFault.actionRequired(.reconnect, message: "The platform does not accept this key.")
    }
}
