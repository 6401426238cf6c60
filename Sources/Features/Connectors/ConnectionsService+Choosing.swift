import BSON
import Foundation
import Records
import Tenancy
import Vault

/// How an attempt to connect ended well.
public enum SignInOutcome: Sendable {
    case connected(Connection)
    /// The sign-in opens several accounts, and a person has to say which.
    case choosing(AccountChoosing)

    /// The connection, where whoever asked named the account.
    func only() throws -> Connection {
        switch self {
        case .connected(let connection): return connection
        case .choosing(let choosing):
            let names = choosing.choices.map { "\($0.account.id) (\($0.account.name))" }
            throw ConnectionError.refused(.chooseAccount, message: names.joined(separator: ", "))
        }
    }
}

/// A sign-in that opens several accounts, with what there is to choose from.
public struct AccountChoosing: Sendable, Equatable {
    public let id: String
    public let platform: String
    public let choices: [AccountChoice]
    /// When it is forgotten with its credentials.
    public let expiresAt: Date
}

/// What came of one account that was chosen.
public struct ChosenAccount: Sendable, Equatable {
    public let account: VendorAccount
    public let connection: Connection?
    /// Why it could not be connected.
    public let error: ConnectionError?
}

/// All that a new connection is made from, but its account.
struct SignIn: Sendable {
    let connector: any Connector
    let method: AuthMethod
    var fields: [String: String]
    let credentials: Credentials
    let label: String?
}

extension ConnectionsService {
    /// Connects the account that the sign-in opens, or keeps the sign-in until a person has chosen among several.
    func arrive(_ scope: TenantScope, _ signIn: SignIn, requestID: String) async throws -> SignInOutcome {
        do {
            return .connected(try await open(scope, signIn, requestID: requestID))
        } catch ConnectionError.refused(.chooseAccount, let message) {
            guard let field = signIn.connector.accountField, signIn.fields[field, default: ""].isEmpty else {
                throw ConnectionError.refused(.chooseAccount, message: message)
            }
        }
        let found = try await opened(signIn)
        let readable = found.filter { !$0.isClosed }
        guard let first = readable.first ?? found.first else { throw ConnectionError.noAccount }
        if readable.count <= 1 {
            let narrowed = Self.narrowed(try await entered(signIn, first.id), to: first)
            return .connected(try await open(scope, narrowed, requestID: requestID))
        }
        return .choosing(try await keep(scope, signIn, found))
    }

    private func keep(
        _ scope: TenantScope, _ signIn: SignIn, _ accounts: [VendorAccount]
    ) async throws -> AccountChoosing {
        let id = ID.make(SignInState.prefix, at: clock.now())
        let opened = SignInState.Opened(credentials: signIn.credentials, accounts: accounts)
        let sealed = try secrets.sealer(scope).seal(
            Array(try JSONEncoder().encode(opened)), context: SignInState.context(scope, id, "accounts"))
        var row = SignInState(
            id: id, signIn.connector.platform, signIn.method.id, userID: scope.userID ?? "", fields: signIn.fields,
            label: signIn.label, at: clock.now())
        row.opened = Base64URL.encode(sealed.bytes)
        try await TenantCollection<SignInState>(scope, database).insert(row)
        return try await choosing(scope, row, accounts)
    }

    // MARK: Choosing

    /// A sign-in of this person that waits for a choice.
    public func choosing(_ scope: TenantScope, _ id: String) async throws -> AccountChoosing {
        let row = try await pending(scope, id)
        return try await choosing(scope, row, try opened(scope, row).accounts)
    }

    /// Gives each of these accounts a connection of its own. One that cannot be connected keeps no other from it; the
    /// sign-in is forgotten when all are.
    public func choose(
        _ scope: TenantScope, _ id: String, _ accountIDs: [String], requestID: String = ""
    ) async throws -> [ChosenAccount] {
        let row = try await pending(scope, id)
        let content = try opened(scope, row)
        let connector = try connector(row.platform)
        guard let method = connector.method(row.method) else { throw ConnectionError.unknownMethod }
        let choices = try await choosing(scope, row, content.accounts).choices
        guard !accountIDs.isEmpty, Set(accountIDs).isSubset(of: choices.map(\.account.id)) else {
            throw ConnectionError.invalidField("account_ids")
        }
        let wanted = choices.filter { accountIDs.contains($0.account.id) && $0.connectionID == nil }
        var results: [ChosenAccount] = []
        for choice in wanted {
            let label = row.label.map { wanted.count == 1 ? $0 : "\($0) · \(choice.account.name)" }
            let signIn = SignIn(
                connector: connector, method: method, fields: row.fields, credentials: content.credentials,
                label: label.map { String($0.prefix(80)) })
            results.append(try await connect(scope, signIn, choice.account, requestID))
        }
        if results.allSatisfy({ $0.error == nil }) {
            _ = try await TenantCollection<SignInState>(scope, database).delete(.id(row.id))
        }
        return results
    }

    private func connect(
        _ scope: TenantScope, _ signIn: SignIn, _ account: VendorAccount, _ requestID: String
    ) async throws -> ChosenAccount {
        do {
            let narrowed = Self.narrowed(try await entered(signIn, account.id), to: account)
            return ChosenAccount(
                account: account, connection: try await openNamed(scope, narrowed, account, requestID), error: nil)
        } catch let error as ConnectionError {
            return ChosenAccount(account: account, connection: nil, error: error)
        }
    }

    /// Two accounts may have the same name; then the number tells them apart.
    func openNamed(
        _ scope: TenantScope, _ signIn: SignIn, _ account: VendorAccount, _ requestID: String
    ) async throws -> Connection {
        do {
            return try await open(scope, signIn, requestID: requestID)
        } catch ConnectionError.labelTaken {
            let numbered = SignIn(
                connector: signIn.connector, method: signIn.method, fields: signIn.fields,
                credentials: signIn.credentials, label: "\(account.name.prefix(50)) (\(account.id))")
            return try await open(scope, numbered, requestID: requestID)
        }
    }

    /// Whether this names a sign-in that waits for a choice, and not a connection.
    static func isPending(_ id: String) -> Bool { id.hasPrefix(SignInState.prefix + "_") }

    /// That there is a connection, or a sign-in of this person, to choose accounts for.
    public func requireChoice(_ scope: TenantScope, _ id: String) async throws {
        if Self.isPending(id) { _ = try await pending(scope, id) } else { _ = try await get(scope, id) }
    }

    // MARK: Parts

    /// The same for one of the accounts it opens.
    static func narrowed(_ signIn: SignIn, to account: VendorAccount) -> SignIn {
        var narrowed = signIn
        narrowed.fields.merge(account.fields ?? [:]) { $1 }
        if let field = signIn.connector.accountField { narrowed.fields[field] = account.id }
        return narrowed
    }

    private func pending(_ scope: TenantScope, _ id: String) async throws -> SignInState {
        guard Self.isPending(id), let row = try await TenantCollection<SignInState>(scope, database).get(id: id),
            row.userID == scope.userID ?? "", row.expiresAt > clock.now()
        else { throw ConnectionError.notFound }
        return row
    }

    private func opened(_ scope: TenantScope, _ row: SignInState) throws -> SignInState.Opened {
        let bytes = try secrets.sealer(scope).open(
            SealedBox(bytes: Base64URL.decode(row.opened ?? "") ?? []),
            context: SignInState.context(scope, row.id, "accounts"))
        return try JSONDecoder().decode(SignInState.Opened.self, from: Data(bytes))
    }

    private func choosing(
        _ scope: TenantScope, _ row: SignInState, _ accounts: [VendorAccount]
    ) async throws -> AccountChoosing {
        AccountChoosing(
            id: row.id, platform: row.platform, choices: try await marked(scope, row.platform, accounts),
            expiresAt: row.expiresAt)
    }

    /// Each account with the connection that reads it.
    func marked(
        _ scope: TenantScope, _ platform: String, _ accounts: [VendorAccount]
    ) async throws -> [AccountChoice] {
        let known = try await connections(scope).find(.eq("platform", .string(platform))).filter { !$0.hasEnded }
        return accounts.map { account in
            AccountChoice(account: account, connectionID: known.first { $0.accountID == account.id }?.id)
        }
    }
}
