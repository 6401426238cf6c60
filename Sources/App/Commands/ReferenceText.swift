import Customers
import Foundation
import Vault
import Web

/// Texts about the program itself, made without a database.
public enum ReferenceText {
    /// The OpenAPI document of the routes as they are mounted.
    public static func openAPI() throws -> String {
        let routers = try mounted()
        return String(
            decoding: OpenAPIRoute.document(routers.registry, serverURL: routers.dependencies.config.publicURL),
            as: UTF8.self)
    }

    /// One line a route: method, path, what it needs.
    public static func routes() throws -> String { try mounted().registry.text }

    /// Routers as the service has them. Nothing is connected: the database is only named.
    static func mounted() throws -> Routers {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("OMNIFY_MASTER_KEYS") }
        environment["OMNIFY_MASTER_KEYS"] = KeyGenerator.masterKey(id: "reference")
        let base = try Base(try AppConfig(environment: environment))
        let sealer = Sealer(try KeyRing(configured: base.config.masterKeys))
        let keys = PersonKeys(tokenizer: Tokenizer(key: [UInt8](repeating: 0, count: 32)), sealer: sealer)
        let routers = Routers(try Dependencies(base, sealer: sealer, keys: keys))
        _ = routers.build()
        return routers
    }

    /// Every setting with its value in the present environment; secrets are masked.
    public static func settings() -> String {
        let environment = ProcessInfo.processInfo.environment
        return ConfigurationKey.all.map { key in
            let file = environment[key.variable + "_FILE"].map { "from file \($0)" }
            let value = environment[key.variable].map { key.isSecret ? "***" : $0 }
            return "\(key.variable) = \(value ?? file ?? "(\(key.defaultValue))")\n    \(key.summary)"
        }.joined(separator: "\n")
    }
}
