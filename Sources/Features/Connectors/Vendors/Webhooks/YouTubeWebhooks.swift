import Foundation
import Records
import Vault
import Web

/// A channel's news over WebSub: a hub is asked to send them, asks back whether we meant it, and has to be asked again
/// before the lease ends.
extension YouTubeConnector {
    public var registrar: WebhookRegistrar? {
        WebhookRegistrar(
            ensure: { target, _, client in
                try await Self.ask("subscribe", target, client)
                return WebhookOpening(ids: [client.account?.id ?? ""], isAsked: true)
            },
            close: { target, _, client in
                try await Self.ask("unsubscribe", target, client)
                return true
            })
    }

    private static func ask(_ mode: String, _ target: WebhookTarget, _ client: VendorClient) async throws {
        guard let channel = client.account?.id, !channel.isEmpty else { throw MappingProblem("channel") }
        var form: Pairs = [
            "hub.mode": mode, "hub.topic": (client.settings.addresses["feed"] ?? "") + channel,
            "hub.callback": target.address, "hub.verify": "async",
        ]
        if mode == "subscribe" {
            form.add("hub.secret", target.secret.reveal())
            form.add("hub.lease_seconds", String(client.settings.number("lease_seconds", or: 432_000)))
        }
        // The hub is not Google's API: our token is none of its business.
        _ = try await client.send(
            VendorRequest(.post, "/subscribe", base: "hub", body: .form(form), endpoint: "hub", isSigned: false))
    }

    /// Says yes to what we asked for, about our channel, and to nothing else.
    static func confirmation(
        _ delivery: WebhookDelivery, _ present: WebhookRegistration, _ account: VendorAccount
    ) -> WebhookConfirmation? {
        let query = URLComponents(string: delivery.url)?.queryItems ?? []
        func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
        guard let topic = value("hub.topic"), !account.id.isEmpty,
            topic.hasSuffix("/feeds/videos.xml?channel_id=" + account.id)
        else { return nil }
        switch value("hub.mode") {
        case "subscribe" where present.state != .ending:
            guard let challenge = value("hub.challenge"), let lease = value("hub.lease_seconds").flatMap(Double.init),
                lease > 0
            else { return nil }
            return WebhookConfirmation(challenge, granted(present, lease: lease, at: delivery.receivedAt))
        case "unsubscribe" where present.state == .ending:
            guard let challenge = value("hub.challenge") else { return nil }
            return WebhookConfirmation(challenge, nil)
        case "denied" where present.state != .ending:
            var failed = WebhookRegistration(
                .failed, checkAt: delivery.receivedAt.addingTimeInterval(6 * 3600), since: delivery.receivedAt)
            failed.problem = value("hub.reason").map { String($0.prefix(200)) } ?? "denied"
            return WebhookConfirmation("", failed)
        default: return nil
        }
    }

    /// Renewed when a tenth of the lease is left.
    private static func granted(
        _ present: WebhookRegistration, lease: TimeInterval, at now: Date
    ) -> WebhookRegistration {
        var registration = present
        if present.state != .registered { registration.since = now }
        registration.state = .registered
        registration.endsAt = now.addingTimeInterval(lease)
        registration.checkAt = now.addingTimeInterval(lease * 0.9)
        registration.problem = nil
        return registration
    }
}
