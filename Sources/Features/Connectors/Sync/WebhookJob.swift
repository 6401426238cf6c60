import Audit
import BSON
import Customers
import Foundation
import Jobs
import Records
import Tenancy
import Vault
import Web

/// Does what an event of a vendor asks for.
public struct WebhookJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        var connectionID: String
        var eventID: String
        var kind: String
        var streams: [String]?
        /// A record that came along or a person's id, sealed: nothing personal stands in a job.
        var sealed: String?

        init(_ connectionID: String, _ eventID: String, _ meaning: WebhookEvent.Meaning, _ packing: RawPacking) throws {
            self.connectionID = connectionID
            self.eventID = eventID
            func seal(_ json: JSONValue) throws -> String {
                Hex.encode(try packing.sealer.seal(json.bytes, context: packing.context + [eventID]).bytes)
            }
            switch meaning {
            case .changed(let names): (kind, streams) = ("changed", names)
            case .record(let stream, let json): (kind, streams, sealed) = ("record", [stream], try seal(json))
            case .deleted(let deletion):
                (kind, sealed) = (
                    "deleted",
                    try seal(["kind": .string(deletion.kind.rawValue), "id": .string(deletion.externalID)])
                )
            case .revoked: kind = "revoked"
            case .privacy(let what, let subject):
                (kind, sealed) = ("privacy", try seal(["kind": .string(what), "subject": .string(subject)]))
            case .ignored: kind = "ignored"
            }
        }

        func open(_ packing: RawPacking) throws -> JSONValue {
            let bytes = Hex.decode(sealed ?? "") ?? []
            let plain = try packing.sealer.open(SealedBox(bytes: bytes), context: packing.context + [eventID])
            return try JSONParser.parse(plain, maximumDepth: 100, allowsDatabaseNames: true)
        }
    }

    public static let kind = "platforms.webhook"
    public static let stages = ["working"]

    let service: ConnectionsService

    public init(_ service: ConnectionsService) { self.service = service }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard let (scope, connection) = try await service.subject(of: context, parameters.connectionID) else {
            return
        }
        switch parameters.kind {
        case "changed":
            try await service.enqueue(
                scope, connection,
                SyncJob.Parameters(connectionID: connection.id, streams: parameters.streams, isForced: true))
        case "record", "deleted": try await store(parameters, scope, connection, context)
        case "revoked":
            try await service.markRevoked(scope, connection)
            try await ask(.accessEnded, about: "", parameters, scope, connection)
        case "privacy":
            let what = try parameters.open(try service.packing(scope, connection.id))
            let kinds: [String: DataRequest.Kind] = [
                "data_request": .access, "redact": .erasure, "shop_redact": .shopErasure,
            ]
            guard let kind = kinds[what["kind"]?.text ?? ""] else { break }
            try await ask(kind, about: what["subject"]?.text ?? "", parameters, scope, connection)
        default: break
        }
        _ = try await TenantCollection<WebhookEventRow>(scope, service.database).update(
            .id(parameters.eventID), [.set("status", "done")])
    }

    /// Opens a request that a person has to see to, and tells who wants to know.
    private func ask(
        _ kind: DataRequest.Kind, about subject: String, _ parameters: Parameters, _ scope: TenantScope,
        _ connection: Connection
    ) async throws {
        let event = try await TenantCollection<WebhookEventRow>(scope, service.database).get(id: parameters.eventID)
        try await DataRequests(service).open(
            scope, connection, kind: kind, subject: subject, eventID: parameters.eventID,
            vendorEventID: event?.vendorEventID)
        try await service.hooks.privacyRequest(scope, connection.id, kind.rawValue, subject)
    }

    private func store(
        _ parameters: Parameters, _ scope: TenantScope, _ connection: Connection, _ context: JobContext
    ) async throws {
        let connector = try service.connector(connection.platform)
        let sync = ConnectionSync(service: service, scope: scope, connection: connection, context: context)
        let json = try parameters.open(try service.packing(scope, connection.id))
        guard let stream = connector.stream(parameters.streams?.first ?? "") ?? connector.streams.first else { return }
        let store = try sync.store(stream, run: parameters.eventID, schemaVersion: connector.schemaVersion)
        if parameters.kind == "deleted" {
            guard let kind = json["kind"]?.text.flatMap({ Deletion.Kind(rawValue: $0) }), let id = json["id"]?.text
            else {
                return
            }
            var page = MappedPage()
            page.batch.deletions = [Deletion(kind, id)]
            _ = try await store.write(page, raw: nil, of: stream, span: .all, at: service.clock.now())
        } else {
            let calls = try service.calls(scope, connection, for: connector)
            let pipeline = Pipeline(call: calls, store: store, consent: connection.consent ?? .standard)
            let now = service.clock.now()
            let mapped = try pipeline.transform([json], of: stream, span: .since(now), fetchedAt: now)
            _ = try await store.write(mapped, raw: [json], of: stream, span: .since(now), at: now)
        }
        try await store.people.finish()
        try await store.people.forgetReplaced()
    }
}

extension ConnectionsService {
    /// The vendor says that our access has ended.
    func markRevoked(_ scope: TenantScope, _ connection: Connection) async throws {
        guard !connection.hasEnded else { return }
        try await secrets.remove(scope, connection.id)
        // The address stays: what the vendor still says about people's rights comes to it.
        _ = try await connections(scope).update(
            .id(connection.id),
            [
                .set("status", "expired"), .set("cause_code", "revoked"), .set("cause_since", .date(clock.now())),
                .unset("next_sync_at"), .unset("webhooks"),
            ])
        try await note(scope, connection, "connection.revoked", requestID: "", .sync)
        try await tell(scope, connection.id)
    }
}
