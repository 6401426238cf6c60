import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Web

@Suite struct StaticFilesTests {
    private let css = Array(String(repeating: "body { color: red }\n", count: 200).utf8)

    private func app() -> some ApplicationProtocol {
        var site = Site()
        site.options.assets = StaticFiles(contents: ["css/app.css": css, "robots.txt": Array("User-agent: *".utf8)])
        return site.app()
    }

    @Test("a hashed address is kept for a year, the plain one is revalidated")
    func caching() async throws {
        let url = StaticFiles(contents: ["css/app.css": css]).url("css/app.css")
        #expect(url.hasPrefix("/css/app.") && url.hasSuffix(".css") && url.count == "/css/app..css".count + 12)
        try await test(app()) { client in
            let etag = try await client.execute(uri: url, method: .get) { response in
                #expect(response.headers[.cacheControl] == "public, max-age=31536000, immutable")
                #expect(response.headers[.contentType] == "text/css; charset=utf-8")
                #expect(response.bytes == css)
                return response.headers[.eTag] ?? ""
            }
            try await client.execute(uri: "/css/app.css", method: .get, headers: [.ifNoneMatch: etag]) { response in
                #expect(response.status == .notModified)
                #expect(response.body.readableBytes == 0)
            }
            try await client.execute(uri: "/css/app.css", method: .head) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.contentLength] == String(css.count))
                #expect(response.body.readableBytes == 0)
            }
        }
    }

    @Test("the gzip form is the same file")
    func gzip() async throws {
        try await test(app()) { client in
            try await client.execute(uri: "/css/app.css", method: .get, headers: [.acceptEncoding: "gzip"]) {
                response in
                #expect(response.headers[.contentEncoding] == "gzip")
                #expect(response.headers[.vary] == "Accept-Encoding")
                #expect(response.bytes.count < css.count / 10)
                #expect(Gzip.decompress(response.bytes, limit: 100_000) == css)
            }
        }
    }

    @Test(
        "no address leads out of the folder",
        arguments: [
            "/../Package.swift", "/css/../../Package.swift", "/%2e%2e/Package.swift", "/css/%2e%2e%2fPackage.swift",
            "//etc/passwd", "/css/app.css/", "/css", "/css/app.css%00", "/.env",
        ])
    func traversal(_ uri: String) async throws {
        try await test(app()) { client in
            try await client.execute(uri: uri, method: .get) { #expect($0.status == .notFound) }
        }
    }

    @Test("a folder is read once, without hidden files")
    func directory() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "static-\(UUID())")
        try FileManager.default.createDirectory(at: folder.appending(path: "js"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("1".utf8).write(to: folder.appending(path: "js/a.js"))
        try Data("2".utf8).write(to: folder.appending(path: ".secret"))
        let files = try StaticFiles(directory: folder.path)
        #expect(files.paths == ["js/a.js"])
        #expect(files.templateNames.child(named: "js_a_js") as? String == files.url("js/a.js"))
    }
}

@Suite struct CompressionTests {
    private static let long = String(repeating: "Größe & Maß ", count: 500)

    @Test("long text is gzipped for who takes it, and unpacks to the same bytes")
    func roundTrip() async throws {
        let app = Site().app(pages: [
            page("/") { _, _ in text(Self.long) }, page("/short") { _, _ in text("short") },
            page("/image") { _, _ in text(Self.long, type: "image/png") },
            page("/tagged") { request, _ in text(Self.long).tagged("\"v1\"", for: request) },
            page("/stream") { _, _ in
                Response(
                    status: .ok, headers: [.contentType: "text/plain"],
                    body: .init { writer in
                        try await writer.write(ByteBuffer(string: Self.long))
                        try await writer.finish(nil)
                    })
            },
        ])
        try await test(app) { client in
            let gzip: HTTPFields = [.acceptEncoding: "br, gzip;q=0.5"]
            try await client.execute(uri: "/", method: .get, headers: gzip) { response in
                #expect(response.headers[.contentEncoding] == "gzip")
                #expect(response.headers[.contentLength] == String(response.bytes.count))
                #expect(Gzip.decompress(response.bytes, limit: 100_000) == Array(Self.long.utf8))
            }
            try await client.execute(uri: "/", method: .get, headers: [.acceptEncoding: "gzip;q=0"]) { response in
                #expect(response.headers[.contentEncoding] == nil)
                #expect(response.headers[.vary] == "Accept-Encoding")
                #expect(response.text == Self.long)
            }
            for uri in ["/short", "/image", "/stream"] {
                try await client.execute(uri: uri, method: .get, headers: gzip) { response in
                    #expect(response.headers[.contentEncoding] == nil)
                }
            }
            try await client.execute(uri: "/tagged", method: .get, headers: gzip) { response in
                #expect(response.headers[.eTag] == "W/\"v1\"")
            }
            var again = gzip
            again[.ifNoneMatch] = "W/\"v1\""
            try await client.execute(uri: "/tagged", method: .get, headers: again) { response in
                #expect(response.status == .notModified)
            }
        }
    }

    @Test("damaged or oversized gzip is refused")
    func damaged() throws {
        let packed = try #require(Gzip.compress(Array(repeating: 7, count: 10_000)))
        #expect(Gzip.decompress(packed, limit: 10_000)?.count == 10_000)
        #expect(Gzip.decompress(packed, limit: 9_999) == nil)
        #expect(Gzip.decompress(Array(packed.dropLast(4)), limit: 20_000) == nil)
        #expect(Gzip.decompress([1, 2, 3], limit: 100) == nil)
    }

    @Test("noise of any size survives", arguments: [0, 1, 1000, 65_536, 300_000])
    func noise(_ size: Int) throws {
        var state: UInt64 = 42
        let bytes = (0..<size).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        let packed = try #require(Gzip.compress(bytes, level: 9))
        #expect(Gzip.decompress(packed, limit: max(1, size)) == bytes)
    }
}
