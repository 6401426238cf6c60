import Foundation
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
