import Crypto
import Foundation
import Records
import Vault
import Web

/// Meta's app has one address for its webhooks, and two for what it has to offer people: that the app be removed, and
/// that their data be. Those come as a form whose one field proves itself.
extension MetaAdsConnector {
    public func webhookWay(method: String?) -> WebhookWay? { method == "oauth" ? .app : nil }

    /// The account's number without its prefix, as connections keep it.
    static func number(_ id: String) -> String { id.hasPrefix("act_") ? String(id.dropFirst(4)) : id }

    /// A connection's address is verified with its own last part, the installation's with the operator's webhook secret.
    static func isVerifyToken(_ given: String, of last: Substring, _ secrets: [SecretValue]) -> Bool {
        last.contains(".") && ConstantTime.equal(given, String(last))
            || secrets.contains { ConstantTime.equal(given, $0.reveal()) }
    }

    /// `signed_request` = `base64url(signature).base64url(JSON)`, HMAC-SHA256 of the second part. Which of the two it is
    /// stands in the address: `?event=deauthorize` or `?event=data_deletion`.
    static func letter(_ delivery: WebhookDelivery, _ secrets: [SecretValue]) -> WebhookLetter? {
        let form = URLComponents(string: "?" + String(decoding: delivery.body, as: UTF8.self))
        guard let sent = form?.queryItems?.first(where: { $0.name == "signed_request" })?.value,
            let parts = URLComponents(string: delivery.url)
        else { return nil }
        let halves = sent.split(separator: ".").map(String.init)
        guard halves.count == 2, let given: [UInt8] = Vault.Base64URL.decode(halves[0]),
            let bytes: [UInt8] = Vault.Base64URL.decode(halves[1]),
            secrets.contains(where: { ConstantTime.equal(code($0, halves[1]), Hex.encode(given)) }),
            let letter = try? JSONParser.parse(bytes), let user = letter.at("user_id")?.text
        else { return nil }
        let id = Hex.encode(SHA256.hash(data: Data(halves[1].utf8)).prefix(12))
        let origin = delivery.url.prefix { $0 != "?" }.components(separatedBy: "/").prefix(3).joined(separator: "/")
        let about = WebhookAccount.field("person_id", user)
        switch parts.queryItems?.first(where: { $0.name == "event" })?.value {
        case "deauthorize":
            return WebhookLetter([WebhookEvent(id: "deauthorize-\(id)", topic: "deauthorize", .revoked, account: about)]
            )
        case "data_deletion":
            let event = WebhookEvent(
                id: deletionEvent(id), topic: "data_deletion", .privacy(kind: "redact", subject: user), account: about)
            guard let secret = secrets.first else { return nil }
            let code = id + mark(id, secret)
            let answer: JSONValue = [
                "url": .string("\(origin)/privacy/deletion/\(code)"), "confirmation_code": .string(code),
            ]
            return WebhookLetter([event], answer: String(decoding: answer.bytes, as: UTF8.self))
        default: return nil
        }
    }

    private static func deletionEvent(_ id: String) -> String { "data_deletion-\(id)" }

    /// What shows that a confirmation code is one of ours, also where there was nothing to delete.
    private static func mark(_ id: String, _ secret: SecretValue) -> String {
        String(code(secret, "confirmation." + id).prefix(16))
    }

    public func deletion(confirmedBy code: String, settings: PlatformSettings) -> ConfirmedDeletion? {
        guard code.utf8.count == 40, code.allSatisfy(\.isHexDigit) else { return nil }
        let (id, mark) = (String(code.prefix(24)), String(code.suffix(16)))
        return ConfirmedDeletion(
            eventID: Self.deletionEvent(id),
            isOurs: settings.appSecrets.contains { ConstantTime.equal(Self.mark(id, $0), mark) })
    }

    private static func code(_ secret: SecretValue, _ message: String) -> String {
        let key = SymmetricKey(data: Data(secret.reveal().utf8))
        return Hex.encode(HMAC<SHA256>.authenticationCode(for: Data(message.utf8), using: key))
    }
}

/// Platforms whose webhooks belong to the app: the operator enters the installation's address once. A key of the
/// customer's own has no app.
extension HubSpotConnector {
    public func webhookWay(method: String?) -> WebhookWay? { method == "oauth" ? .app : nil }
}

extension GoHighLevelConnector {
    public func webhookWay(method: String?) -> WebhookWay? { method == "oauth" ? .app : nil }
}

extension TikTokAdsConnector {
    public func webhookWay(method: String?) -> WebhookWay? { .app }
}

extension LinkedInAdsConnector {
    /// Only leads are pushed, and they are nothing that is kept here.
    public func webhookWay(method: String?) -> WebhookWay? { nil }
}
