import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

extension ConnectionsService {
    /// Reads what is new now, due or not.
    @discardableResult
    public func syncNow(
        _ scope: TenantScope, _ id: String, streams: [String]? = nil, requestID: String = ""
    ) async throws -> Job {
        try scope.requireWritable()
        let connection = try await get(scope, id)
        guard connection.status == "connected", connection.pausedAt == nil else { throw ConnectionError.unsupported }
        _ = try await connections(scope).update(.id(id), [.unset("cause_remedy"), .unset("limited_until")])
        _ = try await states(scope).update(
            .eq("connection_id", .string(id)), [.set("is_held", false)], multi: true)
        try await gates.ease(id)
        try await note(scope, connection, "connection.sync_requested", requestID: requestID, .sync)
        return try await enqueue(
            scope, connection, SyncJob.Parameters(connectionID: id, streams: streams, isForced: true))
    }

    public func pause(_ scope: TenantScope, _ id: String, requestID: String = "") async throws {
        let connection = try await get(scope, id)
        _ = try await connections(scope).update(.id(id), [.set("paused_at", .date(clock.now()))])
        if let job = connection.syncJobID { _ = try await queue.cancel(job, partition: scope.organizationID) }
        try await settle(scope, connection)
        try await note(scope, connection, "connection.paused", requestID: requestID)
    }

    public func resume(_ scope: TenantScope, _ id: String, requestID: String = "") async throws {
        let connection = try await get(scope, id)
        let late = try await states(scope).find(.eq("connection_id", .string(id))).filter(\.isOn).map(\.every).min()
        var update: Update = [.unset("paused_at"), .unset("sync_job_id")]
        if let late { update.append(.set("late_at", .date(clock.now().addingTimeInterval(1.5 * late)))) }
        _ = try await connections(scope).update(.id(id), update)
        try await gates.ease(id)
        try await note(scope, connection, "connection.resumed", requestID: requestID)
        try await enqueue(
            scope, try await get(scope, id), SyncJob.Parameters(connectionID: id, streams: nil, isForced: false))
    }

    /// What a yes at the platform allows here. Takes effect on stored rows by replaying what was kept.
    public func setConsentPolicy(
        _ scope: TenantScope, _ id: String, _ policy: ConsentPolicy, requestID: String = ""
    ) async throws -> Job {
        let connection = try await get(scope, id)
        let known = Set(Purpose.consentable.map(\.rawValue))
        guard policy.days > 0, policy.days <= 3650, policy.purposes.values.allSatisfy({ known.isSuperset(of: $0) })
        else { throw ConnectionError.invalidField("purposes") }
        _ = try await connections(scope).update(
            .id(id), [.set("consent", .document(try BSONEncoder().encode(policy)))])
        try await note(scope, connection, "connection.consent_policy_changed", requestID: requestID)
        return try await rebuild(scope, id, requestID: requestID)
    }

    /// Makes the canonical rows again from what was kept, without the vendor.
    @discardableResult
    public func rebuild(_ scope: TenantScope, _ id: String, requestID: String = "") async throws -> Job {
        try scope.requireWritable()
        let connection = try await get(scope, id)
        try await note(scope, connection, "connection.rebuild_requested", requestID: requestID, .sync)
        let job = try await queue.enqueue(
            RebuildJob.self, partition: scope.organizationID, parameters: .init(connectionID: id),
            startedBy: nil)
        _ = try await connections(scope).update(.id(id), Self.queued(job))
        return job
    }

    /// Ends a connection: withdraws our access where the vendor can, forgets the credentials, keeps or erases the data.
    public func disconnect(
        _ scope: TenantScope, _ id: String, erasesData: Bool, requestID: String = ""
    ) async throws {
        try scope.requireWritable()
        let connection = try await get(scope, id)
        if let job = connection.syncJobID { _ = try await queue.cancel(job, partition: scope.organizationID) }
        let ending = await endWebhooks(scope, connection)
        await revoke(scope, connection)
        try await settle(scope, connection)
        try await secrets.remove(scope, id)
        try await secrets.removeWebhookKeys(scope, id)
        gates.forget(id)
        let mine = Filter.eq("connection_id", .string(id))
        for state in try await states(scope).find(mine) {
            try await heartbeats.forget(heartbeat(id, state.stream), partition: scope.organizationID)
        }
        if erasesData {
            try await erase(scope, connection)
            _ = try await states(scope).delete(mine, multi: true)
            _ = try await runs(scope).delete(mine, multi: true)
            _ = try await TenantCollection<RawRecord>(scope, database).delete(mine, multi: true)
            _ = try await TenantCollection<WebhookEventRow>(scope, database).delete(mine, multi: true)
            _ = try await TenantCollection<QuarantinedRow>(scope, database).delete(mine, multi: true)
            _ = try await connections(scope).delete(.id(id))
        } else {
            _ = try await connections(scope).update(
                .id(id),
                [
                    .set("status", "disabled"), .set("cause_code", "disconnected"),
                    .set("cause_since", .date(clock.now())), .unset("next_sync_at"), .unset("sync_job_id"),
                    .unset("late_at"),
                ])
            // A vendor that asks whether we meant it finds somebody who says yes.
            if ending == nil {
                _ = try await connections(scope).update(.id(id), [.unset("webhook_hash"), .unset("webhooks")])
            }
        }
        try await note(scope, connection, "connection.disconnected", requestID: requestID)
    }

    /// Best effort: what the vendor does not hear now, it shows in its own list of apps. One sign-in may open several
    /// accounts, and vendors withdraw it as a whole: so it goes with the last of them.
    private func revoke(_ scope: TenantScope, _ connection: Connection) async {
        let hasSiblings = (try? await hasSiblings(scope, connection)) ?? true
        guard let connector = try? connector(connection.platform), connector.accountField == nil || !hasSiblings,
            let credentials = try? await secrets.read(scope, connection.id),
            let request = connector.revocation(credentials, settings(connector)),
            let calls = try? calls(scope, connection, for: connector)
        else { return }
        _ = try? await calls.send(request)
    }

    private func hasSiblings(_ scope: TenantScope, _ connection: Connection) async throws -> Bool {
        try await connections(scope).first(
            .and([
                .eq("platform", .string(connection.platform)), .eq("method", .string(connection.method ?? "")),
                .eq("status", "connected"), .ne("_id", .string(connection.id)),
            ])) != nil
    }

    func erase(_ scope: TenantScope, _ connection: Connection) async throws {
        let source = WriteSource(
            connectionID: connection.id, platform: connection.platform, label: connection.label, importID: "erase")
        let people = CustomerWriter(scope, database, source: source, keys: keys, clock: clock)
        let rows = RecordWriter(scope, database, source: source, stream: "", clock: clock) { people.customerID($0) }
        _ = try await rows.removeAll(EventInput.self)
        _ = try await rows.removeAll(MetricDayInput.self)
        _ = try await rows.removeAll(CampaignInput.self)
        _ = try await rows.removeAll(AdGroupInput.self)
        _ = try await rows.removeAll(CreativeInput.self)
        _ = try await rows.removeAll(ProductInput.self)
        _ = try await rows.removeAll(PaymentInput.self)
        _ = try await rows.removeAll(BillingSubscriptionInput.self)
        _ = try await rows.removeAll(DealInput.self)
        _ = try await rows.removeAll(MetricMinuteInput.self)
        _ = try await rows.removeAll(UsageInput.self)
        try await people.removeAll()
    }
}
