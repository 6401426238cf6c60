import BSON
import Connectors
import Crypto
import Customers
import FaultLab
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Testing
import Vault
import VendorServers
import Web

/// Nothing happens at a platform that nobody approved, that is not what was approved, or that happened already.
@Suite("Approvals")
struct ApprovalTests {
    private func open(_ body: @escaping @Sendable (ActionLab<MetaAdsServer>) async throws -> Void) async throws {
        try await ActionLab.open(MetaAdsConnector(), MetaAdsServer.self, body)
    }

    private let pause = ActionCommand.status("campaign", "23000", "paused")

    @Test("a value that changed between approval and execution stops it")
    func changed() async throws {
        try await open { lab in
            let approval = try await lab.approved(.money(.setBudget, "23000", 5500))
            lab.lab.server.book.edit("23000", "daily_budget", "4800")
            let writes = lab.lab.server.book.writes
            let ended = try await lab.executed(approval)
            #expect(ended.state == .failed)
            #expect(ended.outcome?.code == "plan_changed")
            #expect(lab.lab.server.book.writes == writes)
            #expect(lab.lab.server.book.value("23000", "daily_budget") == "4800")
        }
    }

    @Test("another hash, a rejected, an old and a decided proposal are refused with a sentence")
    func refusals() async throws {
        try await open { lab in
            let service = lab.service
            let one = try await service.propose(lab.ana, lab.connection.id, pause)
            await #expect(throws: ActionError.refused(.planChanged)) {
                try await service.approve(lab.bea, one.id, planHash: "sha256:0000")
            }
            _ = try await service.reject(lab.bea, one.id, comment: "Not now.")
            await #expect(throws: ActionError.refused(.rejected)) { try await service.execute(lab.ana, one.id) }
            await #expect(throws: ActionError.refused(.rejected)) {
                try await service.approve(lab.bea, one.id, planHash: one.planHash)
            }
            let two = try await lab.approved(pause)
            lab.lab.time.advance(by: 73 * 3600)
            await #expect(throws: ActionError.refused(.expired)) { try await service.execute(lab.ana, two.id) }
            let three = try await service.propose(lab.ana, lab.connection.id, pause)
            lab.lab.time.advance(by: 73 * 3600)
            await #expect(throws: ActionError.refused(.expired)) {
                try await service.approve(lab.bea, three.id, planHash: three.planHash)
            }
            #expect(lab.lab.server.book.writes == 0)
            #expect(ActionRefusal.allCases.allSatisfy { $0.sentence.hasSuffix(".") })
        }
    }

    @Test("what does much harm needs somebody else's eyes")
    func fourEyes() async throws {
        try await open { lab in
            let service = lab.service
            let large = try await service.propose(lab.ana, lab.connection.id, .money(.setBudget, "23000", 7000))
            #expect(large.criticality == .high)
            await #expect(throws: ActionError.refused(.anotherPerson)) {
                try await service.approve(lab.ana, large.id, planHash: large.planHash)
            }
            let small = try await service.propose(lab.ana, lab.connection.id, .money(.setBudget, "23000", 5500))
            #expect(small.criticality == .medium)
            _ = try await service.approve(lab.ana, small.id, planHash: small.planHash)
        }
    }

    @Test("of many executions of one approval one takes effect")
    func concurrency() async throws {
        try await open { lab in
            let approval = try await lab.approved(pause)
            let started = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<100 {
                    group.addTask { (try? await lab.service.execute(lab.bea, approval.id)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(started >= 1)
            await lab.lab.bench.worker().workOff()
            #expect(lab.received(approval.requests, [:]) == [1])
            #expect(lab.lab.server.book.writes == 1)
            #expect(try await lab.lab.count("jobs", ["kind": "platforms.action"]) == 1)
        }
    }

    @Test("a line that breaks after the call took effect leads to no second one")
    func readBack() async throws {
        try await open { lab in
            let approval = try await lab.approved(pause)
            // The look, then the change: done, and its answer lost.
            lab.lab.host.inject(Fault(.cut, on: "/23000", after: 1))
            let ended = try await lab.executed(approval)
            #expect(ended.state == .executed)
            #expect(ended.outcome?.isVerified == true)
            #expect(lab.received(approval.requests, [:]) == [1])
        }
    }

    @Test("a call that did not arrive is made again, because the old value still stands")
    func sendAgain() async throws {
        try await open { lab in
            let approval = try await lab.approved(pause)
            lab.lab.host.inject(Fault(.error(503), on: "/23000", after: 1))
            let ended = try await lab.executed(approval)
            #expect(ended.state == .executed)
            #expect(lab.received(approval.requests, [:]) == [2])
            #expect(lab.lab.server.book.writes == 1)
        }
    }

    @Test("what cannot be looked at and must not happen twice is not sent twice")
    func unknown() async throws {
        try await ActionLab.open(GoHighLevelConnector(), GoHighLevelServer.self) { lab in
            let ids = try await lab.people([3], id: { "contact\($0)" })
            let approval = try await lab.approved(.list(.startWorkflow, "wf1", ids))
            lab.lab.host.inject(Fault(.cut, on: "/workflow/"))
            let ended = try await lab.executed(approval)
            #expect(ended.state == .failed)
            #expect(ended.outcome?.code == "unknown")
            #expect(lab.received(approval.requests, [:]) == [1])
        }
    }

    @Test("a key that the vendor knows keeps a repeated call from a second effect")
    func idempotency() async throws {
        try await ActionLab.open(StripeConnector(), StripeServer.self) { lab in
            let command = ActionCommand.of(.createDiscount) { ($0.code, $0.percent) = ("WINTER15", 15) }
            let approval = try await lab.approved(command)
            lab.lab.host.inject(Fault(.cut, on: "/v1/coupons"))
            let ended = try await lab.executed(approval)
            #expect(ended.state == .executed)
            #expect(lab.lab.server.book.members(of: "stripe_coupons") == ["coupon1"])
            #expect(lab.lab.server.book.members(of: "codes") == ["WINTER15"])
        }
    }

    @Test("only those who agreed are part of an audience, and who takes it back voids the approval")
    func consent() async throws {
        try await open { lab in
            let yes = try await lab.people([3, 5], id: { "shop\($0)" })
            let no = try await lab.people([6, 7], id: { "shop\($0)" }, consents: false)
            let command = ActionCommand.list(.uploadAudience, "9900", yes + no)
            let dry = try await lab.service.dryRun(lab.ana, lab.connection.id, command)
            #expect(
                dry.people
                    == Approval.People(asked: 4, included: 2, withoutConsent: 2, unknown: 0, purpose: "ad_audiences"))
            let hash = Hex.encode(SHA256.hash(data: Array(lab.lab.world.company.customer(3).email.utf8)))
            #expect(dry.requests[0].body?.contains(hash) == true)
            let approval = try await lab.approved(command)
            try await lab.withdraw("shop3", .adAudiences)
            let ended = try await lab.executed(approval)
            #expect(ended.outcome?.code == "plan_changed")
            #expect(lab.lab.server.book.members(of: "audience/9900").isEmpty)
            await #expect(throws: ActionError.refused(.nobody)) {
                try await lab.service.propose(lab.ana, lab.connection.id, .list(.uploadAudience, "9900", no))
            }
        }
    }

    @Test("a vendor's refusal ends the attempt with its words")
    func refusedByVendor() async throws {
        try await ActionLab.open(HubSpotConnector(), HubSpotServer.self) { lab in
            let ids = try await lab.people([3], id: { String($0) })
            let approval = try await lab.approved(.list(.addToList, HubSpotServer.dynamicList, ids))
            let ended = try await lab.executed(approval)
            #expect(ended.state == .failed)
            #expect(ended.outcome?.code == "vendor")
            #expect(ended.outcome?.detail?.contains("SNAPSHOT") == true)
        }
    }

    @Test("those without the right are refused, and each act stands in the audit log")
    func rightsAndLog() async throws {
        try await open { lab in
            let user = ID.make("usr")
            try await lab.service.memberships.add(
                userID: user, userName: "Vic", role: .member, to: lab.ana.organizationID)
            let vic = try #require(
                try await lab.service.memberships.scope(userID: user, organizationID: lab.ana.organizationID))
            let proposed = try await lab.service.propose(vic, lab.connection.id, pause)
            await #expect(throws: TenancyError.forbidden(.actionApprove)) {
                try await lab.service.approve(vic, proposed.id, planHash: proposed.planHash)
            }
            await #expect(throws: TenancyError.forbidden(.actionExecute)) {
                try await lab.service.execute(vic, proposed.id)
            }
            _ = try await lab.service.approve(lab.bea, proposed.id, planHash: proposed.planHash)
            _ = try await lab.executed(proposed)
            let acts = try await lab.lab.rows("audit_log").compactMap { $0["action"]?.stringValue }
            for act in ["action.proposed", "action.approved", "action.execution_started", "action.executed"] {
                #expect(acts.contains(act), "\(act)")
            }
        }
    }

    @Test("ids that would become part of an address are refused")
    func odd() async throws {
        try await open { lab in
            for id in ["23000/users", "../me", "{version}", "23000?fields=x", ""] {
                await #expect(throws: ActionError.self) {
                    try await lab.service.dryRun(lab.ana, lab.connection.id, .status("campaign", id, "paused"))
                }
            }
            await #expect(throws: ActionError.refused(.nothingToChange)) {
                try await lab.service.propose(lab.ana, lab.connection.id, .status("campaign", "23000", "active"))
            }
        }
    }
}
