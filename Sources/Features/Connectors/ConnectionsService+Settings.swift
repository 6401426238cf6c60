import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

/// What somebody changes about one stream; nil leaves it as it is.
public struct StreamChange: Sendable, Equatable {
    public let stream: String
    public let isOn: Bool?
    /// Seconds between readings.
    public let every: Double?

    public init(_ stream: String, isOn: Bool? = nil, every: Double? = nil) {
        self.stream = stream
        self.isOn = isOn
        self.every = every
    }
}

/// An account that a connection's credentials open.
public struct AccountChoice: Sendable, Equatable {
    public let account: VendorAccount
    /// The connection that reads it already.
    public let connectionID: String?
}

extension ConnectionsService {
    /// Seconds between readings that a person may choose: five minutes to a week.
    public static let rhythms: ClosedRange<Double> = 300...604_800

    /// Changes a connection's name and the rhythm of its streams, and switches them on or off.
    public func change(
        _ scope: TenantScope, _ id: String, label: String? = nil, streams: [StreamChange] = [], requestID: String = ""
    ) async throws {
        try scope.requireWritable()
        let connection = try await get(scope, id)
        let connector = try connector(connection.platform)
        for change in streams {
            guard connector.stream(change.stream) != nil else { throw ConnectionError.invalidField("streams") }
            guard change.every.map(Self.rhythms.contains) ?? true else {
                throw ConnectionError.invalidField("every_seconds")
            }
        }
        if let label { try await rename(scope, connection, label) }
        for change in streams {
            if let stream = connector.stream(change.stream) { try await apply(change, to: stream, scope, connection) }
        }
        if !streams.isEmpty { try await replan(scope, connection) }
        try await note(scope, connection, "connection.changed", requestID: requestID)
    }

    private func rename(_ scope: TenantScope, _ connection: Connection, _ label: String) async throws {
        guard 1...80 ~= label.count, !label.contains(where: \.isNewline) else {
            throw ConnectionError.invalidField("label")
        }
        do {
            _ = try await connections(scope).update(
                .id(connection.id), [.set("label", .string(label)), .set("updated_at", .date(clock.now()))])
        } catch let error as MongoError where error.isDuplicateKey {
            throw ConnectionError.labelTaken
        }
    }

    private func apply(
        _ change: StreamChange, to stream: SyncStream, _ scope: TenantScope, _ connection: Connection
    ) async throws {
        let id = DerivedID("sst", scope.organizationID, connection.id)(stream.name)
        let known = try await states(scope).get(id: id)
        let every = try rhythm(stream, connection.platform)
        var state =
            known
            ?? SyncState(id: id, connectionID: connection.id, stream: stream, every: every, now: clock.now())
        if let isOn = change.isOn { state.isOff = isOn ? nil : true }
        if let every = change.every { state.every = every }
        if known == nil {
            try await states(scope).replace(state, upsert: true)
        } else {
            // A reading that is under way keeps its place: only what was changed is written.
            _ = try await states(scope).update(
                .id(id),
                [
                    .set("every", .double(state.every)),
                    state.isOff == true ? .set("is_off", true) : .unset("is_off"),
                ])
        }
        let name = heartbeat(connection.id, stream.name)
        if state.isOff == true {
            try await heartbeats.forget(name, partition: scope.organizationID)
        } else {
            try await heartbeats.expect(name, partition: scope.organizationID, every: .seconds(state.every))
        }
    }

    /// The next reading and its deadline after a change of rhythm; what waits for something else goes on waiting.
    private func replan(_ scope: TenantScope, _ connection: Connection) async throws {
        guard connection.lastSync != nil, connection.causeRemedy == nil, (connection.failures ?? 0) == 0 else { return }
        _ = try await connections(scope).update(
            .id(connection.id), Self.times(try await plan(scope, connection, clock.now())))
    }

    /// The account test: whether the credentials still open the account, in the service's words where they do not.
    public func test(_ scope: TenantScope, _ id: String) async throws -> VendorAccount {
        guard try await get(scope, id).status == "connected" else { throw ConnectionError.unsupported }
        return try await refusing { try await check(scope, id) }
    }

    /// A fresh access token now; for sign-ins that have none to renew there is nothing to do.
    public func renewToken(_ scope: TenantScope, _ id: String, requestID: String = "") async throws -> Date? {
        let connection = try await get(scope, id)
        let connector = try connector(connection.platform)
        guard connection.status == "connected", let method = connector.method(connection.method ?? "") else {
            throw ConnectionError.unsupported
        }
        switch method.kind {
        case .header, .basic, .oauth1: throw ConnectionError.unsupported
        case .oauth2, .clientCredentials: break
        }
        guard let old = try await secrets.read(scope, id) else { throw ConnectionError.unsupported }
        let calls = try calls(scope, connection, for: connector)
        let fresh = try await refusing { try await calls.keeper.refresh(after: old) }
        try await note(scope, connection, "connection.token_renewed", requestID: requestID)
        return fresh.expiresAt
    }

    // MARK: Accounts

    /// The accounts the credentials open, each with the connection that reads it; also those of a sign-in that waits
    /// for a choice.
    public func accounts(_ scope: TenantScope, _ id: String) async throws -> [AccountChoice] {
        if Self.isPending(id) { return try await choosing(scope, id).choices }
        let connection = try await get(scope, id)
        guard connection.status == "connected" else { throw ConnectionError.unsupported }
        let connector = try connector(connection.platform)
        let client = try calls(scope, connection, for: connector).client
        return try await marked(
            scope, connection.platform, try await refusing { try await connector.accounts(client) })
    }

    /// Reads these accounts: those nobody reads yet get a connection of their own with the same credentials, so that
    /// the rows of two accounts never mix. What is left out stays as it is; it is ended by disconnecting.
    public func chooseAccounts(
        _ scope: TenantScope, _ id: String, _ accountIDs: [String], requestID: String = ""
    ) async throws -> [AccountChoice] {
        let choices = try await accounts(scope, id)
        guard !accountIDs.isEmpty, Set(accountIDs).isSubset(of: choices.map(\.account.id)) else {
            throw ConnectionError.invalidField("account_ids")
        }
        if Self.isPending(id) {
            let platform = try await choosing(scope, id).platform
            let results = try await choose(scope, id, accountIDs, requestID: requestID)
            if let error = results.lazy.compactMap(\.error).first { throw error }
            return try await marked(scope, platform, choices.map(\.account))
        }
        for choice in choices where accountIDs.contains(choice.account.id) && choice.connectionID == nil {
            try await openSibling(scope, id, choice.account, requestID)
        }
        return try await accounts(scope, id)
    }

    private func openSibling(
        _ scope: TenantScope, _ id: String, _ account: VendorAccount, _ requestID: String
    ) async throws {
        let connection = try await get(scope, id)
        let connector = try connector(connection.platform)
        guard connector.accountField != nil, let method = connector.method(connection.method ?? "") else {
            throw ConnectionError.unsupported
        }
        guard !method.rotates else { throw ConnectionError.unsupported }
        let signIn = SignIn(
            connector: connector, method: method, fields: connection.fields ?? [:],
            credentials: try await calls(scope, connection, for: connector).keeper.current(), label: nil)
        _ = try await openNamed(scope, Self.narrowed(signIn, to: account), account, requestID)
    }
}
