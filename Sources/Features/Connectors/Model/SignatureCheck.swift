import Crypto
import CryptoExtras
import Foundation
import Vault
import Web

/// Whether a delivery is from whom it says. Compares in constant time; any of several secrets may fit.
struct SignatureCheck: Sendable {
    let scheme: WebhookScheme
    let secrets: [SecretValue]
    let settings: PlatformSettings
    /// Secrets made here for the connection.
    var own: [SecretValue] = []

    func accepts(_ delivery: WebhookDelivery) -> Bool {
        bringsSecret(delivery) && isSigned(delivery)
    }

    /// Where the vendor brings back a secret of ours, it has to be one of them.
    private func bringsSecret(_ delivery: WebhookDelivery) -> Bool {
        guard let name = scheme.secretHeader, !own.isEmpty else { return true }
        let given = delivery.headers[name] ?? ""
        return own.reduce(false) { ConstantTime.equal($1.reveal(), given) || $0 }
    }

    private func isSigned(_ delivery: WebhookDelivery) -> Bool {
        switch scheme.signature {
        case .none: return true
        case .asked(let inquiry):
            return inquiry.headers.allSatisfy { delivery.headers[$0]?.isEmpty == false }
                && isTimely(scheme.sentAt(delivery), delivery)
        case .hmac(let hash, let header, let encoding, let prefix, let parts):
            guard let given = delivery.headers[header], given.hasPrefix(prefix) else { return false }
            guard isTimely(scheme.sentAt(delivery), delivery), let message = message(parts, delivery, time: "") else {
                return false
            }
            return secrets.contains {
                ConstantTime.equal(
                    Self.encoded(Self.code(hash, Array($0.reveal().utf8), message), encoding),
                    String(given.dropFirst(prefix.count)))
            }
        case .keyed(let header, let time, let signature, let parts):
            return keyed(delivery, header: header, time: time, signature: signature, parts)
        case .standard: return standard(delivery)
        case .ed25519(let header, let name):
            return ed25519(delivery, header: header, key: name) && isTimely(scheme.sentAt(delivery), delivery)
        case .rsa(let header, let name, let parts):
            return rsa(delivery, header: header, key: name, parts) && isTimely(scheme.sentAt(delivery), delivery)
        }
    }

    private func isTimely(_ sentAt: Date?, _ delivery: WebhookDelivery) -> Bool {
        guard let sentAt else { return true }
        let age = delivery.receivedAt.timeIntervalSince(sentAt)
        // However long a vendor may go on trying, nothing comes from the future.
        return age <= scheme.tolerance && -age <= min(scheme.tolerance, 300)
    }

    private func message(_ parts: [WebhookScheme.Part], _ delivery: WebhookDelivery, time: String) -> [UInt8]? {
        var message: [UInt8] = []
        for part in parts {
            switch part {
            case .body: message += delivery.body
            case .method: message += Array(delivery.method.utf8)
            case .url: message += Array(delivery.url.utf8)
            case .text(let text): message += Array(text.utf8)
            case .time: message += Array(time.utf8)
            case .header(let name):
                guard let value = delivery.headers[name] else { return nil }
                message += Array(value.utf8)
            }
        }
        return message
    }

    private func keyed(
        _ delivery: WebhookDelivery, header: String, time: String, signature: String, _ parts: [WebhookScheme.Part]
    ) -> Bool {
        let pairs = (delivery.headers[header] ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1).map(String.init)
        }
        guard let sent = pairs.first(where: { $0.first == time && $0.count == 2 })?[1], let seconds = Double(sent),
            isTimely(Date(timeIntervalSince1970: seconds), delivery), let message = message(parts, delivery, time: sent)
        else { return false }
        let given = pairs.filter { $0.first == signature && $0.count == 2 }.map { $0[1] }
        return secrets.contains { secret in
            let wanted = Hex.encode(Self.code(.sha256, Array(secret.reveal().utf8), message))
            return given.reduce(false) { ConstantTime.equal($1, wanted) || $0 }
        }
    }

    private func standard(_ delivery: WebhookDelivery) -> Bool {
        guard let id = delivery.headers["webhook-id"], let sent = delivery.headers["webhook-timestamp"],
            let seconds = Double(sent), isTimely(Date(timeIntervalSince1970: seconds), delivery)
        else { return false }
        let message = Array("\(id).\(sent).".utf8) + delivery.body
        let given = (delivery.headers["webhook-signature"] ?? "").split(separator: " ").map(String.init)
        return secrets.contains { secret in
            let text = secret.reveal()
            let key =
                text.hasPrefix("whsec_")
                ? Data(base64Encoded: String(text.dropFirst(6))).map(Array.init) ?? [] : Array(text.utf8)
            let wanted = "v1," + Self.encoded(Self.code(.sha256, key, message), .base64)
            return given.reduce(false) { ConstantTime.equal($1, wanted) || $0 }
        }
    }

    private func ed25519(_ delivery: WebhookDelivery, header: String, key name: String) -> Bool {
        guard let signature = delivery.headers[header].flatMap({ Data(base64Encoded: $0) }),
            let stored = settings.values[name].flatMap({ Data(base64Encoded: $0) }),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: stored.suffix(32))
        else { return false }
        return key.isValidSignature(signature, for: Data(delivery.body))
    }

    private func rsa(
        _ delivery: WebhookDelivery, header: String, key name: String, _ parts: [WebhookScheme.Part]
    ) -> Bool {
        guard let signature = delivery.headers[header].flatMap({ Data(base64Encoded: $0) }),
            let pem = settings.values[name], let message = message(parts, delivery, time: ""),
            let key = try? _RSA.Signing.PublicKey(pemRepresentation: pem)
        else { return false }
        return key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: message),
            padding: .insecurePKCS1v1_5)
    }

    private static func code(_ hash: WebhookScheme.Hash, _ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        let key = SymmetricKey(data: key)
        switch hash {
        case .sha256: return Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
        case .sha1: return Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: key))
        }
    }

    private static func encoded(_ bytes: [UInt8], _ encoding: WebhookScheme.Encoding) -> String {
        switch encoding {
        case .hex: Hex.encode(bytes)
        case .base64: Data(bytes).base64EncodedString()
        }
    }
}
