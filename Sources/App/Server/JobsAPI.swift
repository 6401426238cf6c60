import Accounts
import Jobs
import Tenancy
import Web

/// Long work as programs see it: where it stands, and how to stop it.
struct JobsAPI {
    let queue: JobQueue

    static let schema = Schema.ref(
        "Job",
        .object([
            SchemaField("job_id", .string), SchemaField("kind", .string),
            SchemaField("state", .enumeration(["queued", "running", "succeeded", "failed", "cancelled"])),
            SchemaField("stage", .nullable(.string)), SchemaField("stages", .array(.string)),
            SchemaField("rows_done", .integer), SchemaField("rows_expected", .nullable(.integer)),
            SchemaField("attempt", .integer), SchemaField("error", .nullable(.string)),
            SchemaField("created_at", .dateTime), SchemaField("started_at", .nullable(.dateTime)),
            SchemaField("finished_at", .nullable(.dateTime)),
        ]))

    var table: APITable<APIContext> {
        let view = RouteAccess.needs(Permission.jobView.rawValue)
        return APITable(
            "jobs",
            [
                APIRoute(
                    .get, "jobs/{id}", view,
                    APIOperation(
                        id: "getJob", summary: "Where a job stands.",
                        responses: [APIResponse(200, "The job.", Self.schema)])
                ) { _, context in
                    .json(JobResource(job: try await job(context)))
                },
                APIRoute(
                    .post, "jobs/{id}/cancel", .needs(Permission.jobManage.rawValue),
                    APIOperation(
                        id: "cancelJob", summary: "Stops a job at its next step; what it had finished stays.",
                        responses: [APIResponse(202, "The job.", Self.schema)])
                ) { _, context in
                    let job = try await job(context)
                    try await queue.cancel(job.id, partition: context.scope.organizationID)
                    return .json(JobResource(job: try await self.job(context)), status: .accepted)
                },
            ])
    }

    private func job(_ context: APIContext) async throws -> Job {
        let id = try context.parameters.require("id")
        guard let job = try await queue.get(id, partition: context.scope.organizationID) else {
            throw Problem.notFound()
        }
        return job
    }
}

/// A job in JSON.
struct JobResource: JSONWritable {
    let job: Job

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("job_id", job.id)
            json.field("kind", job.kind)
            json.field("state", job.state.rawValue)
            json.field("stage", job.progress.stage)
            json.array("stages", job.progress.stages) { json, stage in json.value(stage) }
            json.field("rows_done", job.progress.rowsDone)
            json.field("rows_expected", job.progress.rowsExpected)
            json.field("attempt", job.attempt)
            json.field("error", job.error)
            json.field("created_at", job.createdAt)
            json.field("started_at", job.startedAt)
            json.field("finished_at", job.finishedAt)
        }
    }
}
