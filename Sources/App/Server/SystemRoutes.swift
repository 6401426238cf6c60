import Foundation
import Telemetry
import Vault
import Web

/// Routes outside every pipeline: for load balancers, scrapers and the first call of a new user.
struct SystemRoutes {
    let health: HealthMonitor
    let metrics: MetricsRegistry
    let metricsToken: SecretValue?

    func add(to router: some RouterMethods<BasicWebContext>) {
        router.get("/health") { _, _ in await healthAnswer() }
        router.get("/health/live") { _, _ in Response.json { $0.object { $0.field("status", "ok") } } }
        router.get("/health/ready") { _, _ in
            let report = await health.report()
            return Response.json(status: report.isReady ? .ok : .serviceUnavailable) { json in
                json.object { $0.field("ready", report.isReady) }
            }
        }
        router.get("/metrics") { request, context in
            guard mayScrape(request, context) else { throw Problem.notFound() }
            return text(metrics.prometheusText(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
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
