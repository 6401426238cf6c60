import Foundation
import Synchronization
import Web

/// The API's description, made from the mounted routes at the first request and kept.
struct OpenAPIRoute {
    let registry: RouteRegistry
    let publicURL: String

    func add(to router: Router<BasicWebContext>) {
        let document = Lazy { Self.document(registry, serverURL: publicURL) }
        router.get("/api/openapi.json") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "public, max-age=60"],
                body: .init(byteBuffer: ByteBuffer(bytes: document.value)))
        }
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
