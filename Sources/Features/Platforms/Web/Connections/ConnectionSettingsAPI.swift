import Accounts
import Connectors
import Foundation
import Records
import Tenancy
import Web

/// The API over what can be set about a connection: name, rhythm, streams, accounts, token.
struct ConnectionSettingsAPI: Sendable {
    let service: ConnectionsService

    func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        _ = try await service.get(context.scope, id)
        let body = try await JSONBody.decode(ConnectionChangeBody.self, request, context)
        let label = body.label?.trimmingCharacters(in: .whitespacesAndNewlines)
        let streams = (body.streams ?? []).map {
            StreamChange($0.stream, isOn: $0.enabled, every: $0.everySeconds.map(Double.init))
        }
        try await service.change(
            context.scope, id, label: label, streams: streams, requestID: context.requestID)
        return .json(ConnectionJSON(try await service.detail(context.scope, id)))
    }

    func test(_ request: Request, _ context: APIContext) async throws -> Response {
        let account = try await service.test(context.scope, context.parameters.require("id"))
        return .json(AccountJSON(account: account, connectionID: nil))
    }

    func accounts(_ request: Request, _ context: APIContext) async throws -> Response {
        list(try await service.accounts(context.scope, context.parameters.require("id")))
    }

    func chooseAccounts(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        try await service.requireChoice(context.scope, id)
        let body = try await JSONBody.decode(ChooseAccountsBody.self, request, context)
        return list(
            try await service.chooseAccounts(context.scope, id, body.accountIDs, requestID: context.requestID))
    }

    private func list(_ choices: [AccountChoice]) -> Response {
        .json(
            ListEnvelope(
                choices.map(AccountJSON.init), page: PageInfo(limit: choices.count, nextCursor: nil)))
    }

    func refresh(_ request: Request, _ context: APIContext) async throws -> Response {
        let connection = try await named(request, context)
        let expiresAt = try await service.renewToken(context.scope, connection.id, requestID: context.requestID)
        return .json { json in
            json.object { json in
                json.field("connection_id", connection.id)
                json.field("expires_at", expiresAt)
            }
        }
    }

    func revoke(_ request: Request, _ context: APIContext) async throws -> Response {
        let connection = try await named(request, context)
        try await service.disconnect(context.scope, connection.id, erasesData: false, requestID: context.requestID)
        return .json(ConnectionJSON(try await service.detail(context.scope, connection.id)))
    }

    /// The connection that the body names; it has to be one of the platform in the path.
    private func named(_ request: Request, _ context: APIContext) async throws -> Connection {
        let platform = try context.parameters.require("platform")
        guard service.catalogue().contains(where: { $0.platform == platform }) else { throw Problem.notFound() }
        let body = try await JSONBody.decode(NamedConnectionBody.self, request, context)
        let connection = try await service.get(context.scope, body.connectionID)
        guard connection.platform == platform else { throw ConnectionError.notFound }
        return connection
    }
}

/// The body of `PATCH /connections/{id}`.
struct ConnectionChangeBody: Decodable, Sendable {
    struct Stream: Decodable, Sendable {
        var stream: String
        var enabled: Bool?
        var everySeconds: Int?

        enum CodingKeys: String, CodingKey {
            case stream, enabled
            case everySeconds = "every_seconds"
        }
    }

    var label: String?
    var streams: [Stream]?
}

/// The body of `PUT /connections/{id}/accounts`.
struct ChooseAccountsBody: Decodable, Sendable {
    var accountIDs: [String]

    enum CodingKeys: String, CodingKey { case accountIDs = "account_ids" }
}

/// The body of `POST /oauth/{platform}/refresh` and `/revoke`.
struct NamedConnectionBody: Decodable, Sendable {
    var connectionID: String

    enum CodingKeys: String, CodingKey { case connectionID = "connection_id" }
}

/// An account at a platform.
struct AccountJSON: JSONWritable {
    let account: VendorAccount
    /// The connection that reads it.
    let connectionID: String?

    init(account: VendorAccount, connectionID: String?) {
        self.account = account
        self.connectionID = connectionID
    }

    init(_ choice: AccountChoice) { self.init(account: choice.account, connectionID: choice.connectionID) }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("id", account.id)
            json.field("name", account.name)
            json.field("currency", account.currency)
            json.field("time_zone", account.timeZone)
            json.field("is_test", account.isTest)
            json.field("is_closed", account.isClosed)
            json.field("connection_id", connectionID)
        }
    }
}
