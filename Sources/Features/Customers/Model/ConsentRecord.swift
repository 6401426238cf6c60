import Foundation

/// The legal ground of an entry in the consent ledger.
public enum ConsentBasis: String, Sendable, Codable, CaseIterable {
    case consent, contract
    case legitimateInterest = "legitimate_interest"
    case legalObligation = "legal_obligation"
}

/// What an entry of the ledger says.
public enum ConsentState: String, Sendable, Codable, CaseIterable {
    case granted, denied, withdrawn, expired
}

/// One entry of the append-only consent ledger: who allowed or refused what, when, and how we know.
public struct ConsentRecord: Sendable, Equatable {
    public var id: String
    public var customerID: String
    public var purpose: Purpose
    public var basis: ConsentBasis
    public var state: ConsentState
    /// The version of the words that the person, or the importer, agreed to.
    public var wordingVersion: String?
    public var channel: String?
    /// `platform`, `form`, `import`, `api` or `person`.
    public var source: String
    /// When the person said so; nil where the source does not tell.
    public var collectedAt: Date?
    public var expiresAt: Date?
    public var proof: String?
    public var importID: String?
    public var createdAt: Date
    /// The importer's word on everybody in a file.
    public var isBlanket: Bool
    /// The customer the source names, where the entry is counted under another one.
    public internal(set) var sourceCustomerID: String?

    public init(
        id: String, customerID: String, purpose: Purpose, basis: ConsentBasis = .consent, state: ConsentState,
        wordingVersion: String? = nil, channel: String? = nil, source: String, collectedAt: Date?, expiresAt: Date?,
        proof: String? = nil, importID: String? = nil, createdAt: Date, isBlanket: Bool = false
    ) {
        self.isBlanket = isBlanket
        self.id = id
        self.customerID = customerID
        self.purpose = purpose
        self.basis = basis
        self.state = state
        self.wordingVersion = wordingVersion
        self.channel = channel
        self.source = source
        self.collectedAt = collectedAt
        self.expiresAt = expiresAt
        self.proof = proof
        self.importID = importID
        self.createdAt = createdAt
    }
}
