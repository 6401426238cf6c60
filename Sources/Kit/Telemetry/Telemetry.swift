import CoreMetrics
import Logging

/// Starts what the process tells about itself, and keeps it small.
public enum Telemetry {
    /// Makes JSON lines the process's log, and the shared registry the target of swift-metrics. Call once, first thing.
    ///
    /// - Parameters:
    ///   - level: events below are not even formatted.
    ///   - secrets: configured secrets, masked wherever they turn up in a log.
    ///   - version: shown as `build_info`.
    public static func bootstrap(
        level: Logger.Level, secrets: [String] = [], version: String, sink: LogSink = .standardOutput
    ) {
        ProcessMemory.keepSmall()
        let redaction = LogRedaction(secrets: secrets)
        LoggingSystem.bootstrap { label in
            JSONLogHandler(label: label, level: level, sink: sink, redaction: redaction)
        }
        MetricsSystem.bootstrap(RegistryMetricsFactory(.shared))
        ProcessMetrics.register(in: .shared, version: version)
    }
}
