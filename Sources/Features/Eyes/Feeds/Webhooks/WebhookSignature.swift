import Crypto
import Foundation

/// Signs messages as the Standard Webhooks libraries verify them: HMAC-SHA256 over `id.timestamp.body`.
enum WebhookSignature {
    static let prefix = "whsec_"

    /// The secret as its owner gets it, once.
    static func text(_ secret: [UInt8]) -> String { prefix + Data(secret).base64EncodedString() }

    /// `v1,…` for each secret, with a blank between them.
    static func header(id: String, timestamp: Int64, body: String, secrets: [[UInt8]]) -> String {
        let message = Data("\(id).\(timestamp).\(body)".utf8)
        return secrets.map { secret in
            let code = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: secret))
            return "v1," + Data(code).base64EncodedString()
        }.joined(separator: " ")
    }
}
