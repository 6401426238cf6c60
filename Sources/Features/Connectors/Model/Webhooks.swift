import Foundation
import Vault
import Web

/// A delivery as it came: nothing parsed yet, because signatures are over bytes.
public struct WebhookDelivery: Sendable {
    public let method: String
    /// The address the vendor called, from our public address; never from the request's Host.
    public let url: String
    public let headers: Pairs
    public let body: [UInt8]
    public let receivedAt: Date

    public init(method: String, url: String, headers: Pairs, body: [UInt8], receivedAt: Date) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }

    public var json: JSONValue {
        (try? JSONParser.parse(body, maximumDepth: 100, allowsDatabaseNames: true)) ?? .null
    }
}

/// How a platform signs what it sends us.
public struct WebhookScheme: Sendable {
    public enum Part: Sendable, Equatable {
        case body, method, url
        case header(String)
        case text(String)
        /// The time inside a keyed signature header (`t=`).
        case time
    }

    public enum Signature: Sendable {
        /// HMAC over parts, in one header.
        case hmac(Hash = .sha256, header: String, Encoding, prefix: String = "", message: [Part] = [.body])
        /// `t=…,v1=…` in one header, time and one or more signatures by key (Stripe, TikTok).
        case keyed(header: String, time: String, signature: String, message: [Part])
        /// Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…`.
        case standard
        /// Ed25519 over the body, the key (raw or SPKI, base64) in the settings under this name.
        case ed25519(header: String, key: String)
        /// RSA PKCS#1 v1.5 SHA-256 over the parts, the PEM key in the settings under this name.
        case rsa(header: String, key: String, message: [Part])
        /// Nothing to check; the address itself is the secret.
        case none
    }

    public enum Hash: Sendable { case sha256, sha1 }
    public enum Encoding: Sendable { case hex, base64 }
    public enum Secret: Sendable {
        case clientSecret, webhookSecret
        /// A secret field of the connection; the operator's where the connection has none.
        case connectionField(String)
    }

    public var signature: Signature
    public var secret: Secret
    /// The vendor's time of sending, where it is signed too.
    public var sentAt: @Sendable (WebhookDelivery) -> Date?
    /// Seconds a delivery may be old or early.
    public var tolerance: TimeInterval
    /// An answer to a set-up challenge instead of an event (`hub.challenge`).
    public var challenge: (@Sendable (WebhookDelivery, [SecretValue]) -> String?)?

    public init(
        _ signature: Signature, secret: Secret = .clientSecret, tolerance: TimeInterval = 300,
        sentAt: @escaping @Sendable (WebhookDelivery) -> Date? = { _ in nil },
        challenge: (@Sendable (WebhookDelivery, [SecretValue]) -> String?)? = nil
    ) {
        self.signature = signature
        self.secret = secret
        self.tolerance = tolerance
        self.sentAt = sentAt
        self.challenge = challenge
    }
}

/// One event inside a delivery.
public struct WebhookEvent: Sendable, Equatable {
    public enum Meaning: Sendable, Equatable {
        /// These streams have news: read what changed.
        case changed(streams: [String])
        /// The record itself came along, in the shape the stream's list has.
        case record(stream: String, JSONValue)
        case deleted(Deletion)
        /// The app was removed at the vendor.
        case revoked
        /// A person's or shop's data is to be shown or removed: `data_request`, `redact`, `shop_redact`.
        case privacy(kind: String, subject: String)
        case ignored
    }

    /// The vendor's id of the event; a second one with it has no effect.
    public var id: String
    public var topic: String
    public var meaning: Meaning

    public init(id: String, topic: String, _ meaning: Meaning) {
        self.id = id
        self.topic = topic
        self.meaning = meaning
    }
}
