import Accounts
import Audit
import BSON
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Mongo
import Tenancy
import TestMongo
import TestSupport
import Vault
import Web

@testable import Accounts

/// The feature alone, served over a real socket on a real database of its own.
struct AccountsHarness: Sendable {
    let http: HTTP
    let accounts: AccountsService
    let memberships: Memberships
    let audit: AuditLog
    let database: MongoDatabase
    let time: ManualTime
    let registry: RouteRegistry

    static let password = "orange kettle on the roof"

    static func run(
        settings: AccountsSettings = .generous, scrypt: ScryptParameters = .minimal,
        _ body: @Sendable (AccountsHarness) async throws -> Void
    ) async throws {
        try await TestMongo.shared().withDatabase { database in
            for spec in Tenancy.collections + Audit.collections + Accounts.collections {
                try await spec.install(in: database)
            }
            let time = ManualTime(Date())
            let clock = WallClock.manual(time)
            let memberships = Memberships(database: database, clock: clock)
            let audit = AuditLog(database: database, clock: clock)
            let ring = try KeyRing([(id: "k1", key: [UInt8](repeating: 7, count: 32))])
            let accounts = AccountsService(
                database: database, memberships: memberships, audit: audit, sealer: Sealer(ring),
                hasher: PasswordHasher(parameters: scrypt), settings: settings, clock: clock)
            let registry = RouteRegistry()
            let app = Application(
                router: try router(accounts, registry),
                configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)), logger: quiet)
            try await app.test(.live) { client in
                let http = HTTP(base: "http://localhost:\(client.port ?? 0)")
                do {
                    try await body(
                        AccountsHarness(
                            http: http, accounts: accounts, memberships: memberships, audit: audit, database: database,
                            time: time, registry: registry))
                    try await http.shutdown()
                } catch {
                    try await http.shutdown()
                    throw error
                }
            }
        }
    }

    private static let quiet = Logger(label: "accounts-tests") { _ in SwiftLogNoOpLogHandler() }

    private static func router(_ accounts: AccountsService, _ registry: RouteRegistry) throws -> Router<BasicWebContext>
    {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let catalogue = try Catalogue.load(directory: root + "/Locales")
        let renderer = PageRenderer(
            library: try TemplateLibrary(directory: root + "/Templates", reloads: false), catalogue: catalogue,
            assets: try StaticFiles(directory: root + "/Public"))
        let router = WebStack.router(
            WebStackOptions(
                errorMappers: [AccountProblems.map(catalogue)], errorPage: ErrorPage.hook(renderer)), registry: registry
        )
        let site = Site(accounts: accounts, renderer: renderer)
        let pages = AccountsPageTables(site)
        let browser = router.group("", context: BrowserContext.self)
            .add(middleware: OriginCheck(publicOrigins: ["http://localhost"]))
            .add(middleware: SessionMiddleware(site))
        pages.browser.mount(on: browser, registry: registry, guard: AccountsGuard.browser)
        let tenant = browser.group("").add(middleware: TenantMiddleware()).group("", context: TenantPageContext.self)
        pages.tenant.mount(on: tenant, at: "/o/{slug}", registry: registry, guard: AccountsGuard.page)
        let api = AccountsAPITables(accounts)
        let entry = router.group("", context: APIEntryContext.self).add(middleware: BearerMiddleware(accounts))
        api.entry.mount(on: entry, registry: registry, guard: AccountsGuard.apiEntry)
        api.aliases.mount(on: entry, at: "", registry: registry, guard: AccountsGuard.apiEntry)
        api.wellKnown.mount(on: entry, at: "", registry: registry, guard: AccountsGuard.apiEntry)
        let member = entry.group("", context: APIContext.self)
        for table in api.member { table.mount(on: member, registry: registry, guard: AccountsGuard.api) }
        return router
    }
}

extension AccountsSettings {
    /// No waiting and no counting, for tests that are about something else.
    static let generous = AccountsSettings(triesPerMinute: 1_000, triesPerHour: 10_000, refusalStep: 0)
}

/// A person who has signed up through the API.
struct Member: Sendable {
    let userID: String
    let email: String
    let organizationID: String
    let slug: String
    let token: String
    let refresh: String
}

extension AccountsHarness {
    func register(_ email: String, name: String = "Ana", organization: String = "Acme") async throws -> Member {
        let answer = try await http.api(
            "POST", "/auth/register",
            ["email": email, "password": Self.password, "name": name, "organization_name": organization])
        return try member(answer, email)
    }

    func member(_ answer: HTTP.Answer, _ email: String) throws -> Member {
        guard let json = answer.json, let user = json["user"] as? [String: Any],
            let organization = json["organization"] as? [String: Any], let userID = user["user_id"] as? String,
            let token = json["access_token"] as? String, let refresh = json["refresh_token"] as? String,
            let organizationID = json["organization_id"] as? String, let slug = organization["slug"] as? String
        else { throw Unexpected(answer.text) }
        return Member(
            userID: userID, email: email, organizationID: organizationID, slug: slug, token: token, refresh: refresh)
    }

    /// Adds somebody to an organization with a role, with a token for it.
    func join(_ owner: Member, _ email: String, as role: Role) async throws -> Member {
        let own = try await register(email, name: email, organization: "Own of \(email.prefix(4))")
        try await memberships.add(userID: own.userID, userName: own.email, role: role, to: owner.organizationID)
        memberships.invalidate(userID: own.userID)
        let answer = try await http.api(
            "POST", "/api/v1/auth/switch", ["organization_id": owner.organizationID], token: own.token)
        return try member(answer, email)
    }

    /// Signs in through the form and returns the cookie.
    func signIn(_ email: String, cookie: String? = nil) async throws -> String {
        let answer = try await http.form("/login", ["email": email, "password": Self.password], cookie: cookie)
        guard answer.status == 303, let cookie = answer.cookies.first(where: { $0.hasPrefix("__Host-sid=") }) else {
            throw Unexpected("\(answer.status) \(answer.text)")
        }
        return cookie
    }

    func auditActions(_ organizationID: String) async throws -> [String] {
        try await database.collection("audit_log").find(
            ["organization_id": .string(organizationID)], options: FindOptions(sort: ["seq": 1], limit: 1000)
        ).compactMap { $0["action"]?.stringValue }
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ text: String) { description = text }
}
