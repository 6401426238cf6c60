import Audit
import BSON
import Foundation
import Mongo
import Tenancy
import Vault

/// A new entry for the ledger, as a person or a program states it.
public struct ConsentStatementInput: Sendable, Equatable {
    public var customerID: String
    public var purpose: Purpose
    public var basis: ConsentBasis
    public var state: ConsentState
    public var collectedAt: Date?
    public var expiresAt: Date?
    public var wordingVersion: String?
    public var channel: String?
    public var proof: String?

    public init(
        customerID: String, purpose: Purpose, basis: ConsentBasis = .consent, state: ConsentState,
        collectedAt: Date? = nil, expiresAt: Date? = nil, wordingVersion: String? = nil, channel: String? = nil,
        proof: String? = nil
    ) {
        self.customerID = customerID
        self.purpose = purpose
        self.basis = basis
        self.state = state
        self.collectedAt = collectedAt
        self.expiresAt = expiresAt
        self.wordingVersion = wordingVersion
        self.channel = channel
        self.proof = proof
    }
}

/// Adds to the consent ledger. Nothing is ever changed or removed there; what holds follows from the latest entry.
public struct ConsentLedger: Sendable {
    private let scope: TenantScope
    private let database: MongoDatabase
    private let audit: AuditLog
    private let clock: WallClock

    public init(_ scope: TenantScope, _ database: MongoDatabase, audit: AuditLog, clock: WallClock = .system) {
        self.scope = scope
        self.database = database
        self.audit = audit
        self.clock = clock
    }

    /// Enters a statement; it is in force with the next query.
    @discardableResult
    public func append(
        _ input: ConsentStatementInput, source: String, requestID: String
    ) async throws -> ConsentRecord {
        try scope.requireWritable()
        guard try await TenantCollection<StoredCustomer>(scope, database).exists(.id(input.customerID)) else {
            throw TenancyError.notFound
        }
        let customerID = try await Survivors(scope, database).of(input.customerID)
        let now = clock.now()
        let collected = input.collectedAt ?? now
        var expiry = input.expiresAt
        if expiry == nil, input.state == .granted, input.basis == .consent {
            expiry = collected.addingTimeInterval(365 * 86_400)
        }
        var record = ConsentRecord(
            id: ID.make("cns", at: now), customerID: customerID, purpose: input.purpose, basis: input.basis,
            state: input.state, wordingVersion: input.wordingVersion, channel: input.channel, source: source,
            collectedAt: collected, expiresAt: expiry, proof: input.proof, createdAt: now)
        if customerID != input.customerID { record.sourceCustomerID = input.customerID }
        try await audit.record(
            scope,
            AuditEntry(
                .dataModification, "consent.recorded", on: "customer", input.customerID,
                details: [
                    "purpose": .string(input.purpose.rawValue), "state": .string(input.state.rawValue),
                    "basis": .string(input.basis.rawValue),
                ]), requestID: requestID)
        try await TenantCollection<ConsentRecord>(scope, database).insert(record)
        let derivation = try await Derivation.current(scope, database, clock: clock)
        _ = try await derivation.recount([customerID])
        try await derivation.touch()
        return record
    }
}

extension Derivation {
    /// Moves the data version without touching anything else.
    func touch() async throws {
        let states = TenantCollection<DataState>(scope, database)
        let id = DataState.id(scope)
        let result = try await states.update(
            .id(id), [.inc("version", 1), .set("updated_at", .date(clock.now()))])
        if result.matched == 0 { _ = try await refresh(source: nil, range: nil) }
        FigureMemory.dataChanged(scope, database)
    }
}
