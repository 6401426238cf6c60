import Foundation
import Tenancy
import Vault

/// The token in a connection's address and the secrets its deliveries are checked with. Kept sealed beside the
/// credentials, in a row of its own, so that a token refresh and a change here never meet.
struct WebhookKeys: Sendable, Equatable {
    /// How long the secret before is still good.
    static let overlap: TimeInterval = 86_400

    /// The last part of the address; nil where only its hash is kept.
    var token: String?
    var secret: String
    var previous: String?
    var previousUntil: Date?

    init(token: String?, secret: String = RandomToken.make()) {
        self.token = token
        self.secret = secret
    }

    /// The newest first; the one before as long as it counts.
    func good(at now: Date) -> [SecretValue] {
        var all = secret.isEmpty ? [] : [SecretValue(secret)]
        if let previous, !previous.isEmpty, let previousUntil, now < previousUntil {
            all.append(SecretValue(previous))
        }
        return all
    }

    /// Puts another secret in the place of this one, which stays good for a day.
    mutating func replace(with new: String, at now: Date) {
        guard new != secret else { return }
        previous = secret
        previousUntil = now.addingTimeInterval(Self.overlap)
        secret = new
    }
}

extension SecretStore {
    private static func row(_ connectionID: String) -> String { connectionID + "/webhooks" }

    func webhookKeys(_ scope: TenantScope, _ connectionID: String) async throws -> WebhookKeys? {
        guard let kept = try await read(scope, Self.row(connectionID)) else { return nil }
        var keys = WebhookKeys(token: kept.secrets["token"], secret: kept.secrets["secret"] ?? "")
        keys.previous = kept.secrets["previous"]
        keys.previousUntil = kept.expiresAt
        return keys
    }

    func keep(_ keys: WebhookKeys, _ scope: TenantScope, _ connectionID: String) async throws {
        var kept = Credentials(secrets: ["secret": keys.secret], expiresAt: keys.previousUntil)
        kept.secrets["token"] = keys.token
        kept.secrets["previous"] = keys.previous
        try await write(scope, Self.row(connectionID), kept)
    }

    func removeWebhookKeys(_ scope: TenantScope, _ connectionID: String) async throws {
        try await remove(scope, Self.row(connectionID))
    }
}
