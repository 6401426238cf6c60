import Logging

/// Writes each event as one line of JSON: ts, level, msg, logger, then the metadata as fields of the same object.
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let sink: LogSink
    private let redaction: LogRedaction

    public init(
        label: String, level: Logger.Level = .info, sink: LogSink = .standardOutput,
        redaction: LogRedaction = LogRedaction(), metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.logLevel = level
        self.sink = sink
        self.redaction = redaction
        self.metadataProvider = metadataProvider
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let given = event.metadata { fields.merge(given) { $1 } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        var line = LogLine(redaction: redaction)
        line.begin(level: event.level, message: event.message.description, label: label)
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) { line.field(key, value) }
        line.end()
        sink.accept(line.bytes)
    }
}
