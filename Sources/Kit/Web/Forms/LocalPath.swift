import HTTPTypes
import Hummingbird

/// A path on this site that is safe to redirect to: `/x`, never `//x`, `/\x`, another scheme or control characters.
public struct LocalPath: Sendable, Equatable, CustomStringConvertible {
    public let text: String
    public var description: String { text }

    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= 2048 else { return nil }
        if bytes.count > 1, bytes[1] == UInt8(ascii: "/") || bytes[1] == UInt8(ascii: "\\") { return nil }
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
        self.text = text
    }
}

extension Response {
    /// 303 to a path of ours. A path that is not local sends to `/` instead.
    public static func redirect(local path: String) -> Response { redirect(to: path, headers: [:]) }

    /// The same with headers, for instance cookies.
    public static func redirect(to path: String, headers: HTTPFields) -> Response {
        var fields = headers
        fields[.location] = LocalPath(path)?.text ?? "/"
        fields[.cacheControl] = "no-store"
        return Response(status: .seeOther, headers: fields)
    }
}
