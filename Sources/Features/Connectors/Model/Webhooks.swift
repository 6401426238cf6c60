import Foundation
import Records
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
        /// The vendor itself is asked whether it sent this, after the answer and before anything else.
        case asked(WebhookInquiry)
    }

    public enum Hash: Sendable { case sha256, sha1 }
    public enum Encoding: Sendable { case hex, base64 }
    public enum Secret: Sendable, Equatable {
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
    /// A question whether we want what was asked for in our name; answered only if we asked for it.
    public var confirms: (@Sendable (WebhookDelivery, WebhookRegistration, VendorAccount) -> WebhookConfirmation?)?
    /// Deliveries that carry a signature of their own in the body (`signed_request`).
    public var letter: (@Sendable (WebhookDelivery, [SecretValue]) -> WebhookLetter?)?
    /// A header in which every delivery brings back the secret that was given when it was registered.
    public var secretHeader: String?

    public init(
        _ signature: Signature, secret: Secret = .clientSecret, tolerance: TimeInterval = 300,
        sentAt: @escaping @Sendable (WebhookDelivery) -> Date? = { _ in nil },
        challenge: (@Sendable (WebhookDelivery, [SecretValue]) -> String?)? = nil,
        confirms: (@Sendable (WebhookDelivery, WebhookRegistration, VendorAccount) -> WebhookConfirmation?)? = nil,
        letter: (@Sendable (WebhookDelivery, [SecretValue]) -> WebhookLetter?)? = nil, secretHeader: String? = nil
    ) {
        self.signature = signature
        self.secret = secret
        self.tolerance = tolerance
        self.sentAt = sentAt
        self.challenge = challenge
        self.confirms = confirms
        self.letter = letter
        self.secretHeader = secretHeader
    }

    /// Nil where deliveries can be checked at once.
    var inquiry: WebhookInquiry? {
        guard case .asked(let inquiry) = signature else { return nil }
        return inquiry
    }

    /// Whether a delivery proves by itself who sent it, without an address that is a secret and without asking.
    var isProof: Bool {
        switch signature {
        case .hmac, .keyed, .standard, .ed25519, .rsa: true
        case .none, .asked: false
        }
    }

    /// Whether the check needs a secret of ours at all.
    var needsSecret: Bool {
        switch signature {
        case .hmac, .keyed, .standard: true
        case .ed25519, .rsa, .none, .asked: false
        }
    }
}

/// How a vendor is asked whether a delivery is its own.
public struct WebhookInquiry: Sendable {
    /// Headers without which nobody is asked.
    public var headers: [String]
    public var request: @Sendable (WebhookDelivery, WebhookRegistration) -> VendorRequest?
    public var isGenuine: @Sendable (VendorResponse) -> Bool

    public init(
        headers: [String], request: @escaping @Sendable (WebhookDelivery, WebhookRegistration) -> VendorRequest?,
        isGenuine: @escaping @Sendable (VendorResponse) -> Bool
    ) {
        self.headers = headers
        self.request = request
        self.isGenuine = isGenuine
    }
}

/// What is said to a vendor that asks back, and what stands there from then on.
public struct WebhookConfirmation: Sendable {
    public var answer: String
    /// Nil when it has ended.
    public var registration: WebhookRegistration?

    public init(_ answer: String, _ registration: WebhookRegistration?) {
        self.answer = answer
        self.registration = registration
    }
}

/// Events that came in a body which proves itself, and the answer it has to get.
public struct WebhookLetter: Sendable {
    public var events: [WebhookEvent]
    public var answer: String

    public init(_ events: [WebhookEvent], answer: String = "") {
        self.events = events
        self.answer = answer
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
    /// Whom it is about at the vendor; nil where the address alone tells.
    public var account: WebhookAccount?

    public init(id: String, topic: String, _ meaning: Meaning, account: WebhookAccount? = nil) {
        self.id = id
        self.topic = topic
        self.meaning = meaning
        self.account = account
    }
}
