import Accounts
import Jobs
import Web

/// The pages and the JSON of EYES, as tables of method, path, permission and handler.
public struct EyesRoutes: Sendable {
    let service: EyesService
    let renderer: PageRenderer

    /// - Parameter renderer: whose words the JSON speaks.
    public init(service: EyesService, renderer: PageRenderer) {
        self.service = service
        self.renderer = renderer
    }

    /// Below `/o/{slug}`.
    public var pages: RouteTable<TenantPageContext> {
        let controller = EyesController(service: service)
        let view = RouteAccess.needs("eyes:view")
        let run = RouteAccess.needs("eyes:run")
        return RouteTable(
            "eyes",
            [
                .get("eyes", view, name: "eyes.index", controller.index),
                .post("eyes/run", run, name: "eyes.start", controller.start),
                .get("eyes/segments/{id}", view, name: "eyes.segment", controller.segment),
                .get("eyes/models/{version}", view, name: "eyes.model", controller.model),
                .get("eyes/runs", view, name: "eyes.runs", controller.runs),
                .get("eyes/runs/{id}", view, name: "eyes.run", controller.run),
                .get("eyes/runs/{id}/stream", view, name: "eyes.run.stream", controller.stream),
                .post("eyes/runs/{id}/cancel", run, name: "eyes.run.cancel", controller.cancel),
            ])
    }

    /// Below `/api/v1`.
    public var api: APITable<APIContext> { EyesAPI(service: service, renderer: renderer).table }

    /// `GET /eyes/segments` without the prefix, as the founding documents name it.
    public var alias: APITable<APIContext> { EyesAPI(service: service, renderer: renderer).aliasTable }
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
