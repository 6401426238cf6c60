import Crypto
import Foundation
import Vault
import Web

/// Puts credentials into a message.
struct Signer: Sendable {
    let method: AuthMethod
    let clientSecret: SecretValue?

    func sign(_ message: inout HTTPMessage, _ credentials: Credentials, at now: Date) throws {
        func secret(_ name: String) throws -> String {
            guard let value = credentials.secrets[name], !value.isEmpty else {
                throw VendorFault.actionRequired(.reconnect, message: "\(name) is missing")
            }
            return value
        }
        switch method.kind {
        case .header(let name, let prefix, let field):
            let value = try secret(field)
            message.headers.set(name, prefix + value)
            prove(value, &message)
        case .basic(let user, let password):
            message.headers.set("Authorization", Self.basic(try secret(user), try secret(password)))
        case .oauth2(_, let header, let prefix):
            guard let token = credentials.accessToken else { throw VendorFault.authExpired }
            message.headers.set(header, prefix + token)
            prove(token, &message)
        case .clientCredentials:
            guard let token = credentials.accessToken else { throw VendorFault.authExpired }
            message.headers.set("Authorization", "Bearer " + token)
        case .oauth1(let consumerKey, let consumerSecret, let token, let tokenSecret):
            let signature = OAuth1(
                consumerKey: try secret(consumerKey), consumerSecret: try secret(consumerSecret),
                token: try secret(token), tokenSecret: try secret(tokenSecret))
            let header = signature.header(
                message.method, message.url, nonce: RandomToken.make(bytes: 12), at: now)
            message.headers.set("Authorization", header)
        }
    }

    private func prove(_ token: String, _ message: inout HTTPMessage) {
        guard let name = method.tokenProof, let clientSecret else { return }
        let key = SymmetricKey(data: Data(clientSecret.reveal().utf8))
        let proof = HMAC<SHA256>.authenticationCode(for: Data(token.utf8), using: key)
        let hex = Hex.encode(proof)
        message.url += (message.url.contains("?") ? "&" : "?") + "\(name)=\(hex)"
    }

    static func basic(_ user: String, _ password: String) -> String {
        "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }
}

/// OAuth 1.0a (RFC 5849) with HMAC-SHA256.
struct OAuth1: Sendable {
    let consumerKey: String
    let consumerSecret: String
    let token: String
    let tokenSecret: String

    func header(_ method: String, _ url: String, nonce: String, at now: Date) -> String {
        let parts = url.split(separator: "?", maxSplits: 1).map(String.init)
        let own: [(String, String)] = [
            ("oauth_consumer_key", consumerKey), ("oauth_nonce", nonce), ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", String(Int(now.timeIntervalSince1970))), ("oauth_token", token),
            ("oauth_version", "1.0"),
        ]
        let signature = Self.signature(
            method, parts[0], own + (parts.count > 1 ? Self.query(parts[1]) : []),
            key: PercentCoding.encode(consumerSecret) + "&" + PercentCoding.encode(tokenSecret))
        return "OAuth "
            + (own + [("oauth_signature", signature)])
            .map { "\($0.0)=\"\(PercentCoding.encode($0.1))\"" }.joined(separator: ", ")
    }

    /// The base string signed: method, address, and all parameters sorted, each part percent-encoded.
    static func signature(_ method: String, _ address: String, _ parameters: [(String, String)], key: String) -> String
    {
        let pairs = parameters.map { (PercentCoding.encode($0.0), PercentCoding.encode($0.1)) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        let base = [method, address, pairs].map(PercentCoding.encode).joined(separator: "&")
        let code = HMAC<SHA256>.authenticationCode(for: Data(base.utf8), using: SymmetricKey(data: Data(key.utf8)))
        return Data(code).base64EncodedString()
    }

    private static func query(_ text: String) -> [(String, String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (PercentCoding.decode(parts[0]) ?? "", parts.count > 1 ? PercentCoding.decode(parts[1]) ?? "" : "")
        }
    }
}
