import Accounts
import Connectors
import Foundation
import Jobs
import Records
import Tenancy
import Web

/// The API over platforms and connections.
struct ConnectionsAPI: Sendable {
    let service: ConnectionsService
    let imports: Imports
    let publicURL: String

    func platforms(_ request: Request, _ context: APIContext) async throws -> Response {
        let connections = try await imports.connections(in: context.scope)
        let counts = Dictionary(grouping: connections.filter { $0.status != "disabled" }, by: \.platform)
            .mapValues(\.count)
        return .json { json in
            json.object { json in
                json.array("data") { json in
                    PlatformJSON.writeFiles(connected: counts[Platform.csv.rawValue] ?? 0, to: &json)
                    for offer in service.catalogue() {
                        json.value(PlatformJSON(offer: offer, connected: counts[offer.platform] ?? 0))
                    }
                }
            }
        }
    }

    func platform(_ request: Request, _ context: APIContext) async throws -> Response {
        let offer = try offer(context.parameters.require("platform"))
        let connected = try await service.list(context.scope).count { $0.connection.platform == offer.platform }
        return .json(PlatformJSON(offer: offer, connected: connected))
    }

    func connect(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(ConnectBody.self, request, context)
        if body.platform == Platform.csv.rawValue { return try await connectFiles(body, context) }
        guard let offer = service.catalogue().first(where: { $0.platform == body.platform }) else {
            let known = ([Platform.csv.rawValue] + service.catalogue().map(\.platform)).joined(separator: ", ")
            throw Problem.validation([
                .init(field: "platform", code: "unknown", message: "There is no such platform. Known are: \(known).")
            ])
        }
        let label = try body.checkedLabel()
        guard let method = body.chosen(offer) else { throw Self.methodProblem(offer) }
        if method.isRedirect {
            let address = try await start(context, offer.platform, body.credentials ?? [:], label: label)
            return .json(status: .accepted) { json in
                json.object { json in json.field("authorize_url", address) }
            }
        }
        let outcome = try await service.signIn(
            context.scope, platform: offer.platform, methodID: method.id, fields: body.credentials ?? [:],
            label: label, requestID: context.requestID)
        switch outcome {
        case .connected(let connection): return try await created(connection.id, context)
        case .choosing(let choosing): return Self.choose(choosing)
        }
    }

    /// Which of the accounts is meant is said with PUT at the address that is told.
    private static func choose(_ choosing: AccountChoosing) -> Response {
        let place = "/api/v1/connections/\(choosing.id)/accounts"
        return .json(status: .accepted, headers: [.location: place]) { json in
            json.object { json in
                json.field("sign_in_id", choosing.id)
                json.field("accounts_url", place)
                json.field("expires_at", choosing.expiresAt)
                json.array("accounts") { json in
                    for choice in choosing.choices { json.value(AccountJSON(choice)) }
                }
            }
        }
    }

    private func connectFiles(_ body: ConnectBody, _ context: APIContext) async throws -> Response {
        let label = try body.checkedLabel() ?? Imports.standardLabel
        let (connection, isNew) = try await imports.connect(context.scope, label: label, requestID: context.requestID)
        return .json(ConnectionJSON(connection), status: isNew ? .created : .ok)
    }

    private static func methodProblem(_ offer: PlatformOffer) -> Problem {
        let ways = offer.methods.map { method in
            method.id + " (" + method.fields.map(\.name).joined(separator: ", ") + ")"
        }
        return .validation([
            .init(
                field: "method", code: "unknown",
                message: "Say which way to sign in, with its fields in credentials: \(ways.joined(separator: "; ")).")
        ])
    }

    /// The vendor's address to send a browser to. It has to come back in a session of the same person.
    func authorize(_ request: Request, _ context: APIContext) async throws -> Response {
        let platform = try offer(context.parameters.require("platform")).platform
        let query = Query(request)
        var fields: [String: String] = [:]
        for pair in query.list("field") {
            let parts = pair.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        let address = try await start(context, platform, fields, label: query["label"])
        return .json { json in json.object { json in json.field("authorize_url", address) } }
    }

    private func start(
        _ context: APIContext, _ platform: String, _ fields: [String: String], label: String?,
        reconnecting: String? = nil
    ) async throws -> String {
        try await service.startOAuth(
            context.scope, platform: platform, fields: fields,
            redirectURI: ConnectionPages.redirectURI(publicURL, platform), label: label, reconnecting: reconnecting)
    }

    func connections(_ request: Request, _ context: APIContext) async throws -> Response {
        let details = try await service.list(context.scope)
        let files = try await imports.connections(in: context.scope).filter { $0.platform == Platform.csv.rawValue }
        return .json(
            ListEnvelope(
                files.map(ConnectionJSON.init) + details.map(ConnectionJSON.init),
                page: PageInfo(limit: 500, nextCursor: nil)))
    }

    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(ConnectionJSON(try await service.detail(context.scope, context.parameters.require("id"))))
    }

    func streams(_ request: Request, _ context: APIContext) async throws -> Response {
        let detail = try await service.detail(context.scope, context.parameters.require("id"))
        return .json(
            ListEnvelope(detail.streams.map(StreamJSON.init), page: PageInfo(limit: 100, nextCursor: nil)))
    }

    func runs(_ request: Request, _ context: APIContext) async throws -> Response {
        let detail = try await service.detail(context.scope, context.parameters.require("id"))
        return .json(ListEnvelope(detail.runs.map(SyncRunJSON.init), page: PageInfo(limit: 50, nextCursor: nil)))
    }

    // MARK: Changing

    func sync(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let streams = Query(request).list("stream")
        let job = try await service.syncNow(
            context.scope, id, streams: streams.isEmpty ? nil : streams, requestID: context.requestID)
        return accepted(job, id)
    }

    func rebuild(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        return accepted(try await service.rebuild(context.scope, id, requestID: context.requestID), id)
    }

    func pause(_ request: Request, _ context: APIContext) async throws -> Response {
        try await service.pause(context.scope, context.parameters.require("id"), requestID: context.requestID)
        return try await show(request, context)
    }

    func resume(_ request: Request, _ context: APIContext) async throws -> Response {
        try await service.resume(context.scope, context.parameters.require("id"), requestID: context.requestID)
        return try await show(request, context)
    }

    func reauthorize(_ request: Request, _ context: APIContext) async throws -> Response {
        let connection = try await service.get(context.scope, context.parameters.require("id"))
        let body = try await JSONBody.decode(ReauthorizeBody.self, request, context)
        let method = try offer(connection.platform).methods.first { $0.id == connection.method }
        if method?.isRedirect == true {
            let fields = (connection.fields ?? [:]).merging(body.credentials ?? [:]) { $1 }
            let address = try await start(
                context, connection.platform, fields, label: nil, reconnecting: connection.id)
            return .json(status: .accepted) { json in
                json.object { json in json.field("authorize_url", address) }
            }
        }
        _ = try await service.reconnect(
            context.scope, connection.id, fields: body.credentials ?? [:], requestID: context.requestID)
        return try await show(request, context)
    }

    func disconnect(_ request: Request, _ context: APIContext) async throws -> Response {
        try await service.disconnect(
            context.scope, context.parameters.require("id"),
            erasesData: try Query(request).flag("erase_data") ?? false, requestID: context.requestID)
        return .noContent
    }

    func consentPolicy(_ request: Request, _ context: APIContext) async throws -> Response {
        let connection = try await service.get(context.scope, context.parameters.require("id"))
        return .json(ConsentPolicyJSON(policy: connection.consent ?? .standard))
    }

    func setConsentPolicy(_ request: Request, _ context: APIContext) async throws -> Response {
        let connection = try await service.get(context.scope, context.parameters.require("id"))
        let body = try await JSONBody.decode(ConsentPolicyBody.self, request, context)
        let policy = ConsentPolicy(purposes: body.purposes, days: body.days)
        let job = try await service.setConsentPolicy(
            context.scope, connection.id, policy, requestID: context.requestID)
        return accepted(job, connection.id)
    }

    // MARK: Shared

    private func offer(_ platform: String) throws -> PlatformOffer {
        guard let offer = service.catalogue().first(where: { $0.platform == platform }) else {
            throw ConnectionError.unknownPlatform
        }
        return offer
    }

    private func created(_ id: String, _ context: APIContext) async throws -> Response {
        .json(
            ConnectionJSON(try await service.detail(context.scope, id)), status: .created,
            headers: [.location: "/api/v1/connections/\(id)"])
    }

    private func accepted(_ job: Job, _ connectionID: String) -> Response {
        .json(status: .accepted, headers: [.location: "/api/v1/jobs/\(job.id)"]) { json in
            json.object { json in
                json.field("job_id", job.id)
                json.field("connection_id", connectionID)
                json.field("state", job.state.rawValue)
            }
        }
    }
}
