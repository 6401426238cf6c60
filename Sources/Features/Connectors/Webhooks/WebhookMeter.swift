import Telemetry

/// Counts what was sent to us and was not from whom it said.
enum WebhookMeter {
    static func refused(_ platform: String) {
        MetricsRegistry.shared.counter(
            "webhooks_refused_total", help: "Deliveries whose signature or time was wrong.",
            labels: ["platform": platform]
        ).increment()
    }
}
