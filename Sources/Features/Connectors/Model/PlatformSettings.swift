import Foundation
import Vault

/// What an operator may change about a platform without a new build. Connectors give defaults.
public struct PlatformSettings: Sendable {
    /// Addresses by name: `api`, and for OAuth `authorize`, `token`, `revoke`. `{version}` and `{field}` are filled in.
    public var addresses: [String: String]
    public var version: String
    public var scopes: [String]
    public var clientID: String?
    public var clientSecret: SecretValue?
    /// Secrets that webhooks are signed with, newest first; two while one is replaced.
    public var webhookSecrets: [SecretValue]
    /// Anything else: lengths of windows, page sizes, key material, by name.
    public var values: [String: String]
    public var budgets: [RateBudget]
    public var breaker: BreakerRule
    /// False keeps private and loopback addresses out of what customers may enter.
    public var allowsPrivateHosts: Bool

    public init(
        addresses: [String: String], version: String = "", scopes: [String] = [], values: [String: String] = [:],
        budgets: [RateBudget] = [RateBudget(calls: 10, per: 1)], breaker: BreakerRule = BreakerRule()
    ) {
        self.addresses = addresses
        self.version = version
        self.scopes = scopes
        self.values = values
        self.budgets = budgets
        self.breaker = breaker
        clientID = nil
        clientSecret = nil
        webhookSecrets = []
        allowsPrivateHosts = false
    }

    /// What an app's deliveries are signed with: its secret, and while that is replaced the other ones.
    var appSecrets: [SecretValue] { [clientSecret].compactMap(\.self) + webhookSecrets }

    public func number(_ name: String, or standard: Int) -> Int { values[name].flatMap(Int.init) ?? standard }

    /// The defaults with what the operator has set: `api_url`, `token_url`, `version`, `scopes`, `client_id`,
    /// `client_secret`, `webhook_secret`, `call_timeout` in seconds, anything else by name.
    public func merging(_ overrides: [String: String]) -> PlatformSettings {
        var result = self
        for (name, value) in overrides where !value.isEmpty {
            switch name {
            case "version": result.version = value
            case "scopes": result.scopes = value.split(separator: " ").map(String.init)
            case "client_id": result.clientID = value
            case "client_secret": result.clientSecret = SecretValue(value)
            case "webhook_secret":
                result.webhookSecrets = value.split(separator: ",").map { SecretValue(String($0)) }
            case "call_timeout": result.breaker.timeout = Double(value) ?? result.breaker.timeout
            case "allow_private_hosts": result.allowsPrivateHosts = value == "true"
            case _ where name.hasSuffix("_url"): result.addresses[String(name.dropLast(4))] = value
            default: result.values[name] = value
            }
        }
        return result
    }
}
