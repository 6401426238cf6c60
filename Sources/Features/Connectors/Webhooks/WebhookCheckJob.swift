import BSON
import Foundation
import Jobs
import Records
import Tenancy
import Vault
import Web

/// Asks the vendor whether a delivery is its own, and only then lets it have an effect.
public struct WebhookCheckJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        var connectionID: String
        /// Names the delivery as it came: the same bytes twice are asked about once.
        var eventID: String
        /// Headers and body, sealed.
        var sealed: String

        init(_ connectionID: String, _ delivery: WebhookDelivery, _ packing: RawPacking) throws {
            self.connectionID = connectionID
            let headers = delivery.headers.items.filter { Self.counts($0.name) }
            let names = headers.map { "\($0.name.lowercased()):\($0.value)" }.sorted().joined(separator: "\n")
            eventID = "whu_" + RandomToken.hash(connectionID + names + String(decoding: delivery.body, as: UTF8.self))
            let letter: JSONValue = [
                "headers": .array(headers.map { [.string($0.name), .string($0.value)] }),
                "body": .string(Data(delivery.body).base64EncodedString()), "url": .string(delivery.url),
            ]
            sealed = Hex.encode(try packing.sealer.seal(letter.bytes, context: packing.context + [eventID]).bytes)
        }

        /// A proxy's own headers differ from one try to the next.
        private static func counts(_ name: String) -> Bool {
            !["date", "host", "via", "traceparent", "content-length"].contains(name.lowercased())
                && !name.lowercased().hasPrefix("x-")
        }

        func delivery(_ packing: RawPacking, at now: Date) throws -> WebhookDelivery {
            let plain = try packing.sealer.open(
                SealedBox(bytes: Hex.decode(sealed) ?? []), context: packing.context + [eventID])
            let letter = try JSONParser.parse(plain, maximumDepth: 10)
            let headers = (letter["headers"]?.list ?? []).compactMap { pair -> (String, String)? in
                guard let name = pair.list.first?.text, let value = pair.list.last?.text else { return nil }
                return (name, value)
            }
            return WebhookDelivery(
                method: "POST", url: letter["url"]?.text ?? "", headers: Pairs(headers),
                body: Data(base64Encoded: letter["body"]?.text ?? "").map(Array.init) ?? [], receivedAt: now)
        }
    }

    public static let kind = "platforms.webhook_check"
    public static let stages = ["working"]

    let service: ConnectionsService

    public init(_ service: ConnectionsService) { self.service = service }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard let (scope, connection) = try await service.subject(of: context, parameters.connectionID),
            connection.status == "connected"
        else { return }
        let connector = try service.connector(connection.platform)
        let delivery = try parameters.delivery(
            try service.packing(scope, connection.id), at: service.clock.now())
        guard let inquiry = connector.webhooks?.inquiry, let registration = connection.webhooks,
            let request = inquiry.request(delivery, registration)
        else { return try await end(parameters, "refused", scope, connection) }
        do {
            let reply = try await service.calls(scope, connection, for: connector).send(request)
            guard inquiry.isGenuine(reply) else { return try await end(parameters, "refused", scope, connection) }
        } catch VendorFault.permanent {
            return try await end(parameters, "refused", scope, connection)
        } catch let fault as VendorFault {
            // Nobody answered: asked again later, and dropped when nobody ever does.
            throw JobFailure(key: "connections.webhook.unanswered", detail: FaultWords(fault).code, isPermanent: false)
        }
        for event in try connector.events(in: delivery) { try await service.take(event, scope, connection) }
        try await end(parameters, "verified", scope, connection)
    }

    private func end(
        _ parameters: Parameters, _ status: String, _ scope: TenantScope, _ connection: Connection
    ) async throws {
        if status == "refused" { try await service.refuse(scope, connection) }
        _ = try await TenantCollection<WebhookEventRow>(scope, service.database).update(
            .id(parameters.eventID),
            [.set("status", .string(status)), .set("signature_ok", .bool(status == "verified"))])
    }
}
