import Foundation
import Web

/// A yes or a no of a customer for one purpose, as the API takes it: of a customer of ours at `POST /consents`, of one
/// by the sender's own id at `POST /ingest/consents`.
public struct ConsentBody: Decodable, Sendable {
    public var customerID: String
    public var purpose: String
    public var state: ConsentState
    public var basis: ConsentBasis?
    public var collectedAt: Date?
    public var expiresAt: Date?
    public var wordingVersion: String?
    public var channel: String?
    public var proof: String?

    enum CodingKeys: String, CodingKey {
        case customerID = "customer_id"
        case purpose, state, basis, channel, proof
        case collectedAt = "collected_at"
        case expiresAt = "expires_at"
        case wordingVersion = "wording_version"
    }

    func input() throws -> ConsentStatementInput {
        guard let purpose = Purpose(stored: purpose) else {
            let known = Purpose.consentable.map(\.rawValue).joined(separator: ", ")
            throw Problem.validation([.init(field: "purpose", code: "invalid", message: "Must be one of \(known).")])
        }
        return ConsentStatementInput(
            customerID: customerID, purpose: purpose, basis: basis ?? .consent, state: state, collectedAt: collectedAt,
            expiresAt: expiresAt, wordingVersion: wordingVersion, channel: channel, proof: proof)
    }
}
