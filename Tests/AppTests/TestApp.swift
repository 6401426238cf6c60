import FaultLab
import Foundation
import Logging
import Mongo
import ServiceLifecycle
import TestMongo
import TestSupport
import Vault

@testable import App

/// The whole service on a real database and a real socket, for the length of one test.
struct TestApp: Sendable {
    let http: HTTP
    let dependencies: Dependencies

    /// A signed-up person with their organization.
    struct Tenant: Sendable {
        let token: String
        let refreshToken: String
        let organizationID: String
        let slug: String
        let email: String
        let password: String
    }

    static func run(
        settings: [String: String] = [:], worker: Bool = true,
        _ body: @escaping @Sendable (TestApp) async throws -> Void
    ) async throws {
        let url = try await TestMongo.shared().url
        try await databases.lend { database in
            let base = try Base(try config(url, database: database.name, settings))
            do {
                try await base.migrator.up()
                try await serve(base, worker: worker, body)
            } catch {
                await base.client.shutdown()
                throw error
            }
            await base.client.shutdown()
        }
    }

    /// Few apps at once leave mongod to those that run; the migrations make the schema, once in each.
    private static let databases = ScratchDatabases(
        places: 4, keeping: ["migrations"], make: { try await TestMongo.shared().client.database($0) },
        install: { _ in })

    private static func config(_ url: String, database: String, _ settings: [String: String]) throws -> AppConfig {
        let key = Data((0..<32).map { UInt8($0) }).base64EncodedString()
        let fixed = [
            "OMNIFY_ENV": "test", "OMNIFY_HOME": SourceRoot.path, "OMNIFY_PORT": "0", "OMNIFY_MONGO_URL": url,
            "OMNIFY_MONGO_DB": database, "OMNIFY_MASTER_KEYS": "test:" + key, "OMNIFY_LOG_LEVEL": "error",
            "OMNIFY_AUTH_PER_MINUTE": "100000", "OMNIFY_AUTH_PER_HOUR": "100000", "OMNIFY_USER_PER_MINUTE": "0",
            "OMNIFY_PUBLIC_URL": "http://localhost:1",
            "OMNIFY_DATA_DIR": FileManager.default.temporaryDirectory.appendingPathComponent(database).path,
        ]
        return try AppConfig(environment: fixed.merging(settings) { $1 })
    }

    private static func serve(
        _ base: Base, worker: Bool, _ body: @escaping @Sendable (TestApp) async throws -> Void
    ) async throws {
        let dependencies = try await Dependencies(base)
        let (ports, ready) = AsyncStream<Int>.makeStream()
        let server = ServeCommand.server(dependencies) { port in ready.yield(port) }
        var services: [any Service] = [server]
        if worker { services.append(dependencies.runner) }
        let group = ServiceGroup(services: services, logger: base.logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            let http = HTTP(base: "http://localhost:\(port)", origin: "http://localhost:1")
            do {
                try await body(TestApp(http: http, dependencies: dependencies))
            } catch {
                try? await http.shutdown()
                await group.triggerGracefulShutdown()
                throw error
            }
            try await http.shutdown()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    func register(_ name: String) async throws -> Tenant {
        let email = "owner@\(name).test"
        let password = "a long sentence of \(name)"
        let answer = try await http.api(
            "POST", "/auth/register",
            [
                "email": email, "password": password, "name": "Owner \(name)", "organization_name": "Org \(name)",
                "slug": name,
            ])
        guard answer.status == 201, let json = answer.json, let token = json["access_token"] as? String,
            let refresh = json["refresh_token"] as? String, let organization = json["organization_id"] as? String
        else { throw TestFailure("register answers \(answer.status): \(answer.text)") }
        return Tenant(
            token: token, refreshToken: refresh, organizationID: organization, slug: name, email: email,
            password: password)
    }

    /// The session cookie of a browser sign-in.
    func signIn(_ tenant: Tenant) async throws -> String {
        let answer = try await http.form("/login", ["email": tenant.email, "password": tenant.password])
        guard answer.status == 303, let cookie = answer.cookies.first(where: { $0.hasPrefix("__Host-") }) else {
            throw TestFailure("sign-in answers \(answer.status): \(answer.text.prefix(300))")
        }
        return cookie
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
