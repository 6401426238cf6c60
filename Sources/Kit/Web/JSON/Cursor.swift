import Crypto
import Foundation

/// Opaque positions in keyset-paged lists: base64url of a small JSON value with a checksum over value and list.
/// Damage and mix-ups give 400. It is no signature: what comes out is still used as typed values only.
public enum Cursor {
    private static let checksumBytes = 6

    /// The text for a position in a list, for instance `Cursor.encode(["at": 1, "id": "cus_…"], for: "customers")`.
    public static func encode(_ position: JSONValue, for list: String) -> String {
        let payload = position.jsonBytes
        return Base64URL.encode(checksum(payload, list) + payload)
    }

    /// The position a cursor stands for; throws 400 `invalid_cursor`.
    public static func decode(_ text: String, for list: String) throws -> JSONValue {
        let invalid = Problem.badRequest("invalid_cursor", "The cursor is damaged or belongs to another list.")
        guard text.utf8.count <= 1024, let bytes = Base64URL.decode(text), bytes.count > checksumBytes else {
            throw invalid
        }
        let payload = Array(bytes[checksumBytes...])
        guard Array(bytes[..<checksumBytes]) == checksum(payload, list) else { throw invalid }
        guard let value = try? JSONParser.parse(payload) else { throw invalid }
        return value
    }

    private static func checksum(_ payload: [UInt8], _ list: String) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Array(list.utf8) + [0])
        hash.update(data: payload)
        return Array(hash.finalize().prefix(checksumBytes))
    }
}

/// Base64 for URLs without padding (RFC 4648 §5).
public enum Base64URL {
    public static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    public static func decode(_ text: String) -> [UInt8]? {
        guard !text.utf8.contains(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }) else { return nil }
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64).map(Array.init)
    }
}
