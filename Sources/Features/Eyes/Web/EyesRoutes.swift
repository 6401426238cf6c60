import Accounts
import Jobs
import Web

/// The pages and the JSON of EYES, as tables of method, path, permission and handler.
public struct EyesRoutes: Sendable {
    let service: EyesService

    public init(service: EyesService) { self.service = service }

    /// Below `/o/{slug}`.
    public var pages: RouteTable<TenantPageContext> {
        let controller = EyesController(service: service)
        let view = RouteAccess.needs("eyes:view")
        let run = RouteAccess.needs("eyes:run")
        return RouteTable(
            "eyes",
            [
                .get("eyes", view, name: "eyes.index", handler: controller.index),
                .post("eyes/run", run, name: "eyes.start", handler: controller.start),
                .get("eyes/segments/{id}", view, name: "eyes.segment", handler: controller.segment),
                .get("eyes/models/{version}", view, name: "eyes.model", handler: controller.model),
                .get("eyes/runs", view, name: "eyes.runs", handler: controller.runs),
                .get("eyes/runs/{id}", view, name: "eyes.run", handler: controller.run),
                .get("eyes/runs/{id}/stream", view, name: "eyes.run.stream", handler: controller.stream),
                .post("eyes/runs/{id}/cancel", run, name: "eyes.run.cancel", handler: controller.cancel),
            ])
    }

    /// Below `/api/v1`.
    public var api: APITable<APIContext> { EyesAPI(service: service).table }

    /// `GET /eyes/segments` without the prefix, as the founding documents name it.
    public var alias: APITable<APIContext> { EyesAPI(service: service).aliasTable }
}

extension Eyes {
    /// What a caller is told of an ``EyesError``.
    public static let errors: ErrorMapper = { error in
        guard let error = error as? EyesError else { return nil }
        switch error {
        case .alreadyRunning(let jobID):
            return Problem(
                .conflict, code: "eyes_already_running", title: "A run is under way.",
                detail: "Wait for job \(jobID) or cancel it.", headers: [.location: "/api/v1/jobs/\(jobID)"])
        case .invalidConfig(let fields):
            return .validation(
                fields.map { FieldProblem(field: $0, code: "range", message: "Out of range.") })
        case .damagedRow:
            return nil
        }
    }
}
