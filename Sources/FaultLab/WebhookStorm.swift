import BSON
import Connectors
import Foundation
import Jobs
import Records
import Vault
import VendorServers
import Web

/// Deliveries of one platform, in order and once, then altered, repeated, late, early and in any order: both must come
/// to the same.
struct WebhookStorm: Sendable {
    typealias Opening =
        @Sendable (
            @escaping @Sendable (LabBench, LabCalendar) async throws -> LabSnapshot
        ) async throws -> LabSnapshot

    let platform: String
    let connector: any Connector

    private final class Findings: Sendable {
        let problems = Box<[String]>([])
        let seen = Box<[ConnectionStatus]>([])
        let seenAt = Box<[Date]>([])
    }

    func run(_ open: Opening) async throws -> FaultOutcome {
        let findings = Findings()
        let calm = try await open { bench, calendar in
            let stage = try await self.stage(bench, calendar)
            for delivery in stage.deliveries { _ = try await stage.deliver(delivery, findings.problems, 200) }
            await bench.worker().workOff()
            return try await LabSnapshot.take(bench.database)
        }
        let wild = try await open { bench, calendar in
            let stage = try await self.stage(bench, calendar)
            try await storm(stage, findings)
            return try await LabSnapshot.take(bench.database)
        }
        var outcome = FaultOutcome(platform: platform, fault: .webhookStorm)
        outcome.problems = findings.problems.value + wild.differences(from: calm)
        outcome.seen = findings.seen.value
        outcome.seenAt = findings.seenAt.value
        return outcome
    }

    /// Altered ones first, then all of them three times in another order, then late and early repetitions.
    private func storm(_ stage: Stage, _ findings: Findings) async throws {
        for delivery in stage.deliveries {
            var altered = delivery
            altered.body.append(0x20)
            _ = try await stage.deliver(altered, findings.problems, 401)
        }
        let refused = try await stage.jobs()
        if refused != 0 { findings.problems.add("altered deliveries made \(refused) jobs") }
        for round in 0..<3 {
            for delivery in stage.shuffled(round) { _ = try await stage.deliver(delivery, findings.problems, 200) }
            await stage.bench.worker().workOff()
        }
        let once = try await stage.jobs()
        if once > stage.deliveries.count {
            findings.problems.add("\(stage.deliveries.count) events made \(once) jobs")
        }
        for delivery in stage.deliveries {
            for seconds in [3600.0, -3600] { _ = try await stage.deliver(delivery, nil, nil, late: seconds) }
        }
        await stage.bench.worker().workOff()
        let after = try await stage.jobs()
        if after != once { findings.problems.add("late and early repetitions made \(after - once) jobs") }
        let status = try await stage.bench.status(stage.connection)
        findings.seen.add(status)
        findings.seenAt.add(stage.bench.time.now)
        // Whose deliveries bring the record itself is not read meanwhile.
        if ![.healthy, .late].contains(status.state) { findings.problems.add("shows \(status.state.rawValue)") }
    }

    /// A loaded connection, people at the vendor who changed twice, and the signed news of all that.
    private func stage(_ bench: LabBench, _ calendar: LabCalendar) async throws -> Stage {
        let connection = try await bench.connect()
        await bench.worker().workOff()
        let path = try await bench.service.webhookPath(bench.scope, connection.id)
        let url = "https://app.example" + path
        bench.time.set(calendar.change)
        var deliveries: [SignedDelivery] = []
        for country in ["FR", "PT"] {
            for customer in 1...4 {
                let time = bench.time.now
                bench.host.world.change { $0.change(customer: customer, at: time) { $0.country = country } }
                if let signed = bench.host.server.webhook(customer: customer, url: url) { deliveries.append(signed) }
            }
            bench.time.advance(by: 30)
        }
        let token = path.split(separator: "/").last.map(String.init) ?? ""
        return Stage(bench: bench, connection: connection, url: url, token: token, deliveries: deliveries)
    }

    struct Stage: Sendable {
        let bench: LabBench
        let connection: Connection
        let url: String
        let token: String
        let deliveries: [SignedDelivery]

        func deliver(
            _ signed: SignedDelivery, _ problems: Box<[String]>?, _ wanted: Int?, late: TimeInterval = 0
        ) async throws -> Int {
            let delivery = WebhookDelivery(
                method: "POST", url: url, headers: Pairs(signed.headers.map { ($0.name, $0.value) }),
                body: signed.body, receivedAt: bench.time.now.addingTimeInterval(late))
            let status = try await bench.service.receive(platform: bench.platform, token: token, delivery).status
            if let wanted, status != wanted { problems?.add("a delivery was answered \(status) instead of \(wanted)") }
            return status
        }

        func jobs() async throws -> Int { try await bench.count("jobs", ["kind": .string(WebhookJob.kind)]) }

        /// Another order in every round, the newest first in the first.
        func shuffled(_ round: Int) -> [SignedDelivery] {
            let turned = Array(deliveries.reversed())
            let start = (round * 3) % max(1, turned.count)
            return Array(turned[start...] + turned[..<start])
        }
    }
}
