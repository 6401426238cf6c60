import Foundation
import Telemetry
import Vault
import Web

/// Routes outside every group: for load balancers, scrapers and the first call of a new user.
struct SystemRoutes {
    let health: HealthMonitor
    let metrics: MetricsRegistry
    let metricsToken: SecretValue?

    var table: APITable<BasicWebContext> {
        APITable(
            "system",
            [
                APIRoute(.get, "health", .open, Self.healthOperation) { _, _ in await healthAnswer() },
                APIRoute(.get, "health/live", .open, Self.liveOperation) { _, _ in
                    Response.json { $0.object { $0.field("status", "ok") } }
                },
                APIRoute(.get, "health/ready", .open, Self.readyOperation) { _, _ in await readyAnswer() },
                // Open as far as people and tokens of the service go; scrapers have a token of their own.
                APIRoute(.get, "metrics", .open, Self.metricsOperation) { request, context in
                    guard mayScrape(request, context) else { throw Problem.notFound() }
                    return text(metrics.prometheusText(), type: Self.metricsType)
                },
            ])
    }

    private func healthAnswer() async -> Response {
        let report = await health.report()
        return Response.json(status: report.condition == .failing ? .serviceUnavailable : .ok) { json in
            json.object { json in
                json.field("status", report.condition.rawValue)
                json.field("version", BuildInfo.version)
                json.field("uptime_s", Int(report.uptime))
                json.object("checks") { json in
                    json.field("database", report.database ? "ok" : "failing")
                    json.field("migrations", report.migrated ? "ok" : "pending")
                    json.field("workers", report.workers ? "ok" : "none")
                }
            }
        }
    }

    private func readyAnswer() async -> Response {
        let report = await health.report()
        return Response.json(status: report.isReady ? .ok : .serviceUnavailable) { json in
            json.object { $0.field("ready", report.isReady) }
        }
    }

    /// With a token only who has it; without one only from this machine.
    private func mayScrape(_ request: Request, _ context: BasicWebContext) -> Bool {
        guard let metricsToken else { return ["127.0.0.1", "::1"].contains(context.clientAddress) }
        return ConstantTime.equal(request.headers[.authorization] ?? "", "Bearer " + metricsToken.reveal())
    }

    private func text(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

extension SystemRoutes {
    private static let metricsType = "text/plain; version=0.0.4; charset=utf-8"

    private static let health: Schema = .ref(
        "Health",
        .object([
            .init("status", .enumeration(["ok", "degraded", "failing"])), .init("version", .string),
            .init("uptime_s", .integer),
            .init(
                "checks",
                .object([
                    .init("database", .enumeration(["ok", "failing"])),
                    .init("migrations", .enumeration(["ok", "pending"])),
                    .init("workers", .enumeration(["ok", "none"])),
                ])),
        ]))

    private static let healthOperation = APIOperation(
        id: "getHealth", summary: "Whether the service can do its work, with what it looked at.",
        responses: [APIResponse(200, "It can.", health), APIResponse(503, "It cannot.", health)])

    private static let liveOperation = APIOperation(
        id: "getLiveness", summary: "Whether the process answers at all.",
        responses: [APIResponse(200, "It does.", .object([.init("status", .string)]))])

    private static let readyOperation = APIOperation(
        id: "getReadiness", summary: "Whether requests should be sent here.",
        responses: [
            APIResponse(200, "They should.", .object([.init("ready", .boolean)])),
            APIResponse(503, "They should not.", .object([.init("ready", .boolean)])),
        ])

    private static let metricsOperation = APIOperation(
        id: "getMetrics", summary: "Figures for Prometheus.",
        details: "With the scrape token, or from the machine itself where none is configured; 404 for everybody else.",
        responses: [
            APIResponse(200, "The figures.", .string, contentType: "text/plain"), APIResponse(404, "Not for you."),
        ])
}
