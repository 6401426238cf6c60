import Customers
import Foundation
import Records
import Tenancy
import Vault
import Web

/// A command worked out against the vendor and the customers of this moment. Nothing has been changed.
struct PreparedAction: Sendable {
    let command: ActionCommand
    let connection: Connection
    let plan: ActionPlan
    /// Without credentials.
    let requests: [ExactRequest]
    let method: AuthMethod
    let people: Approval.People?
    /// Clear addresses that stand in the requests.
    let emails: [String]

    var hash: String { hash(before: plan.before) }

    /// The plan's hash if the vendor still showed this.
    func hash(before: JSONValue) -> String {
        ExactRequest.hash(
            requests, before: before, connection: connection.id, account: connection.accountID ?? "")
    }

    /// As shown to people and kept: where credentials go, and addresses only for those who may see them.
    func shown(clearly: Bool) -> [ExactRequest] {
        requests.map { request in
            let shown = request.showingCredentials(of: method)
            return clearly ? shown : shown.masking(emails)
        }
    }

    var criticality: Criticality { Criticality(command, plan.amounts) }
}

extension Criticality {
    /// Changes of money by more than this need a second person.
    static let mostChange = 0.2

    init(_ command: ActionCommand, _ amounts: ActionPlan.Amounts?) {
        switch command.type {
        case .erase: self = .critical
        case .uploadAudience, .createDiscount, .generateCoupons, .cancelSubscription: self = .high
        case .addToList where command.everybody == true: self = .high
        case .setBudget, .setBid:
            let share = amounts.map { $0.share ?? 1 } ?? 1
            self = share > Self.mostChange ? .high : .medium
        case .removeFromList, .removeFromAudience, .suppress: self = .low
        case .setConsent: self = command.status == "unsubscribed" ? .low : .medium
        case .setStatus, .addToList, .startWorkflow, .addToCampaign, .upsertContact, .setText, .setOpportunity:
            self = .medium
        }
    }
}

extension ConnectionsService {
    /// Works a command out: who is part of it, what the vendor shows now, and the exact requests. Reads only.
    func prepare(_ scope: TenantScope, _ connection: Connection, _ command: ActionCommand) async throws
        -> PreparedAction
    {
        let connector = try connector(connection.platform)
        guard connector.actions.contains(command.type) else { throw ActionError.unsupported }
        guard let method = connector.method(connection.method ?? "") else { throw ActionError.refused(.connection) }
        let cast = try await cast(scope, connection, command)
        let calls = try calls(scope, connection, for: connector)
        guard var plan = try await reading({ try await connector.plan(for: cast.action, calls.client) }) else {
            throw ActionError.unsupported
        }
        plan.isRepeatable = cast.action.isRepeatable
        var names = plan.steps.flatMap(\.takes.keys)
        names.append("approval")
        let places = Dictionary(names.map { ($0, "{\($0)}") }) { first, _ in first }
        let builder = RequestBuilder(
            connector: connector, settings: settings(connector),
            fields: calls.client.actionFields.merging(places) { $1 }, account: calls.account)
        let requests = try plan.steps.map {
            ExactRequest(try builder.unsigned($0.request))
        }
        return PreparedAction(
            command: command, connection: connection, plan: plan, requests: requests, method: method,
            people: cast.people, emails: cast.emails)
    }

    /// What a vendor's failure means to somebody who waits for an answer.
    private func reading<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let fault as VendorFault {
            switch fault {
            case .retry(let reason), .leftAlone(let reason, _): throw ConnectionError.unreachable(reason)
            case .rateLimited(_, let policy): throw ConnectionError.unreachable(policy)
            case .unfinished: throw ConnectionError.unreachable("unfinished")
            case .authExpired: throw ConnectionError.refused(.reconnect, message: "")
            case .actionRequired(let remedy, let message): throw ConnectionError.refused(remedy, message: message)
            case .permanent(_, let message): throw ConnectionError.refused(.fixAtVendor, message: message)
            case .schema(let field, let message):
                throw ConnectionError.refused(.reportToUs, message: "\(field): \(message)")
            }
        }
    }
}

extension ConnectionsService {
    /// A command with the people it names found.
    struct Cast: Sendable {
        var action: PlatformAction
        var people: Approval.People?
        var emails: [String] = []
    }

    private func cast(_ scope: TenantScope, _ connection: Connection, _ command: ActionCommand) async throws -> Cast {
        guard command.type.isAboutPeople else {
            return Cast(action: try ActionCasting(command, connection).plain())
        }
        let now = clock.now()
        let store = CustomerStore(scope, database)
        let purpose = command.neededPurpose
        let found: AddressedPeople
        if let purpose {
            found = try await store.addressed(
                command.everybody == true ? nil : command.customers ?? [], for: purpose, at: connection.id, keys: keys,
                now: now)
        } else {
            found = try await store.addressedToWithdraw(command.customers ?? [], at: connection.id, keys: keys)
        }
        let casting = try ActionCasting(command, connection)
        let usable = found.people.filter { casting.canTake($0) }
        let asked = command.everybody == true ? found.counts.loaded : Set(command.customers ?? []).count
        let consented = found.people.count
        let people = Approval.People(
            asked: asked, included: usable.count,
            withoutConsent: purpose == nil ? 0 : found.counts.loaded - found.counts.used,
            unknown: max(0, asked - (purpose == nil ? consented : found.counts.loaded)) + consented - usable.count,
            purpose: purpose?.rawValue)
        guard !usable.isEmpty else { throw ActionError.refused(.nobody) }
        guard usable.count <= ActionCommand.mostPeople else { throw ActionError.invalid("customers") }
        let stated = usable.first.flatMap { found.statedAt[$0.customerID] } ?? command.at ?? now
        return Cast(
            action: try casting.action(usable, statedAt: stated), people: people,
            emails: casting.showsAddresses ? usable.compactMap(\.email) : [])
    }
}

extension ActionCommand {
    /// What people must have agreed to. Passing on a yes needs that yes; a no needs nothing.
    var neededPurpose: Purpose? {
        guard type == .setConsent else { return type.purpose }
        guard status == "subscribed" else { return nil }
        return channel == "sms" ? .smsMarketing : .emailMarketing
    }
}
