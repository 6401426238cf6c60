import BSON
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault
import Web

/// One try at an approved action.
struct ActionExecution: Sendable {
    let service: ConnectionsService
    let scope: TenantScope
    let approval: Approval
    let context: JobContext

    /// Ends by throwing an ``ActionEnd``, or a fault that is none of the vendor's.
    func run() async throws {
        try await context.progress(stage: "checking")
        let connection = try await service.usable(scope, approval.connectionID)
        let prepared = try await service.prepare(scope, connection, approval.command)
        try check(prepared)
        let calls = try service.calls(scope, connection, for: try service.connector(connection.platform))
        try await context.progress(stage: "sending")
        var steps = approval.steps
        var taken = ["approval": approval.id]
        for index in prepared.plan.steps.indices {
            if steps[index].state == .sent, try await hasArrived(prepared.plan) { steps[index].state = .done }
            if steps[index].state == .sent, !maySendAgain(prepared, index) {
                throw ActionEnd.failed("unknown", nil)
            }
            if steps[index].state != .done {
                steps[index] = try await send(prepared.plan.steps[index], index, filling: taken, calls)
            }
            taken.merge(steps[index].taken) { $1 }
        }
        service.gates.forget(connection.id)
        try await context.progress(stage: "verifying")
        throw ActionEnd.done(isVerified: try await verify(prepared.plan, calls.client))
    }

    /// The plan is made anew and has to be the one that was approved. Once something was sent, the vendor may show
    /// either the old value or the new one; the requests must still be the same.
    private func check(_ prepared: PreparedAction) throws {
        guard prepared.requests.count == approval.steps.count else { throw ActionEnd.failed("plan_changed", nil) }
        let hasBegun = approval.steps.contains { $0.state != .waiting }
        let hash = hasBegun ? prepared.hash(before: approval.beforeJSON) : prepared.hash
        guard hash == approval.planHash else { throw ActionEnd.failed("plan_changed", nil) }
    }

    /// Of a request that was sent and not answered: whether the vendor shows its effect. The plan was just made, so
    /// `before` is what it shows now.
    private func hasArrived(_ plan: ActionPlan) async throws -> Bool {
        plan.read != nil && plan.before == plan.after
    }

    /// A request that may have arrived goes out again only where that has no second effect: the vendor knows it by a
    /// key, doing it twice is doing it once, or the vendor still shows the value of before.
    private func maySendAgain(_ prepared: PreparedAction, _ index: Int) -> Bool {
        let request = prepared.plan.steps[index].request
        if request.headers.items.contains(where: { $0.value == ActionStep.key(index) }) { return true }
        if prepared.plan.isRepeatable { return true }
        return prepared.plan.read != nil && prepared.plan.steps.count == 1
            && prepared.plan.before == approval.beforeJSON
    }

    private func send(
        _ step: ActionStep, _ index: Int, filling taken: [String: String], _ calls: VendorCalls
    ) async throws -> Approval.Step {
        try await context.confirmLease()
        try await keep(Approval.Step(state: .sent, taken: [:], at: service.clock.now()), index)
        let reply: VendorResponse
        do {
            reply = try await calls.send(step.request.filling(taken))
        } catch let fault as VendorFault where fault.neverArrived {
            try await keep(.waiting, index)
            throw fault
        }
        var values: [String: String] = [:]
        for (name, path) in step.takes {
            guard let value = reply.json.at(path)?.text else {
                throw VendorFault.schema(field: path, message: "The reply does not name what the next call needs.")
            }
            values[name] = value
        }
        let done = Approval.Step(state: .done, taken: values, at: service.clock.now())
        try await keep(done, index)
        return done
    }

    private func keep(_ step: Approval.Step, _ index: Int) async throws {
        let changed = try await service.approvals(scope).update(
            .and([.id(approval.id), .eq("state", "executing")]),
            [.set("steps.\(index)", .document(try BSONEncoder().encode(step)))])
        guard changed.matched == 1 else { throw JobLeaseLost() }
    }

    /// Looks a few times: vendors answer before they have written everywhere.
    private func verify(_ plan: ActionPlan, _ client: VendorClient) async throws -> Bool? {
        guard let read = plan.read else { return nil }
        for attempt in 0..<4 {
            if attempt > 0 { try await service.pause(Double(attempt)) }
            // What was done stays done, whether it can be looked at or not.
            if let present = try? await read(client), present == plan.after { return true }
        }
        return false
    }

    // MARK: Ends

    func end(of fault: VendorFault) -> ActionEnd {
        switch fault {
        case .retry(let reason): .later("unknown", reason)
        case .leftAlone(let reason, _): .later("unreachable", reason)
        case .unfinished: .later("unknown", nil)
        case .rateLimited(_, let policy): .later("unreachable", policy)
        case .authExpired: .failed("vendor", nil)
        case .actionRequired(_, let message), .permanent(_, let message): .failed("vendor", message)
        case .schema(let field, let message): .failed("unknown", "\(field): \(message)")
        }
    }

    static func end(of error: ConnectionError) -> ActionEnd {
        switch error {
        case .unreachable(let reason): .later("unreachable", reason)
        case .refused(_, let message): .failed("vendor", message)
        default: .failed("connection", nil)
        }
    }
}

extension VendorFault {
    /// Whether the vendor certainly did nothing: it turned the call away, or the call never left.
    var neverArrived: Bool {
        switch self {
        case .leftAlone, .rateLimited, .authExpired, .actionRequired, .permanent: true
        case .retry, .unfinished, .schema: false
        }
    }
}
