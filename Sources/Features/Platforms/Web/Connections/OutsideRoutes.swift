import Accounts
import Connectors
import Foundation
import NIOCore
import Tenancy
import Vault
import Web

/// Where a vendor's page sends the browser back to. The address has no organization in it, because vendors compare it
/// letter by letter; the state knows whose it is.
struct OAuthReturn: Sendable {
    let service: ConnectionsService

    func callback(_ request: Request, _ context: BrowserContext) async throws -> Response {
        let platform = try context.parameters.require("platform")
        guard let identity = context.identity,
            let state = Query(request)["state"],
            let organization = ConnectionsService.organizationID(ofState: state),
            let scope = try await service.memberships.scope(userID: identity.user.id, organizationID: organization),
            service.catalogue().contains(where: { $0.platform == platform })
        else { throw Problem.notFound() }
        return try await context.redirect(
            to: "/o/\(scope.organization.slug)/connections/callback/\(platform)?" + (request.uri.query ?? ""))
    }
}

/// Where vendors report what happened. Anyone may call; only what is signed has an effect.
struct WebhookIntake: Sendable {
    static let largestBody = 5 << 20

    let service: ConnectionsService
    let publicURL: String

    func receive(_ request: Request, _ context: BasicWebContext) async throws -> Response {
        let delivery = try await delivery(request)
        return try Self.response(
            try await service.receive(
                platform: context.parameters.require("platform"), token: context.parameters.require("token"), delivery))
    }

    /// At the address that all connections of a platform share.
    func receiveForApp(_ request: Request, _ context: BasicWebContext) async throws -> Response {
        let delivery = try await delivery(request)
        return try Self.response(
            try await service.receive(platform: context.parameters.require("platform"), delivery))
    }

    private func delivery(_ request: Request) async throws -> WebhookDelivery {
        let body = try await JSONBody.collect(request, limit: Self.largestBody)
        var headers = Pairs()
        for field in request.headers { headers.add(field.name.rawName, field.value) }
        return WebhookDelivery(
            method: request.method.rawValue, url: publicURL + request.uri.string, headers: headers, body: body,
            receivedAt: service.clock.now())
    }

    private static func response(_ answer: WebhookAnswer) throws -> Response {
        switch answer.status {
        case 404: throw Problem.notFound()
        case 401: throw Problem.unauthorized("The signature does not match.", code: "signature")
        case 400: throw Problem.badRequest("malformed_delivery", "The body could not be read.")
        default:
            // A challenge is repeated as it came: never as anything a browser would run.
            return Response(
                status: .init(code: answer.status),
                headers: [
                    .contentType: answer.body.hasPrefix("{") ? "application/json" : "text/plain; charset=utf-8"
                ],
                body: .init(byteBuffer: ByteBuffer(string: answer.body)))
        }
    }
}
