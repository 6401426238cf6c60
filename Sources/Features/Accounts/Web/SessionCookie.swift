import Foundation
import Web

/// The browser's half of a session. `__Host-` binds the cookie to this host and to secure transport; browsers treat
/// `http://localhost` as secure.
enum SessionCookie {
    static let name = "__Host-sid"

    /// The cookie's value if it has the shape of one of ours.
    static func value(in request: Request) -> String? {
        guard let value = CookieReader(request)[name], value.utf8.count == 43, value.utf8.allSatisfy(isTokenByte) else {
            return nil
        }
        return String(value)
    }

    static func set(_ token: String, on response: inout Response, maxAge: TimeInterval) {
        append("\(name)=\(token); Path=/; Max-Age=\(Int(maxAge)); Secure; HttpOnly; SameSite=Lax", to: &response)
    }

    static func clear(on response: inout Response) {
        append("\(name)=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax", to: &response)
    }

    /// A readable cookie for a choice that is no secret (language, colours), kept for a year.
    static func setPreference(_ name: String, _ value: String, on response: inout Response) {
        append("\(name)=\(value); Path=/; Max-Age=31536000; SameSite=Lax", to: &response)
    }

    private static func append(_ text: String, to response: inout Response) {
        response.headers.append(HTTPField(name: .setCookie, value: text))
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
