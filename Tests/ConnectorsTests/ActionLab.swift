import BSON
import Connectors
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

/// Somebody who proposes, somebody else who approves, and people to do it to.
struct ActionLab<Server: VendorServer>: Sendable {
    let lab: Lab<Server>
    let connection: Connection
    /// The owner, who proposes.
    let ana: TenantScope
    /// A manager, who approves.
    let bea: TenantScope

    var service: ConnectionsService { lab.service }

    static func open(
        _ connector: any Connector, _ server: Server.Type, byOAuth: Bool = false,
        overrides: [String: String] = [:], _ body: @escaping @Sendable (ActionLab) async throws -> Void
    ) async throws {
        let company = SeededCompany(size: .init(customers: 40, orders: 10, products: 6, days: 10))
        try await Lab.open(connector, server, company: company, overrides: overrides) { lab in
            let connection = byOAuth ? try await lab.connectByOAuth() : try await lab.connect()
            let user = ID.make("usr")
            let memberships = lab.service.memberships
            try await memberships.add(
                userID: user, userName: "Bea", role: .manager, to: lab.scope.organizationID)
            let bea = try #require(
                try await memberships.scope(userID: user, organizationID: lab.scope.organizationID))
            try await body(ActionLab(lab: lab, connection: connection, ana: lab.scope, bea: bea))
        }
    }

    // MARK: People

    /// Writes people of the company as this connection knows them, with consent to everything or to nothing.
    /// Returns our ids, in the order of the numbers.
    func people(
        _ numbers: [Int], id: (Int) -> String, consents: Bool = true, at connectionID: String? = nil
    ) async throws -> [String] {
        let names = numbers.map(id)
        var batch = WriteBatch()
        for (number, name) in zip(numbers, names) {
            let person = lab.world.company.customer(number)
            batch.customers.append(
                CustomerInput(externalID: name, email: " " + person.email.uppercased(), firstName: person.firstName))
            guard consents else { continue }
            for purpose in [Purpose.emailMarketing, .adAudiences, .personalization] {
                batch.consents.append(
                    ConsentInput(
                        customerExternalID: name, purpose: purpose, collectedAt: person.emailConsentAt, expiresAt: nil,
                        source: "platform"))
            }
        }
        let source = WriteSource(
            connectionID: connectionID ?? connection.id, platform: connection.platform, label: connection.label,
            importID: "run")
        let writer = CustomerWriter(ana, lab.database, source: source, keys: service.keys, clock: service.clock)
        _ = try await writer.write(batch)
        try await writer.finish()
        var ids: [String] = []
        for name in names {
            let row = try await lab.rows("customers", ["external_id": .string(name)]).first
            ids.append(try #require(row?["_id"]?.stringValue))
        }
        return ids
    }

    /// Somebody takes everything back.
    func withdraw(_ name: String, _ purpose: Purpose) async throws {
        let source = WriteSource(
            connectionID: connection.id, platform: connection.platform, label: connection.label, importID: "run2")
        let writer = CustomerWriter(ana, lab.database, source: source, keys: service.keys, clock: service.clock)
        _ = try await writer.write(
            WriteBatch(consents: [
                ConsentInput(
                    customerExternalID: name, purpose: purpose, state: .withdrawn, collectedAt: lab.time.now,
                    expiresAt: nil, source: "platform")
            ]))
        try await writer.finish()
    }

    // MARK: Acts

    /// Proposed by Ana, approved by Bea; not executed.
    func approved(_ command: ActionCommand) async throws -> Approval {
        let proposed = try await service.propose(ana, connection.id, command)
        return try await service.approve(bea, proposed.id, planHash: proposed.planHash)
    }

    /// Starts it and works until it has ended, also over tries that are put off.
    func executed(_ approval: Approval) async throws -> Approval {
        let started = try await service.execute(bea, approval.id)
        let id = try #require(started.jobID)
        for _ in 0..<12 {
            await lab.bench.worker().workOff()
            let job = try await service.queue.get(id, partition: ana.organizationID)
            if job?.state.isFinal ?? true { break }
            lab.time.advance(by: 700)
        }
        return try await service.approval(ana, approval.id)
    }

    /// Walks the whole way, and compares what the vendor received with what the dry run showed, byte for byte.
    @discardableResult
    func carriesOut(_ command: ActionCommand, verified: Bool? = true) async throws -> Approval {
        let dry = try await service.dryRun(ana, connection.id, command)
        let again = try await service.dryRun(ana, connection.id, dry.command)
        #expect(again.planHash == dry.planHash, "the same plan has the same hash")
        #expect(received(dry.requests, Approval.placeless).allSatisfy { $0 == 0 }, "a dry run sends nothing")
        let proposed = try await service.propose(ana, connection.id, dry.command)
        #expect(proposed.planHash == dry.planHash)
        await #expect(throws: ActionError.refused(.notApproved)) { try await service.execute(ana, proposed.id) }
        #expect(received(dry.requests, Approval.placeless).allSatisfy { $0 == 0 }, "nothing leaves unapproved")
        let approved = try await service.approve(bea, proposed.id, planHash: proposed.planHash)
        let done = try await executed(approved)
        #expect(done.state == .executed, "\(String(describing: done.outcome))")
        #expect(done.outcome?.isVerified == verified)
        var filled = ["approval": done.id]
        for step in done.steps { filled.merge(step.taken) { $1 } }
        #expect(received(dry.requests, filled).allSatisfy { $0 == 1 }, "each request arrives once, as shown")
        await #expect(throws: ActionError.refused(.alreadyExecuted)) { try await service.execute(ana, done.id) }
        return done
    }

    /// How often each of these requests has arrived.
    func received(_ requests: [ExactRequest], _ filled: [String: String]) -> [Int] {
        let calls = lab.host.received
        return requests.map { request in
            calls.count { Self.isSame($0, request, filled) }
        }
    }

    private static func isSame(_ call: VendorCall, _ request: ExactRequest, _ filled: [String: String]) -> Bool {
        func fill(_ text: String) -> String {
            filled.reduce(text) { text, place in
                let name = "{\(place.key)}"
                return text.replacing(name, with: place.value)
                    .replacing(PercentCoding.encode(name), with: PercentCoding.encode(place.value))
            }
        }
        // Proofs and tokens are the only difference.
        func plain(_ url: String) -> Substring { url.split(separator: "appsecret_proof=").first ?? "" }
        let url = call.base + call.path + (call.rawQuery.isEmpty ? "" : "?" + call.rawQuery)
        guard call.method == request.method, plain(url) == plain(fill(request.url)),
            String(decoding: call.body, as: UTF8.self) == fill(request.body ?? "")
        else { return false }
        return request.headers.allSatisfy { header in
            let value = fill(header.value)
            let given = call.header(header.name) ?? ""
            guard value.hasSuffix(ExactRequest.mask) else { return given == value }
            return given.hasPrefix(value.dropLast(ExactRequest.mask.count))
        }
    }
}

extension Approval {
    static let placeless: [String: String] = [:]
}

extension ActionCommand {
    /// With some fields set, for tests.
    static func of(_ type: ActionKind, _ change: (inout ActionCommand) -> Void) -> ActionCommand {
        var command = ActionCommand(type)
        change(&command)
        return command
    }

    static func status(_ entity: String, _ id: String, _ status: String) -> ActionCommand {
        .of(.setStatus) { ($0.entity, $0.id, $0.status) = (entity, id, status) }
    }

    static func money(_ type: ActionKind, _ id: String, _ minor: Int64) -> ActionCommand {
        .of(type) { ($0.id, $0.amountMinor) = (id, minor) }
    }

    static func list(_ type: ActionKind, _ list: String, _ customers: [String]) -> ActionCommand {
        .of(type) { ($0.listID, $0.customers) = (list, customers) }
    }
}
