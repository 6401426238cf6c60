import BSON
import Customers
import Foundation
import Mongo
import Tenancy
import Vault
import Web

extension Pipeline {
    /// People whom an earlier whole listing had and this one has not: they have taken their consent back.
    ///
    /// Call it when the listing is through, before the pages it replaces are let go. Returns how many there are.
    func withdrawAbsent(of stream: SyncStream) async throws -> Int {
        guard stream.absenceWithdraws else { return 0 }
        let run = Filter.eq("run_id", .string(store.source.importID))
        let earlier = try await kept(of: stream, .ne("run_id", .string(store.source.importID)))
        guard !earlier.isEmpty else { return 0 }
        let present = try await kept(of: stream, run)
        return try await withdraw(earlier, missingFrom: present, of: stream, at: store.clock.now())
    }

    /// Enters that whoever is in an earlier whole listing and not in the next one has taken his consent back.
    func withdraw(
        _ earlier: [JSONValue], missingFrom present: [JSONValue], of stream: SyncStream, at now: Date
    ) async throws -> Int {
        let ids = Set(present.compactMap { $0.at(stream.id)?.text })
        let gone = earlier.filter { record in record.at(stream.id)?.text.map { !ids.contains($0) } ?? false }
        guard !gone.isEmpty else { return 0 }
        let people = Set(try signals(present, of: stream, at: now).map(\.customerExternalID))
        let inputs = try signals(gone, of: stream, at: now)
            .filter { $0.state == .subscribed && !people.contains($0.customerExternalID) }
            .flatMap { signal in
                var signal = signal
                signal.state = .unsubscribed
                signal.at = now
                signal.evidence = "no longer listed: " + signal.evidence
                return ConsentMapping.inputs(signal, consent, platform: store.source.platform)
            }
        for portion in inputs.portions() {
            _ = try await store.people.write(WriteBatch(consents: Array(portion)))
        }
        return inputs.count
    }

    /// Records of pages that no later listing has replaced yet.
    private func kept(of stream: SyncStream, _ run: Filter) async throws -> [JSONValue] {
        let rows = TenantCollection<RawRecord>(store.scope, store.database)
        let pages = try await rows.find(
            .and([
                .eq("connection_id", .string(store.source.connectionID)), .eq("stream", .string(stream.name)),
                .eq("expires_at", .null), run,
            ]))
        return try pages.flatMap { try store.packing.unpack($0) }
    }

    private func signals(_ records: [JSONValue], of stream: SyncStream, at now: Date) throws -> [ConsentSignal] {
        try transform(records, of: stream, span: .all, fetchedAt: now).batch.consents
    }
}
