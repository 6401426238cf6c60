import BSON
import Crypto
import Customers
import Foundation
import Jobs
import Mongo
import Synchronization
import Tenancy
import Testing
import Vault
import Web

@testable import Eyes

@Suite("Feeds and webhooks", .serialized)
struct FeedTests {
    // MARK: Feeds

    @Test("a consumer refuses a feed without gate, an old one, another shape and an unusable run")
    func refusals() throws {
        let now = EyesHouse.now
        func feed(
            _ name: IntegrationFeed.Name = .oracle, version: Int = IntegrationFeed.version, gate: IntegrationFeed.Gate?
        ) -> IntegrationFeed {
            IntegrationFeed(name: name, version: version, runID: "eyr_1", gate: gate, rows: [.init(id: "seg_1")])
        }
        func gate(_ churn: String = "accepted", clustering: String = "accepted", days: Double = 1)
            -> IntegrationFeed.Gate
        {
            .init(clustering: clustering, churn: ["d90": churn], at: now.addingTimeInterval(-days * 86_400))
        }
        #expect(throws: IntegrationFeed.Refusal.noGate) { try feed(gate: nil).usable(at: now) }
        #expect(throws: IntegrationFeed.Refusal.tooOld) { try feed(gate: gate(days: 7.1)).usable(at: now) }
        #expect(throws: IntegrationFeed.Refusal.otherVersion) { try feed(version: 2, gate: gate()).usable(at: now) }
        #expect(throws: IntegrationFeed.Refusal.notUsable) {
            try feed(.curiosity, gate: gate("rejected")).usable(at: now)
        }
        #expect(try feed(gate: gate(days: 6.9)).usable(at: now).count == 1)
        #expect(try feed(.curiosity, gate: gate("provisional")).usable(at: now).count == 1)
    }

    @Test("feeds say what the run says; without a run there is no gate and no row")
    func feeds() async throws {
        try await EyesHouse.open { house in
            for name in IntegrationFeed.Name.allCases {
                let empty = FeedBuilder(published: nil).feed(name)
                #expect(empty.gate == nil && empty.rows.isEmpty)
            }
            try await house.fill(700)
            let run = try await house.run()
            let published = try #require(try await house.service.published(house.scope))
            let builder = FeedBuilder(published: published)
            let groups = published.segments.filter { $0.kind != .unclustered }
            let oracle = builder.feed(.oracle)
            #expect(oracle.gate?.at == run.createdAt)
            #expect(oracle.rows.map(\.id) == groups.map(\.id))
            let risky = run.result.horizons.filter { $0.state == .accepted || $0.state == .provisional }
            for (row, segment) in zip(oracle.rows, groups) {
                #expect(row.figures["size"] == Double(segment.size))
                for report in run.result.horizons {
                    let speaks = risky.contains { $0.horizon == report.horizon }
                    let risk = segment.churnRisk.first { $0.horizon == report.horizon }?.riskScore
                    #expect(row.figures["churn_\(report.horizon.key)"] == (speaks ? risk : nil))
                }
            }
            if !risky.isEmpty {
                let weights = builder.feed(.curiosity).rows.compactMap { $0.figures["budget_weight"] }
                #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
            }
            let members = try await house.service.store(house.scope).members(runID: run.id, after: nil, limit: 20)
            #expect(builder.feed(.memory, members: members).rows.map(\.id) == members.map(\.customerID))
            #expect(builder.feed(.memory).rows.isEmpty)
        }
    }

    // MARK: Signature

    @Test("the signature is the one of the Standard Webhooks specification")
    func signature() throws {
        // The specification's own example.
        let secret = try #require(Data(base64Encoded: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let header = WebhookSignature.header(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: "{\"test\": 2432232314}",
            secrets: [Array(secret)])
        #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(
            WebhookSignature.header(id: "a", timestamp: 1, body: "", secrets: [[1], [2]]).split(separator: " ").count
                == 2)
    }

    // MARK: Delivery

    /// Plays the receiver.
    private final class Receiver: Sendable {
        private let state = Mutex<(replies: [WebhookReply], seen: [WebhookMessage])>(([], []))

        var seen: [WebhookMessage] { state.withLock { $0.seen } }

        func answers(_ replies: WebhookReply...) { state.withLock { $0.replies = replies } }

        var sender: WebhookSender {
            WebhookSender(
                allows: { !$0.contains("internal") },
                send: { [self] message in
                    state.withLock { state in
                        state.seen.append(message)
                        return state.replies.count > 1
                            ? state.replies.removeFirst() : state.replies.first ?? .status(200)
                    }
                })
        }
    }

    private static func webhooks(_ house: EyesHouse, _ receiver: Receiver) throws -> EyesWebhooks {
        EyesWebhooks(
            database: house.database, queue: house.queue,
            sealer: Sealer(try KeyRing([(id: "test", key: [UInt8](repeating: 7, count: 32))])),
            sender: receiver.sender, audit: house.audit, clock: house.clock)
    }

    private static let wish = EyesWebhooks.Wish(url: "https://hooks.example.com/in", events: ["eyes.published"])

    @Test("a message is signed, sent once for one thing, and tried again with the waits of the plan")
    func retries() async throws {
        try await EyesHouse.open { house in
            let receiver = Receiver()
            let webhooks = try Self.webhooks(house, receiver)
            let made = try await webhooks.create(house.scope, Self.wish, requestID: nil)
            #expect(made.secret.hasPrefix("whsec_"))
            for _ in 0..<2 {
                try await webhooks.emit(house.scope, .eyesPublished, about: "eyr_1") { $0.field("run_id", "eyr_1") }
            }
            try await webhooks.emit(house.scope, .gateChanged, about: "eyr_1") { _ in }
            try await webhooks.emit(house.other, .eyesPublished, about: "eyr_2") { _ in }
            let queued = try await webhooks.deliveries(house.scope).find()
            #expect(queued.count == 1, "one message for one event, and none that nobody asked for")
            let id = try #require(queued.first?.id)
            receiver.answers(.status(500), .status(302), .unreachable("timeout"), .status(204))
            for attempt in 1...4 {
                try await webhooks.deliver(house.scope, id)
                let now = try #require(try await webhooks.deliveries(house.scope).get(id: id))
                #expect(now.attempts == attempt)
                #expect(now.state == (attempt == 4 ? .delivered : .queued))
            }
            try await webhooks.deliver(house.scope, id)
            #expect(receiver.seen.count == 4, "what arrived is not sent again")
            let jobs = try await house.queue.list(
                partition: house.scope.organizationID, kind: WebhookOutJob.kind)
            let waits = jobs.map { $0.runAt.timeIntervalSince(EyesHouse.now).rounded() }.sorted()
            #expect(waits == [0, 5, 60, 300])

            let message = try #require(receiver.seen.first)
            func header(_ name: String) -> String { message.headers.first { $0.name == name }?.value ?? "" }
            let secret = try #require(Data(base64Encoded: String(made.secret.dropFirst(6))))
            let signed = Data("\(header("webhook-id")).\(header("webhook-timestamp")).\(message.body)".utf8)
            let code = Data(HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret)))
            #expect(header("webhook-signature") == "v1," + code.base64EncodedString())
            #expect(message.body.contains("\"type\":\"eyes.published\""))
        }
    }

    @Test("private receivers, removed and long silent endpoints end it; a rotation signs twice")
    func ends() async throws {
        try await EyesHouse.open { house in
            let receiver = Receiver()
            let webhooks = try Self.webhooks(house, receiver)
            for url in [
                "http://hooks.example.com", "https://user:x@example.com", "https://internal.example.com", "ftp://a.b",
            ] {
                await #expect(throws: WebhookProblem.self, "\(url)") {
                    _ = try await webhooks.create(
                        house.scope, .init(url: url, events: ["eyes.published"]), requestID: nil)
                }
            }
            await #expect(throws: WebhookProblem(field: "events", code: "unknown")) {
                _ = try await webhooks.create(
                    house.scope, .init(url: "https://hooks.example.com", events: ["nothing.known"]), requestID: nil)
            }
            let made = try await webhooks.create(house.scope, Self.wish, requestID: nil)
            let stored = try await house.database.collection("webhook_endpoints").find([:])
            let plain = Array(try #require(Data(base64Encoded: String(made.secret.dropFirst(6)))))
            #expect(stored.allSatisfy { !$0.bytes.contains(plain) }, "the secret is stored sealed")

            receiver.answers(.privateAddress)
            let test = try await webhooks.test(house.scope, made.endpoint.id)
            try await webhooks.deliver(house.scope, test.id)
            let dead = try await webhooks.deliveries(house.scope).get(id: test.id)
            #expect(dead?.state == .dead && dead?.lastError == "private_address")

            _ = try await webhooks.rotate(house.scope, made.endpoint.id, requestID: nil)
            receiver.answers(.status(500))
            let again = try await webhooks.resend(house.scope, test.id)
            try await webhooks.deliver(house.scope, again.id)
            let signatures = receiver.seen.last?.headers.first { $0.name == "webhook-signature" }?.value
            #expect(signatures?.split(separator: " ").count == 2)

            house.time.advance(by: 5 * 86_400 + 1)
            try await webhooks.deliver(house.scope, again.id)
            let endpoint = try await webhooks.endpoints(house.scope).get(id: made.endpoint.id)
            #expect(endpoint?.enabled == false, "five days of silence switch it off")
            #expect(try await webhooks.deliveries(house.scope).get(id: again.id)?.state == .dead)
            #expect(try await webhooks.endpoints(house.other).get(id: made.endpoint.id) == nil)
        }
    }

    @Test("a job carries a message; a worker that dies loses none")
    func job() async throws {
        try await EyesHouse.open { house in
            let receiver = Receiver()
            let webhooks = try Self.webhooks(house, receiver)
            let made = try await webhooks.create(house.scope, Self.wish, requestID: nil)
            let sent = try await webhooks.test(house.scope, made.endpoint.id)
            try await house.work([WebhookOutJob(webhooks, memberships: house.memberships)]) {
                try await webhooks.deliveries(house.scope).get(id: sent.id)?.state == .delivered
            }
            #expect(receiver.seen.count == 1)
        }
    }

    @Test("a published run is told once, with the states of its gates and nobody's data")
    func published() async throws {
        try await EyesHouse.open { house in
            let receiver = Receiver()
            let webhooks = try Self.webhooks(house, receiver)
            _ = try await webhooks.create(house.scope, Self.wish, requestID: nil)
            try await house.fill(300)
            let run = try await house.run()
            let aftermath = EyesAftermath(campaigns: EyesCampaigns(service: house.service), webhooks: webhooks)
            try await house.finishInsights(aftermath.callAsFunction)
            try await aftermath(house.scope, run.id)
            let told = try await webhooks.deliveries(house.scope).find()
            #expect(told.count == 1)
            #expect(told.first?.body.contains(run.id) == true)
            #expect(told.first?.body.contains("cus_") == false)
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard part.count <= count else { return false }
        return (0...(count - part.count)).contains { self[$0..<($0 + part.count)].elementsEqual(part) }
    }
}
