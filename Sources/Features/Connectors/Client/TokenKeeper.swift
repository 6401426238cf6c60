import BSON
import Foundation
import Tenancy
import Vault
import Web

/// How the manager waits; tests put a clock of their own behind it.
public struct Pause: Sendable {
    let wait: @Sendable (TimeInterval) async throws -> Void

    public init(_ wait: @escaping @Sendable (TimeInterval) async throws -> Void) { self.wait = wait }

    public static let real = Pause { try await Task.sleep(for: .seconds($0)) }

    func callAsFunction(_ seconds: TimeInterval) async throws { try await wait(seconds) }

    /// Between two looks at what another worker does: no clock but the real one brings that about.
    func untilNextLook() async throws { try await Task.sleep(for: .milliseconds(50)) }
}

/// Keeps a connection's access token good: refreshed before it expires, by one worker at a time.
struct TokenKeeper: Sendable {
    /// Refreshed when it has less than this left, unless the method says otherwise.
    static let margin: TimeInterval = 120
    static let lockSeconds: TimeInterval = 60

    let scope: TenantScope
    let connectionID: String
    let method: AuthMethod
    let secrets: SecretStore
    let exchange: TokenExchange
    let pause: Pause

    /// Credentials that are good for some time.
    func current() async throws -> Credentials {
        guard let credentials = try await secrets.read(scope, connectionID) else {
            throw VendorFault.actionRequired(.reconnect, message: "There are no credentials.")
        }
        guard isStale(credentials) else { return credentials }
        return try await refresh(after: credentials)
    }

    private func isStale(_ credentials: Credentials) -> Bool {
        var margin = Self.margin
        switch method.kind {
        case .header, .basic, .oauth1: return false
        case .clientCredentials: if credentials.accessToken == nil { return true }
        case .oauth2(let oauth, _, _):
            if oauth.refresh == .none || credentials.accessToken != nil && credentials.expiresAt == nil { return false }
            margin = oauth.renewAhead
        }
        guard let expiresAt = credentials.expiresAt else { return false }
        return expiresAt < secrets.clock.now().addingTimeInterval(margin)
    }

    /// Newer credentials than these. Whoever gets the lock refreshes; the others wait and take what it brought.
    func refresh(after old: Credentials) async throws -> Credentials {
        let holder = RandomToken.make(bytes: 9)
        for _ in 0..<600 {
            let now = secrets.clock.now()
            let free = Filter.or([.eq("lock_holder", .null), .lt("lock_until", .date(now))])
            let row = try await secrets.rows(scope).findAndUpdate(
                .and([.id(connectionID), free]),
                [
                    .set("lock_holder", .string(holder)),
                    .set("lock_until", .date(now.addingTimeInterval(Self.lockSeconds))),
                ])
            guard let row else {
                if let present = try await secrets.read(scope, connectionID), present.generation > old.generation {
                    return present
                }
                try await pause.untilNextLook()
                continue
            }
            do {
                let present = try secrets.open(scope, row)
                var fresh = present
                if present.generation <= old.generation {
                    fresh = try await exchange.refresh(present, method)
                    fresh.generation = present.generation + 1
                    try await secrets.write(scope, connectionID, fresh)
                }
                try await release(holder)
                return fresh
            } catch {
                try await release(holder)
                throw error
            }
        }
        throw VendorFault.retry("refresh lock")
    }

    private func release(_ holder: String) async throws {
        _ = try await secrets.rows(scope).update(
            .and([.id(connectionID), .eq("lock_holder", .string(holder))]),
            [.unset("lock_holder"), .unset("lock_until")])
    }
}
