import Audit
import BSON
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Vault

extension ConnectionsService {
    /// How soon a refused registration is tried again.
    static let webhookRetry: TimeInterval = 3600

    /// How news come about for this connection; nil where the platform sends none.
    public func webhookWay(_ connection: Connection) -> WebhookWay? {
        (try? connector(connection.platform))?.webhookWay(method: connection.method)
    }

    // MARK: When

    /// Queues what makes the connection's address known, where we can do that by calls.
    func enqueueWebhooks(_ scope: TenantScope, _ connection: Connection, isNewSecret: Bool = false) async throws {
        guard site.isReachable, webhookWay(connection) == .registered else { return }
        try await queue.enqueue(
            WebhookSetupJob.self, partition: scope.organizationID,
            parameters: .init(connectionID: connection.id, isNewSecret: isNewSecret), startedBy: scope.userID)
    }

    /// Looks every some minutes which registrations have to be looked at again or renewed before they end.
    /// - Parameter organizations: ids of organizations with connections like this
    public func webhookSchedule(
        every: Duration = .seconds(300), organizations: @escaping @Sendable (BSONDocument) async throws -> [String]
    ) -> Schedule {
        Schedule("connections.webhooks", every: every) { _ in
            for id in try await organizations(["webhooks.check_at": ["$lte": .date(clock.now())]]) {
                guard let scope = try await memberships.jobScope(organizationID: id, startedBy: nil) else { continue }
                _ = try await enqueueWebhookChecks(scope)
            }
        }
    }

    /// Returns how many are looked at.
    @discardableResult
    public func enqueueWebhookChecks(_ scope: TenantScope) async throws -> Int {
        let now = clock.now()
        let due = try await connections(scope).find(
            .and([.eq("status", "connected"), .lte("webhooks.check_at", .date(now))]), limit: 1000)
        for connection in due {
            // A worker that dies with the job is noticed by the schedule.
            _ = try await connections(scope).update(
                .id(connection.id), [.set("webhooks.check_at", .date(now.addingTimeInterval(Self.webhookRetry)))])
            try await enqueueWebhooks(scope, connection)
        }
        return due.count
    }

    /// Gives the vendor another secret to sign with; the one before is good for a day more.
    public func renewWebhookSecret(_ scope: TenantScope, _ id: String, requestID: String = "") async throws {
        try scope.requireWritable()
        let connection = try await get(scope, id)
        guard site.isReachable, connection.status == "connected", webhookWay(connection) == .registered,
            let origin = try connector(connection.platform).registrar?.secret, origin != .apps
        else { throw ConnectionError.unsupported }
        try await note(scope, connection, "connection.webhook_secret_renewed", requestID: requestID)
        try await enqueueWebhooks(scope, connection, isNewSecret: true)
    }

    // MARK: What

    /// Registers, or looks whether it still stands, and writes down how it went.
    func registerWebhooks(_ scope: TenantScope, _ connection: Connection, isNewSecret: Bool) async throws {
        let connector = try connector(connection.platform)
        guard let registrar = connector.registrar, registrar.serves(connection.method), site.isReachable,
            connection.status == "connected"
        else { return }
        // It stands there before the vendor hears of it, because it may ask back before it answers.
        let before = connection.webhooks ?? WebhookRegistration(.asked, since: clock.now())
        if connection.webhooks == nil { try await store(before, scope, connection) }
        var fresh = try await outcome(of: registrar, connector, scope, connection, isNewSecret)
        let present = try await connections(scope).get(id: connection.id)?.webhooks
        if fresh.state == .asked, let present, present != before { return }
        if before.state == fresh.state { fresh.since = before.since }
        try await store(fresh, scope, connection)
        guard fresh.state != connection.webhooks?.state else { return }
        try await note(scope, connection, "connection.webhooks_\(fresh.state.rawValue)", requestID: "", .sync)
    }

    private func outcome(
        of registrar: WebhookRegistrar, _ connector: any Connector, _ scope: TenantScope, _ connection: Connection,
        _ isNewSecret: Bool
    ) async throws -> WebhookRegistration {
        let now = clock.now()
        do {
            try await requireField(registrar, scope, connection)
            let (keys, target) = try await target(
                scope, connection, isNewSecret: isNewSecret, isOurs: registrar.secret == .ours)
            let opening = try await registrar.ensure(
                target, connection.webhooks, try calls(scope, connection, for: connector).client)
            try await keep(opening.secret, keys, scope, connection)
            return WebhookRegistration(
                opening.isAsked ? .asked : .registered, ids: opening.ids,
                checkAt: Self.nextLook(opening.endsAt, every: registrar.checkEvery, now), endsAt: opening.endsAt,
                since: now)
        } catch let fault as VendorFault {
            var failed = WebhookRegistration(
                .failed, ids: connection.webhooks?.ids ?? [], checkAt: now.addingTimeInterval(Self.wait(after: fault)),
                endsAt: connection.webhooks?.endsAt, since: now)
            failed.problem = Self.withoutAddress(FaultWords(fault).detail ?? FaultWords(fault).code)
            return failed
        }
    }

    /// Vendors repeat the address they do not like; it is a secret.
    private static func withoutAddress(_ words: String) -> String {
        words.replacing(/\/webhooks\/[^\s"']+/, with: "/webhooks/…")
    }

    func store(_ registration: WebhookRegistration?, _ scope: TenantScope, _ connection: Connection) async throws {
        guard let registration else {
            _ = try await connections(scope).update(.id(connection.id), [.unset("webhooks")])
            return
        }
        _ = try await connections(scope).update(
            .id(connection.id), [.set("webhooks", .document(try BSONEncoder().encode(registration)))])
    }

    private func requireField(
        _ registrar: WebhookRegistrar, _ scope: TenantScope, _ connection: Connection
    ) async throws {
        guard let name = registrar.neededField else { return }
        let own = try await secrets.read(scope, connection.id)?.secrets[name]
        let operators = settings(try connector(connection.platform)).webhookSecrets
        guard own != nil || !operators.isEmpty else {
            throw VendorFault.actionRequired(.reconnect, message: "\(name) is not given")
        }
    }

    /// The address and the secret, the same as last time unless another secret is wanted. Stored before the vendor
    /// hears of them, because it may ask back at once.
    private func target(
        _ scope: TenantScope, _ connection: Connection, isNewSecret: Bool, isOurs: Bool
    ) async throws -> (WebhookKeys, WebhookTarget) {
        let kept = try await secrets.webhookKeys(scope, connection.id)
        let token =
            kept?.token
            ?? "\(scope.organizationID).\(connection.id).\(RandomToken.make(bytes: 24))"
        var keys = kept ?? WebhookKeys(token: token, secret: "")
        keys.token = token
        if isOurs, keys.secret.isEmpty { keys.secret = RandomToken.make() }
        if isNewSecret, isOurs { keys.replace(with: RandomToken.make(), at: clock.now()) }
        if keys != kept {
            try await secrets.keep(keys, scope, connection.id)
            _ = try await connections(scope).update(
                .id(connection.id), [.set("webhook_hash", .string(RandomToken.hash(token)))])
        }
        let address = "\(site.publicURL)/webhooks/\(connection.platform)/\(token)"
        return (keys, WebhookTarget(address: address, secret: SecretValue(keys.secret), isNewSecret: isNewSecret))
    }

    /// A secret that the vendor made takes the place of ours.
    private func keep(
        _ secret: SecretValue?, _ keys: WebhookKeys, _ scope: TenantScope, _ connection: Connection
    ) async throws {
        guard let secret else { return }
        var keys = keys
        keys.replace(with: secret.reveal(), at: clock.now())
        try await secrets.keep(keys, scope, connection.id)
    }

    /// In good time before it ends: a tenth of what is left, a day at most.
    private static func nextLook(_ endsAt: Date?, every: TimeInterval, _ now: Date) -> Date {
        guard let endsAt else { return now.addingTimeInterval(every) }
        let left = max(0, endsAt.timeIntervalSince(now))
        return now.addingTimeInterval(min(every, max(60, left - min(86_400, left / 10))))
    }

    private static func wait(after fault: VendorFault) -> TimeInterval {
        switch fault {
        case .rateLimited(let wait, _): max(60, wait ?? 60)
        case .retry, .leftAlone, .unfinished: 600
        case .authExpired, .actionRequired, .permanent, .schema: webhookRetry * 6
        }
    }

    /// When somebody enters a secret that the vendor made anew, the one before is good for a day more.
    func keepSecretBefore(_ new: Credentials, _ scope: TenantScope, _ connection: Connection) async throws {
        guard case .connectionField(let name)? = try connector(connection.platform).webhooks?.secret,
            let old = try await secrets.read(scope, connection.id)?.secrets[name], old != new.secrets[name]
        else { return }
        var keys = try await secrets.webhookKeys(scope, connection.id) ?? WebhookKeys(token: nil, secret: "")
        keys.previous = old
        keys.previousUntil = clock.now().addingTimeInterval(WebhookKeys.overlap)
        try await secrets.keep(keys, scope, connection.id)
    }

    // MARK: The end

    /// Takes what was registered away, best effort: what the vendor does not hear now ends with its failed deliveries.
    /// - Returns: what is left until the vendor has asked back
    func endWebhooks(_ scope: TenantScope, _ connection: Connection) async -> WebhookRegistration? {
        guard let registration = connection.webhooks, let connector = try? connector(connection.platform),
            let registrar = connector.registrar, let keys = try? await secrets.webhookKeys(scope, connection.id),
            let token = keys.token, let calls = try? calls(scope, connection, for: connector)
        else { return nil }
        var ending = WebhookRegistration(.ending, ids: registration.ids, since: clock.now())
        ending.endsAt = registration.endsAt
        // The vendor may ask back before it answers.
        try? await store(ending, scope, connection)
        let address = "\(site.publicURL)/webhooks/\(connection.platform)/\(token)"
        let target = WebhookTarget(address: address, secret: SecretValue(keys.secret))
        let isAsked = (try? await registrar.close(target, registration, calls.client)) ?? false
        return isAsked ? ending : nil
    }
}

/// Makes a connection's address known to its vendor, or looks whether it still is.
public struct WebhookSetupJob: JobHandler {
    public struct Parameters: Codable, Sendable {
        var connectionID: String
        var isNewSecret: Bool
    }

    public static let kind = "platforms.webhook_setup"
    public static let stages = ["working"]

    let service: ConnectionsService

    public init(_ service: ConnectionsService) { self.service = service }

    public func run(_ parameters: Parameters, _ context: JobContext) async throws {
        guard let (scope, connection) = try await service.subject(of: context, parameters.connectionID) else {
            return
        }
        try await service.registerWebhooks(scope, connection, isNewSecret: parameters.isNewSecret)
    }
}
