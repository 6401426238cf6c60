/// Writes the Prometheus text exposition format, version 0.0.4.
struct PrometheusText {
    /// What the reply's `Content-Type` must be.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var text = ""

    init() { text.reserveCapacity(16_384) }

    consuming func finish() -> String { text }

    mutating func append(_ name: String, _ family: MetricsRegistry.Family) {
        var lines = ""
        for (labels, instrument) in family.series.sorted(by: { $0.key < $1.key }) {
            switch instrument {
            case .counter(let counter): Self.line(&lines, name, labels, counter.value)
            case .gauge(let gauge): Self.line(&lines, name, labels, gauge.value)
            case .computed(_, let read): if let value = read() { Self.line(&lines, name, labels, value) }
            case .histogram(let histogram): Self.histogram(&lines, name, labels, histogram)
            }
        }
        guard !lines.isEmpty else { return }
        text += "# HELP \(name) \(Self.escapedHelp(family.help))\n# TYPE \(name) \(family.typeName)\n"
        text += lines
    }

    private static func histogram(_ lines: inout String, _ name: String, _ labels: String, _ histogram: Histogram) {
        let state = histogram.snapshot()
        var total = 0
        for (index, count) in state.counts.enumerated() {
            total += count
            let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
            let separator = labels.isEmpty ? "" : ","
            line(&lines, name + "_bucket", "\(labels)\(separator)le=\"\(bound)\"", Double(total))
        }
        line(&lines, name + "_sum", labels, state.sum)
        line(&lines, name + "_count", labels, Double(total))
    }

    private static func line(_ lines: inout String, _ name: String, _ labels: String, _ value: Double) {
        lines += name
        if !labels.isEmpty { lines += "{\(labels)}" }
        lines += " \(number(value))\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int(exactly: value) { return String(whole) }
        return "\(value)"
    }

    /// Labels in the order of their names, without the braces.
    static func labels(_ labels: [String: String]) -> String {
        guard !labels.isEmpty else { return "" }
        return labels.sorted { $0.key < $1.key }
            .map { "\(labelName($0.key))=\"\(escapedLabel($0.value))\"" }
            .joined(separator: ",")
    }

    /// The name with every character the format does not know replaced by `_`.
    static func metricName(_ name: String) -> String { cleaned(name, allowingColon: true) }

    static func labelName(_ name: String) -> String { cleaned(name, allowingColon: false) }

    private static func cleaned(_ name: String, allowingColon: Bool) -> String {
        var bytes: [UInt8] = []
        for (index, byte) in name.utf8.enumerated() {
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            let isColon = allowingColon && byte == UInt8(ascii: ":")
            if isDigit && index == 0 { bytes.append(UInt8(ascii: "_")) }
            bytes.append(isLetter || isDigit || isColon ? byte : UInt8(ascii: "_"))
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }

    private static func escapedLabel(_ value: String) -> String { escaped(value, quotes: true) }

    private static func escapedHelp(_ value: String) -> String { escaped(value, quotes: false) }

    private static func escaped(_ value: String, quotes: Bool) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension MetricsRegistry {
    /// The `Content-Type` that goes with ``prometheusText()``.
    public static var contentType: String { PrometheusText.contentType }
}
