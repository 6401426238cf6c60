import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// The files of `Public/`, read into memory at start. Each has an address with a hash of its content, which may be
/// kept for a year; the plain address works too and is revalidated. There is no file access while serving, so there
/// is no path to climb out of.
public struct StaticFiles: Sendable {
    struct File: Sendable {
        let body: ByteBuffer
        /// Gzip form, if it is smaller.
        let compressed: ByteBuffer?
        let contentType: String
        let etag: String
        let hashedURL: String
    }

    /// Files by path, for instance `/css/app.css` and `/css/app.1a2b3c4d5e6f.css`.
    private let files: [String: (file: File, isHashed: Bool)]
    private let urls: [String: String]
    let templateNames: AssetNames
    let shellURLs: ShellURLs

    /// No files.
    public static let none = StaticFiles(contents: [:])

    /// Reads a folder. Hidden files are left out.
    public init(directory: String) throws {
        var contents: [String: [UInt8]] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            guard !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { continue }
            var isDirectory: ObjCBool = false
            let full = directory + "/" + path
            guard FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory), !isDirectory.boolValue,
                let data = FileManager.default.contents(atPath: full)
            else { continue }
            contents[path] = Array(data)
        }
        self.init(contents: contents)
    }

    /// Files from bytes, for tests.
    public init(contents: [String: [UInt8]]) {
        var files: [String: (File, Bool)] = [:]
        var urls: [String: String] = [:]
        for (path, bytes) in contents {
            let hash = SHA256.hash(data: bytes).prefix(6)
                .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            let hashed = StaticFiles.hashed("/" + path, hash)
            let type = StaticFiles.contentType(path)
            let compressed = StaticFiles.isText(type) ? Gzip.compress(bytes, level: 9) : nil
            let file = File(
                body: ByteBuffer(bytes: bytes),
                compressed: compressed.flatMap { $0.count < bytes.count ? ByteBuffer(bytes: $0) : nil },
                contentType: type, etag: "\"\(hash)\"", hashedURL: hashed)
            files["/" + path] = (file, false)
            files[hashed] = (file, true)
            urls[path] = hashed
        }
        self.files = files
        self.urls = urls
        templateNames = AssetNames(urls)
        shellURLs = ShellURLs { urls[$0] ?? "/" + $0 }
    }

    /// The address with hash of a file, for instance `url("css/app.css")`; the plain address if there is no such file.
    public func url(_ path: String) -> String { urls[path] ?? "/" + path }

    /// The files' paths, sorted.
    public var paths: [String] { urls.keys.sorted() }

    /// The answer for a GET or HEAD of one of the files; nil for anything else.
    func response(to request: Request) -> Response? {
        guard request.method == .get || request.method == .head, let (file, isHashed) = files[request.uri.path]
        else { return nil }
        var headers: HTTPFields = [
            .contentType: file.contentType,
            .eTag: file.etag,
            .cacheControl: isHashed ? "public, max-age=31536000, immutable" : "public, max-age=0, must-revalidate",
        ]
        if file.compressed != nil { headers[.vary] = "Accept-Encoding" }
        if ETag.matches(request.headers[.ifNoneMatch], file.etag) {
            return Response(status: .notModified, headers: headers)
        }
        var body = file.body
        if let compressed = file.compressed, Gzip.isAccepted(request.headers[.acceptEncoding]) {
            headers[.contentEncoding] = "gzip"
            body = compressed
        }
        headers[.contentLength] = String(body.readableBytes)
        return Response(
            status: .ok, headers: headers, body: request.method == .head ? .init() : .init(byteBuffer: body))
    }

    private static func hashed(_ path: String, _ hash: String) -> String {
        guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return path + "." + hash }
        return path[..<dot] + "." + hash + path[dot...]
    }

    private static func isText(_ type: String) -> Bool {
        type.hasPrefix("text/") || type.contains("json") || type.contains("svg") || type.contains("manifest")
    }

    private static func contentType(_ path: String) -> String {
        switch path.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "html": "text/html; charset=utf-8"
        case "txt": "text/plain; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "webp": "image/webp"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "json": "application/json"
        case "webmanifest": "application/manifest+json"
        default: "application/octet-stream"
        }
    }
}

/// Asset addresses for templates: `css/app.css` is `{{asset.css_app_css}}`.
struct AssetNames: MustacheParent, Sendable {
    private let urls: [String: String]

    init(_ urls: [String: String]) {
        self.urls = Dictionary(urls.map { (AssetNames.name($0.key), $0.value) }) { first, _ in first }
    }

    static func name(_ path: String) -> String {
        String(path.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    func child(named name: String) -> Any? { urls[name] }
}

/// Entity tags (RFC 9110 §8.8.3).
public enum ETag {
    /// A strong tag from a version number.
    public static func version(_ number: Int) -> String { "\"v\(number)\"" }

    /// True if an `If-None-Match` or `If-Match` header names the tag.
    public static func matches(_ header: String?, _ tag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { item in
            let candidate = item.trimmingSpaces()
            return candidate == "*" || candidate == tag || candidate == "W/" + tag
        }
    }
}

extension Response {
    /// Puts a strong tag on a GET's answer, or answers 304 if the client has it already.
    public func tagged(_ tag: String, for request: Request) -> Response {
        if request.method == .get || request.method == .head, ETag.matches(request.headers[.ifNoneMatch], tag) {
            return Response(status: .notModified, headers: [.eTag: tag])
        }
        var copy = self
        copy.headers[.eTag] = tag
        if copy.headers[.cacheControl] == "private, no-store" { copy.headers[.cacheControl] = "private, no-cache" }
        return copy
    }
}
