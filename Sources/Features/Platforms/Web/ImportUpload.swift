import NIOCore
import Web

/// The file of an upload, however it was sent: as a form's part or as the body itself.
struct ImportUpload {
    let fileName: String
    let source: Source

    enum Source {
        case part(MultipartReader)
        case body(UploadBody)
    }

    /// - Throws: 422 when a form carries no file
    static func open(_ request: Request, query: Query) async throws -> ImportUpload {
        let limit = ImportFiles.maximumSize
        let type = request.headers[.contentType]?.lowercased() ?? ""
        guard type.hasPrefix("multipart/form-data") else {
            return ImportUpload(
                fileName: query["file_name"] ?? "orders.csv", source: .body(try UploadBody(request, limit: limit)))
        }
        var reader = try MultipartReader(request, limits: MultipartLimits(total: limit + 1_048_576))
        while let part = try await reader.nextPart() {
            guard part.name == "file", let name = part.filename, !name.isEmpty else { continue }
            return ImportUpload(fileName: name, source: .part(reader))
        }
        throw Problem.validation([.init(field: "file", code: "required", message: "Choose a file.")])
    }

    var chunks: Chunks { Chunks(source: source) }

    struct Chunks: AsyncSequence {
        typealias Element = [UInt8]

        let source: Source

        func makeAsyncIterator() -> Iterator {
            switch source {
            case .part(let reader): Iterator(reader: reader, body: nil)
            case .body(let body): Iterator(reader: nil, body: body.makeAsyncIterator())
            }
        }

        struct Iterator: AsyncIteratorProtocol {
            var reader: MultipartReader?
            var body: UploadBody.Iterator?

            mutating func next() async throws -> [UInt8]? {
                if body != nil { return try await body?.next().map { Array($0.readableBytesView) } }
                return try await reader?.nextChunk().map { Array($0.readableBytesView) }
            }
        }
    }
}
