import Foundation
import Synchronization
import Web

/// The API's description, made from the mounted routes at the first request and kept.
struct OpenAPIRoute {
    let registry: RouteRegistry
    let publicURL: String

    var table: APITable<BasicWebContext> {
        let document = Lazy { Self.document(registry, serverURL: publicURL) }
        let operation = APIOperation(
            id: "getDescription", summary: "This description of the API, OpenAPI 3.1.",
            responses: [APIResponse(200, "The document.", .object([.init("openapi", .string)]))])
        return APITable(
            "system",
            [
                APIRoute(.get, "api/openapi.json", .open, operation) { _, _ in
                    Response(
                        status: .ok, headers: [.contentType: "application/json", .cacheControl: "public, max-age=60"],
                        body: .init(byteBuffer: ByteBuffer(bytes: document.value)))
                }
            ])
    }

    static func document(_ registry: RouteRegistry, serverURL: String) -> [UInt8] {
        OpenAPI.document(
            registry.routes, title: "OmniFy Cloud Connect", version: BuildInfo.version, serverURL: serverURL)
    }
}

/// A value made once, when it is first asked for.
private final class Lazy: Sendable {
    private let make: @Sendable () -> [UInt8]
    private let made = Mutex<[UInt8]?>(nil)

    init(_ make: @escaping @Sendable () -> [UInt8]) { self.make = make }

    var value: [UInt8] {
        made.withLock { made in
            if let made { return made }
            let fresh = make()
            made = fresh
            return fresh
        }
    }
}
