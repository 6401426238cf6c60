import NIOCore
import Web

/// The rows of a request, portion by portion: a JSON list as a whole, a stream of JSON lines as it arrives.
enum IngestBody {
    case list([JSONValue])
    case stream(UploadBody)

    /// - Throws: 415 for anything else, 413 over the limits, 400 for what is no JSON, 422 for what is no list
    static func read(_ request: Request) async throws -> IngestBody {
        let type = request.headers[.contentType]?.split(separator: ";").first.map { String($0).trimmingSpaces } ?? ""
        switch type.lowercased() {
        case "application/json": return .list(try await list(request))
        case "application/x-ndjson", "application/jsonl", "application/ndjson":
            return .stream(try UploadBody(request, limit: Ingest.streamBytes))
        default:
            throw Problem.unsupportedMediaType(expected: "application/json or application/x-ndjson")
        }
    }

    private static func list(_ request: Request) async throws -> [JSONValue] {
        let json = try await JSONBody.value(request, limit: Ingest.listBytes)
        guard let rows = json.arrayValue else {
            throw Problem.validation([
                FieldProblem(field: "", code: "type", message: "Must be a list of rows.")
            ])
        }
        guard rows.count <= Ingest.rows else {
            throw Problem(
                .contentTooLarge, code: "too_many_rows",
                detail: "A list may have at most \(Ingest.rows) rows; send more as application/x-ndjson.")
        }
        return rows
    }

    /// Calls with each portion of at most a thousand rows.
    func forEachPortion(_ body: ([IngestLine]) async throws -> Void) async throws {
        switch self {
        case .list(let rows):
            try await body(rows.enumerated().map { IngestLine(index: $0, content: .success($1)) })
        case .stream(let upload):
            var lines = IngestLines()
            for try await chunk in upload {
                lines.feed(chunk.readableBytesView)
                while let portion = lines.portion(atLeast: Ingest.rows) { try await body(portion) }
            }
            lines.finish()
            while let portion = lines.portion(atLeast: 1) { try await body(portion) }
        }
    }
}

/// Cuts a stream into lines and reads each as JSON. Blank lines are none; a line that is no JSON is a row refused.
struct IngestLines {
    /// Bytes of one line; what is longer is refused without being kept.
    static let longest = 1 << 20

    private var partial: [UInt8] = []
    private var isTooLong = false
    private var ready: [IngestLine] = []
    private var count = 0

    mutating func feed(_ bytes: some Collection<UInt8>) {
        for byte in bytes {
            guard byte != 0x0A else {
                endLine()
                continue
            }
            if partial.count < Self.longest { partial.append(byte) } else { isTooLong = true }
        }
    }

    mutating func finish() { endLine() }

    /// The next rows, if there are so many; at most a thousand.
    mutating func portion(atLeast wanted: Int) -> [IngestLine]? {
        guard ready.count >= wanted, !ready.isEmpty else { return nil }
        let portion = Array(ready.prefix(Ingest.rows))
        ready.removeFirst(portion.count)
        return portion
    }

    private mutating func endLine() {
        defer {
            partial.removeAll(keepingCapacity: true)
            isTooLong = false
        }
        let isBlank = partial.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
        guard isTooLong || !isBlank else { return }
        ready.append(IngestLine(index: count, content: isTooLong ? .failure(Self.tooLong) : Self.read(partial)))
        count += 1
    }

    private static func read(_ line: [UInt8]) -> Result<JSONValue, IngestRefusal> {
        do {
            return .success(try JSONParser.parse(line))
        } catch {
            let words = "\(error.reason) (byte \(error.offset) of the line)"
            return .failure(
                IngestRefusal(problems: [FieldProblem(field: "", code: "malformed_json", message: words)]))
        }
    }

    private static var tooLong: IngestRefusal {
        IngestRefusal(problems: [
            FieldProblem(field: "", code: "too_long", message: "The line has more than \(longest) bytes.")
        ])
    }
}
