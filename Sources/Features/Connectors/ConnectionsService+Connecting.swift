import Audit
import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

extension ConnectionsService {
    /// Connects with what a person filled in. The account is asked first: a key without rights is refused here.
    public func signIn(
        _ scope: TenantScope, platform: String, methodID: String, fields: [String: String], label: String? = nil,
        requestID: String = ""
    ) async throws -> SignInOutcome {
        let connector = try connector(platform)
        guard let method = connector.method(methodID), !method.isRedirect else { throw ConnectionError.unknownMethod }
        let (clear, secret) = try Self.sorted(fields, method, settings(connector))
        return try await arrive(
            scope,
            SignIn(
                connector: connector, method: method, fields: clear, credentials: Credentials(secrets: secret),
                label: label), requestID: requestID)
    }

    /// The same for whoever names the account: several to choose from are a refusal.
    public func connect(
        _ scope: TenantScope, platform: String, methodID: String, fields: [String: String], label: String? = nil,
        requestID: String = ""
    ) async throws -> Connection {
        try await signIn(
            scope, platform: platform, methodID: methodID, fields: fields, label: label, requestID: requestID
        ).only()
    }

    /// New credentials for a connection that was refused; its data and place stay.
    public func reconnect(
        _ scope: TenantScope, _ id: String, fields: [String: String], requestID: String = ""
    ) async throws -> Connection {
        let connection = try await get(scope, id)
        let connector = try connector(connection.platform)
        guard let method = connector.method(connection.method ?? ""), !method.isRedirect else {
            throw ConnectionError.unknownMethod
        }
        let all = (connection.fields ?? [:]).merging(fields) { $1 }
        let (clear, secret) = try Self.sorted(all, method, settings(connector))
        return try await open(
            scope,
            SignIn(
                connector: connector, method: method, fields: Self.pinned(clear, connector, connection),
                credentials: Credentials(secrets: secret), label: nil), reconnecting: id, requestID: requestID)
    }

    /// The vendor's address to send the browser to. What comes back is checked against what is stored here.
    public func startOAuth(
        _ scope: TenantScope, platform: String, fields: [String: String] = [:], redirectURI: String,
        label: String? = nil, reconnecting: String? = nil
    ) async throws -> String {
        try scope.requireWritable()
        let connector = try connector(platform)
        let settings = settings(connector)
        guard let method = connector.methods.first(where: \.isRedirect), case .oauth2(let oauth, _, _) = method.kind
        else { throw ConnectionError.unknownMethod }
        guard settings.clientID != nil, settings.clientSecret != nil else { throw ConnectionError.notConfigured }
        guard let userID = scope.userID else { throw ConnectionError.invalidState }
        let (clear, _) = try Self.sorted(fields, method, settings)
        let state = scope.organizationID + "." + RandomToken.make()
        let verifier = oauth.usesPKCE ? RandomToken.make(bytes: 48) : nil
        let id = RandomToken.hash(state)
        var row = SignInState(
            id: id, platform, method.id, userID: userID, fields: clear, label: label, at: clock.now())
        row.verifier = try verifier.map {
            Base64URL.encode(try secrets.sealer(scope).seal($0, context: SignInState.context(scope, id)).bytes)
        }
        row.reconnecting = reconnecting
        row.redirectURI = redirectURI
        try await TenantCollection<SignInState>(scope, database).insert(row)
        return try exchange(connector, settings, clear).authorizeURL(
            oauth, redirectURI: redirectURI, state: state, verifier: verifier)
    }

    /// The organization a returning browser's state belongs to, so that the web layer can make a scope. Proves nothing.
    public static func organizationID(ofState state: String) -> String? {
        state.split(separator: ".").first.map(String.init)
    }

    /// Signing in again is for the account that is connected, whichever others the sign-in opens.
    private static func pinned(
        _ fields: [String: String], _ connector: any Connector, _ connection: Connection
    ) -> [String: String] {
        guard let field = connector.accountField, let id = connection.accountID else { return fields }
        return fields.merging([field: id]) { given, own in given.isEmpty ? own : given }
    }

    /// The same for whoever names the account: several to choose from are a refusal.
    public func finishOAuth(
        _ scope: TenantScope, state: String, code: String, parameters: [String: String] = [:], requestID: String = ""
    ) async throws -> Connection {
        try await finishSignIn(scope, state: state, code: code, parameters: parameters, requestID: requestID).only()
    }

    /// Ends a sign-in: burns the state, exchanges the code, asks the account, seals the tokens.
    /// - Parameter parameters: all that came back in the address, for vendors that sign it
    public func finishSignIn(
        _ scope: TenantScope, state: String, code: String, parameters: [String: String] = [:], requestID: String = ""
    ) async throws -> SignInOutcome {
        let states = TenantCollection<SignInState>(scope, database)
        guard let row = try await states.get(id: RandomToken.hash(state)), try await states.delete(.id(row.id)) == 1,
            row.userID == scope.userID, row.expiresAt > clock.now(), let redirectURI = row.redirectURI
        else { throw ConnectionError.invalidState }
        let connector = try connector(row.platform)
        guard connector.accepts(callback: parameters, fields: row.fields, settings: settings(connector)) else {
            throw ConnectionError.invalidState
        }
        guard let method = connector.method(row.method), case .oauth2(let oauth, _, _) = method.kind else {
            throw ConnectionError.unknownMethod
        }
        let verifier = try row.verifier.map { text in
            try secrets.sealer(scope).openText(
                SealedBox(bytes: Base64URL.decode(text) ?? []), context: SignInState.context(scope, row.id))
        }
        let tokens = exchange(connector, settings(connector), row.fields)
        let credentials = try await refusing {
            try await tokens.exchange(
                code: code, oauth, redirectURI: redirectURI, verifier: verifier, into: Credentials())
        }
        try Self.requireFresh(connector.sentAt(callback: parameters), at: try tokens.vendorTime())
        var signIn = SignIn(
            connector: connector, method: method, fields: row.fields.merging(credentials.fields ?? [:]) { $1 },
            credentials: credentials, label: row.label)
        guard let id = row.reconnecting else { return try await arrive(scope, signIn, requestID: requestID) }
        let connection = try await get(scope, id)
        if let account = connection.accountID { signIn = try await entered(signIn, account) }
        signIn.fields = Self.pinned(signIn.fields, connector, connection)
        return .connected(try await open(scope, signIn, reconnecting: id, requestID: requestID))
    }

    /// A way back that the vendor signed is good for a minute and a half, by the clock that the token call has told.
    private static func requireFresh(_ sent: Date?, at now: Date) throws {
        if let sent, abs(now.timeIntervalSince(sent)) > 90 { throw ConnectionError.invalidState }
    }

    // MARK: Opening

    private func exchange(
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

    /// Splits what was filled in into what may be seen and what may not, and checks it.
    static func sorted(
        _ given: [String: String], _ method: AuthMethod, _ settings: PlatformSettings
    ) throws -> (clear: [String: String], secret: [String: String]) {
        var clear: [String: String] = [:]
        var secret: [String: String] = [:]
        for field in method.fields {
            let value = (given[field.name] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            if value.isEmpty {
                if field.isRequired { throw ConnectionError.invalidField(field.name) }
                continue
            }
            guard value.utf8.count <= 4096, !value.contains(where: \.isNewline) else {
                throw ConnectionError.invalidField(field.name)
            }
            if let pattern = field.pattern, value.range(of: "^(?:\(pattern))$", options: .regularExpression) == nil {
                throw ConnectionError.invalidField(field.name)
            }
            if field.kind == .secret {
                secret[field.name] = value
            } else {
                clear[field.name] = try HostRule.checked(value, field, allowsPrivate: settings.allowsPrivateHosts)
            }
        }
        return (clear, secret)
    }
}
