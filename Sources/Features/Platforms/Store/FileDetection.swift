/// Reads as much of a file as the detector asks for.
enum FileDetection {
    static func run(
        path: String, inspector: FileInspector, encoding: TextEncoding? = nil,
        overrides: CSVDetector.Overrides = .init()
    ) throws -> (summary: DetectedSummary, format: DetectedFormat) {
        if inspector.size == 0 { throw CSVError.empty }
        if let kind = FileKind.recognise(inspector.prefix) { throw CSVError.notText(kind) }
        let encoding = encoding ?? .detect(prefix: inspector.prefix, wholeFileIsUTF8: inspector.isUTF8)
        if JSONLines.begins(inspector.prefix) { return try lines(path: path, encoding: encoding) }
        let file = try ByteFile(reading: path)
        var transcoder = Transcoder(encoding)
        var detector = CSVDetector(overrides: overrides)
        var isWhole = false
        while detector.wantsMore {
            let chunk = try file.read(upTo: 262_144)
            var text: [UInt8] = []
            text.reserveCapacity(chunk.count * 2)
            if chunk.isEmpty {
                isWhole = true
                transcoder.finish(into: &text)
                try detector.feed(text)
                break
            }
            transcoder.decode(chunk, into: &text)
            try detector.feed(text)
        }
        let format = try detector.finish(isWholeFile: isWhole)
        return (DetectedSummary(format, encoding: encoding, sawWholeFile: isWhole), format)
    }

    private static func lines(
        path: String, encoding: TextEncoding
    ) throws -> (summary: DetectedSummary, format: DetectedFormat) {
        let file = try ByteFile(reading: path)
        var transcoder = Transcoder(encoding)
        var detector = JSONLDetector()
        var isWhole = false
        while detector.wantsMore, !isWhole {
            let chunk = try file.read(upTo: 262_144)
            var text: [UInt8] = []
            isWhole = chunk.isEmpty
            if isWhole { transcoder.finish(into: &text) } else { transcoder.decode(chunk, into: &text) }
            try detector.feed(text)
        }
        let format = try detector.finish(isWholeFile: isWhole)
        return (DetectedSummary(format, form: .jsonl, encoding: encoding, sawWholeFile: isWhole), format)
    }
}
