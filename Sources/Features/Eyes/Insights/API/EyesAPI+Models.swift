import Accounts
import Jobs
import Web

extension EyesAPI {
    /// A model keeps speaking, whatever later runs find; `{"frozen": false}` lets it go.
    @Sendable func freeze(_ request: Request, _ context: APIContext) async throws -> Response {
        struct Body: Decodable, Sendable { var frozen: Bool? }
        let body = try await JSONBody.decode(Body.self, request, context)
        let version = try context.parameters.require("version")
        guard try await service.model(context.scope, version) != nil else { throw Problem.notFound() }
        try await service.freeze(
            context.scope, version: version, isFrozen: body.frozen ?? true, requestID: context.requestID)
        return try await models(context, version)
    }

    /// An earlier accepted model speaks again.
    @Sendable func rollback(_ request: Request, _ context: APIContext) async throws -> Response {
        let version = try context.parameters.require("version")
        guard try await service.model(context.scope, version) != nil else { throw Problem.notFound() }
        try await service.rollback(context.scope, version: version, requestID: context.requestID)
        return try await models(context, version)
    }

    private func models(_ context: APIContext, _ version: String) async throws -> Response {
        try await answer(context) { overview, json in
            json.field("model_version", version)
            json.array("data", overview.state.models) { json, model in
                json.object { json in
                    json.field("timeframe", model.horizon.timeframe)
                    json.field("model_version", model.model.version)
                    json.field("frozen", overview.state.frozenVersions.contains(model.model.version))
                }
            }
        }
    }

    /// Runs again from what is stored now and compares; the job's result says whether the bytes are equal.
    @Sendable func repeatRun(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.parameters.require("id")
        guard try await service.run(context.scope, id) != nil else { throw Problem.notFound() }
        let job = try await service.repeatRun(context.scope, id)
        let envelope = EyesEnvelope(overview: try await service.overview(context.scope), speech: speech(context))
        return Self.started(
            .accepted, "/api/v1/jobs/\(job.id)", state: "queued", jobID: job.id, runID: id, envelope)
    }
}

extension EyesAPIRoutes {
    var modelRoutes: [APIRoute<APIContext>] {
        let manage = RouteAccess.needs("eyes:manage")
        return [
            APIRoute(
                .post, "eyes/models/{version}/freeze", manage,
                APIOperation(
                    id: "freezeModel", summary: "Keeps an accepted model speaking, or lets it go.",
                    body: APIBody(.object([.optional("frozen", .boolean, "true unless said.")]), example: [:]),
                    responses: [.ok("The models that speak.", answer)]), handler: api.freeze),
            APIRoute(
                .post, "eyes/models/{version}/rollback", manage,
                APIOperation(
                    id: "rollbackModel", summary: "Lets an earlier accepted model speak again, from the next run on.",
                    responses: [.ok("The models that speak.", answer)]), handler: api.rollback),
            APIRoute(
                .post, "eyes/runs/{id}/repeat", .needs("eyes:run"),
                APIOperation(
                    id: "repeatRun", summary: "Runs again and compares; the job's result says whether it is equal.",
                    responses: [APIResponse(202, "Queued.", started)]), handler: api.repeatRun),
        ]
    }
}
