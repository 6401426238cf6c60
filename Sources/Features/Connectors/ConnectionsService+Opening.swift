import BSON
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

/// From a sign-in to a connection that is read: the account is asked, the secrets are sealed, the first load is queued.
extension ConnectionsService {
    func exchange(
        _ connector: any Connector, _ settings: PlatformSettings, _ fields: [String: String]
    ) -> TokenExchange {
        TokenExchange(
            builder: RequestBuilder(connector: connector, settings: settings, fields: fields, account: nil),
            transport: transport)
    }

    func open(
        _ scope: TenantScope, _ signIn: SignIn, reconnecting: String? = nil, requestID: String
    ) async throws -> Connection {
        try scope.requireWritable()
        let (connector, method, fields) = (signIn.connector, signIn.method, signIn.fields)
        var credentials = signIn.credentials
        if case .clientCredentials = method.kind {
            let given = credentials
            credentials = try await refusing {
                try await exchange(connector, settings(connector), fields).refresh(given, method)
            }
        }
        let client = client(connector, method, fields, credentials)
        let account = try await refusing { try await connector.account(client) }
        let connection = try await store(
            scope, connector, method, Self.known(fields, connector, account), account, credentials.scopes,
            label: signIn.label, reconnecting: reconnecting)
        try await keepSecretBefore(credentials, scope, connection)
        try await secrets.write(scope, connection.id, credentials)
        let rhythms = try connector.streams.map { (stream: $0.name, every: try rhythm($0, connector.platform)) }
        _ = try await connections(scope).update(
            .id(connection.id),
            [
                .set("status", "connected"),
                .set(
                    "late_at", .date(clock.now().addingTimeInterval(1.5 * (rhythms.map(\.every).min() ?? 3600)))),
            ])
        try await settle(scope, connection)
        for (stream, every) in rhythms {
            try await heartbeats.expect(
                heartbeat(connection.id, stream), partition: scope.organizationID, every: .seconds(every))
        }
        let action = reconnecting == nil ? "connection.created" : "connection.reconnected"
        try await note(scope, connection, action, requestID: requestID)
        let opened = try await get(scope, connection.id)
        try await enqueue(scope, opened, SyncJob.Parameters(connectionID: connection.id, streams: nil, isForced: false))
        try await enqueueWebhooks(scope, opened)
        return try await get(scope, connection.id)
    }

    /// The fields of a connection to this account: who signed in, and which account it is, even where there is only
    /// one today.
    private static func known(
        _ fields: [String: String], _ connector: any Connector, _ account: VendorAccount
    ) -> [String: String] {
        var fields = fields
        if let person = account.personID { fields["person_id"] = person }
        if let field = connector.accountField, fields[field, default: ""].isEmpty { fields[field] = account.id }
        return fields
    }

    /// The same with credentials for one of its accounts, where its own only hand those out.
    func entered(_ signIn: SignIn, _ accountID: String) async throws -> SignIn {
        let client = client(signIn.connector, signIn.method, signIn.fields, signIn.credentials)
        let own = try await refusing { try await signIn.connector.credentials(for: accountID, client) }
        guard let own else { return signIn }
        return SignIn(
            connector: signIn.connector, method: signIn.method,
            fields: signIn.fields.merging(own.fields ?? [:]) { $1 }, credentials: own, label: signIn.label)
    }

    /// All accounts a sign-in opens.
    func opened(_ signIn: SignIn) async throws -> [VendorAccount] {
        let client = client(signIn.connector, signIn.method, signIn.fields, signIn.credentials)
        return try await refusing { try await signIn.connector.accounts(client) }
    }

    /// Calls with credentials that are not stored yet.
    private func client(
        _ connector: any Connector, _ method: AuthMethod, _ fields: [String: String], _ credentials: Credentials
    ) -> VendorClient {
        VendorCalls(
            connector: connector, connectionID: "new-" + RandomToken.make(bytes: 9), settings: settings(connector),
            fields: fields, account: VendorAccount(id: "", name: ""), method: method,
            keeper: GivenCredentials(credentials: credentials), gates: gates, transport: transport, statistics: nil,
            pause: pause
        ).client
    }

    /// What the vendor said, in the words of the service.
    func refusing<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let fault as VendorFault {
            switch fault {
            case .actionRequired(let remedy, let message): throw ConnectionError.refused(remedy, message: message)
            case .authExpired: throw ConnectionError.refused(.reconnect, message: "")
            case .permanent(_, let message): throw ConnectionError.refused(.reconnect, message: message)
            case .retry(let reason), .leftAlone(let reason, _): throw ConnectionError.unreachable(reason)
            case .rateLimited(_, let policy): throw ConnectionError.unreachable(policy)
            case .unfinished: throw ConnectionError.unreachable("unfinished")
            case .schema(_, let message): throw ConnectionError.refused(.reportToUs, message: message)
            }
        }
    }

    private func store(
        _ scope: TenantScope, _ connector: any Connector, _ method: AuthMethod, _ fields: [String: String],
        _ account: VendorAccount, _ scopes: [String], label: String?, reconnecting: String?
    ) async throws -> Connection {
        let now = clock.now()
        if let reconnecting {
            let old = try await get(scope, reconnecting)
            guard old.accountID == account.id else {
                throw ConnectionError.refused(.chooseAccount, message: account.name)
            }
            var update: Update = [
                .set("fields", .document(BSONDocument(fields.map { ($0.key, .string($0.value)) }))),
                .set("method", .string(method.id)), .set("status", "connected"), .set("failures", 0),
            ]
            for field in Self.causeFields { update.append(.unset(field)) }
            _ = try await connections(scope).update(.id(reconnecting), update)
            try await gates.ease(reconnecting)
            return try await get(scope, reconnecting)
        }
        let known = try await connections(scope).first(
            .and([.eq("platform", .string(connector.platform)), .eq("account_id", .string(account.id))]))
        if let known { return try await adopt(scope, known, method, fields) }
        var connection = Connection(
            id: ID.make("con", at: now), platform: connector.platform, label: label ?? Self.label(connector, account),
            status: "connecting", createdBy: scope.userID, at: now)
        connection.method = method.id
        connection.accountID = account.id
        connection.accountName = account.name
        connection.accountCurrency = account.currency
        connection.accountTimeZone = account.timeZone
        connection.isTestAccount = account.isTest
        connection.fields = fields
        connection.scopes = account.scopes ?? scopes
        connection.consent = .standard
        connection.failures = 0
        do {
            try await connections(scope).insert(connection)
        } catch let error as MongoError where error.isDuplicateKey {
            throw ConnectionError.labelTaken
        }
        return connection
    }

    /// "Shopify · Northwind Coffee": a company has the same name on all of its platforms.
    private static func label(_ connector: any Connector, _ account: VendorAccount) -> String {
        account.name.hasPrefix(connector.name) ? account.name : "\(connector.name) · \(account.name)"
    }

    /// Connecting the same account again is signing in again: nothing is loaded twice.
    private func adopt(
        _ scope: TenantScope, _ known: Connection, _ method: AuthMethod, _ fields: [String: String]
    ) async throws -> Connection {
        let account = VendorAccount(
            id: known.accountID ?? "", name: known.accountName ?? "", currency: known.accountCurrency,
            timeZone: known.accountTimeZone)
        return try await store(
            scope, try connector(known.platform), method, fields, account, known.scopes ?? [], label: nil,
            reconnecting: known.id)
    }
}
