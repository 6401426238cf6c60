import Accounts
import Web

/// The route table of EYES' JSON with what OpenAPI says of each route.
struct EyesAPIRoutes {
    let api: EyesAPI

    let view = RouteAccess.needs("eyes:view")
    let answer = Schema.object([
        SchemaField("state", .enumeration(["never_ran", "running", "published"])),
        SchemaField("run_id", .nullable(.string)), SchemaField("as_of", .nullable(.dateTime)),
        SchemaField("consent", .any), SchemaField("clustering", .any), SchemaField("churn", .any),
        .optional("data", .any), .optional("page", .any),
    ])

    var all: [APIRoute<APIContext>] { segmentRoutes + churnRoutes + runRoutes + insightRoutes + modelRoutes + [profit] }

    func segments(id: String = "listSegments") -> APIRoute<APIContext> {
        APIRoute(
            .get, "eyes/segments", view,
            operation(id, "Segments of the published run, with their churn risk on all horizons."),
            handler: api.segments)
    }

    func segmentsOfTimeframe(id: String = "listSegmentsOfTimeframe") -> APIRoute<APIContext> {
        APIRoute(
            .get, "eyes/segments/{timeframe}", view,
            operation(id, "Segments with the churn risk of one horizon: 30d, 60d or 90d."),
            handler: api.segmentsOfTimeframe)
    }

    func operation(
        _ id: String, _ summary: String, _ parameters: [APIParameter] = []
    ) -> APIOperation {
        APIOperation(
            id: id, summary: summary, parameters: parameters,
            responses: [.ok("The answer of the published run.", answer)])
    }

    private var segmentRoutes: [APIRoute<APIContext>] {
        [
            APIRoute(
                .post, "eyes/analyze-segments", .needs("eyes:run"),
                APIOperation(
                    id: "analyzeSegments",
                    summary: "Starts a run. 409 while one is under way, 200 when the same run is published already.",
                    responses: [
                        APIResponse(202, "Queued.", started), APIResponse(200, "Nothing has changed.", started),
                    ]), handler: api.start),
            segments(),
            APIRoute(
                .get, "eyes/segments/by-id/{id}", view, operation("getSegment", "One segment with its profile."),
                handler: api.segment),
            APIRoute(
                .get, "eyes/segments/by-id/{id}/members", view,
                operation("listSegmentMembers", "Members of a segment, highest spend first.", APIParameter.paging),
                handler: api.members),
            APIRoute(
                .get, "eyes/segments/by-id/{id}/diff", view,
                operation("diffSegment", "Who came and who went since the run before, and why."), handler: api.diff),
            APIRoute(
                .patch, "eyes/segments/by-id/{id}", .needs("eyes:manage"),
                APIOperation(
                    id: "renameSegment", summary: "Names a segment; an empty name brings back the one of its profile.",
                    body: APIBody(
                        .object([SchemaField("label", .string)]), example: ["label": "Loyal and slipping"]),
                    responses: [.ok("The segment.", answer)]), handler: api.rename),
            segmentsOfTimeframe(),
        ]
    }

    var started: Schema {
        .object([
            SchemaField("state", .enumeration(["queued", "identical"])), SchemaField("job_id", .nullable(.string)),
            SchemaField("run_id", .nullable(.string)), .optional("as_of", .nullable(.dateTime)),
            .optional("consent", .any), .optional("clustering", .any), .optional("churn", .any),
        ])
    }

    private var churnRoutes: [APIRoute<APIContext>] {
        [
            APIRoute(
                .get, "eyes/churn-risk", view,
                operation(
                    "listChurnRisk",
                    "Active customers by value at risk; as text/csv or application/x-ndjson all of them.",
                    APIParameter.paging + [
                        APIParameter("horizon", .enumeration(["30d", "60d", "90d"]), "90d unless said."),
                        APIParameter("band", .enumeration(RiskLevel.allCases.map(\.rawValue)), "Only this band."),
                        APIParameter("segment", .string, "Only members of this segment."),
                        APIParameter(
                            "sort", .enumeration(ScoreQuery.Order.allCases.map(\.rawValue)),
                            "By risk × value (value) or by risk."),
                        APIParameter(
                            "rank", .enumeration(RankBand.allCases.map(\.rawValue)),
                            "Only the tenth with the highest risk, the two after it, or the rest."),
                        APIParameter("cut", .integer(minimum: 0), "In files: only so many from the top."),
                    ]), handler: api.churn),
            APIRoute(
                .get, "eyes/churn-risk/{user_id}", view,
                operation(
                    "getChurnRisk", "One customer's scores, confidence and reasons. 410 when consent was withdrawn.",
                    [APIParameter("timeframe", .enumeration(["30d", "60d", "90d"]), "Only this horizon.")]),
                handler: api.customerChurn),
            APIRoute(
                .post, "eyes/retrain-model", .needs("eyes:manage"),
                APIOperation(
                    id: "retrainModel", summary: "A fresh run, also when nothing has changed.",
                    responses: [APIResponse(202, "Queued.", started)]), handler: api.retrain),
            APIRoute(
                .get, "eyes/model-performance", view,
                operation("getModelPerformance", "Gates and figures of each horizon's model."),
                handler: api.performance),
            APIRoute(
                .get, "eyes/models/{version}", view, operation("getModel", "A model's card."), handler: api.model),
        ]
    }

    private var runRoutes: [APIRoute<APIContext>] {
        [
            APIRoute(
                .get, "eyes/runs", view,
                operation(
                    "listRuns", "Runs, newest first.",
                    [APIParameter("limit", .integer(minimum: 1, maximum: 100), "20 unless said.")]),
                handler: api.runs),
            APIRoute(.get, "eyes/runs/{id}", view, operation("getRun", "One run."), handler: api.run),
            APIRoute(
                .get, "eyes/config", view,
                APIOperation(
                    id: "getEyesConfig", summary: "How EYES is set up here.",
                    responses: [.ok("Set-up.", configSchema)]), handler: api.config),
            APIRoute(
                .put, "eyes/config", .needs("eyes:manage"),
                APIOperation(
                    id: "putEyesConfig", summary: "Changes the set-up; the next run uses it.",
                    body: APIBody(.object(configFields)), responses: [.ok("Set-up.", configSchema)]),
                handler: api.configure),
        ]
    }

    private var configSchema: Schema {
        .object(
            configFields + [
                .optional("state", .string), .optional("run_id", .nullable(.string)),
                .optional("as_of", .nullable(.dateTime)), .optional("consent", .any), .optional("clustering", .any),
                .optional("churn", .any),
            ])
    }

    /// What a change sends, and what an answer holds beside the state of EYES.
    private var configFields: [SchemaField] {
        [
            SchemaField("version", .integer),
            SchemaField(
                "config",
                .object([
                    SchemaField("seed", .integer),
                    SchemaField("active_window_days", .integer(minimum: 30, maximum: 730)),
                    SchemaField("buyers_window_days", .integer(minimum: 180, maximum: 1825)),
                    SchemaField("high_band", .number), SchemaField("medium_band", .number),
                ])),
        ]
    }
}
