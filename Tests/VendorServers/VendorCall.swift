import Foundation
import Web

/// A request that the fact sheet does not allow. The server answers 418, and tests fail on it.
public struct SheetViolation: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// One request as the vendor sees it, with the checks a sheet asks for.
public struct VendorCall: Sendable {
    public let method: String
    public let path: String
    public let query: [(name: String, value: String)]
    /// The query as it came, for vendors that tell encoded from plain signs (LinkedIn).
    public let rawQuery: String
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]
    /// Address of this server, for absolute links.
    public let base: String
    public let at: Date

    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    public func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

    public func number(_ name: String, or standard: Int) -> Int { query(name).flatMap(Int.init) ?? standard }

    /// The body as JSON; `.null` when it is none.
    public var json: JSONValue {
        (try? JSONParser.parse(body, maximumDepth: 100, allowsDatabaseNames: true)) ?? .null
    }

    /// The body as `application/x-www-form-urlencoded`.
    public var form: [String: String] {
        Dictionary(Self.pairs(String(decoding: body, as: UTF8.self)).map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// The token behind `Bearer`, or behind another word.
    public func token(_ scheme: String = "Bearer") -> String? {
        guard let value = header("Authorization"), value.hasPrefix(scheme + " ") else { return nil }
        return String(value.dropFirst(scheme.count + 1))
    }

    /// User and password of HTTP Basic.
    public var basic: (user: String, password: String)? {
        guard let value = token("Basic"), let data = Data(base64Encoded: value) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: ":", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    /// The parts of the path when it is this one: `GET /crm/objects/{version}/{type}`.
    public func matches(_ pattern: String) -> [String: String]? {
        let words = pattern.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2, words[0] == method else { return nil }
        let wanted = words[1].split(separator: "/", omittingEmptySubsequences: true)
        let given = path.split(separator: "/", omittingEmptySubsequences: true)
        guard wanted.count == given.count else { return nil }
        var found: [String: String] = [:]
        for (want, part) in zip(wanted, given) {
            if want.hasPrefix("{") {
                found[String(want.dropFirst().dropLast())] = PercentCoding.decode(part) ?? String(part)
            } else if want != part {
                return nil
            }
        }
        return found
    }

    // MARK: What a sheet allows

    /// Only these query parameters, and these at least.
    public func allow(query allowed: [String], required: [String] = []) throws {
        for item in query where !allowed.contains(item.name) && !required.contains(item.name) {
            throw SheetViolation("\(method) \(path): unknown parameter \(item.name)")
        }
        for name in required where query(name) == nil {
            throw SheetViolation("\(method) \(path): parameter \(name) is missing")
        }
    }

    public func require(header name: String, _ check: (String) -> Bool = { !$0.isEmpty }) throws {
        guard let value = header(name), check(value) else {
            throw SheetViolation("\(method) \(path): header \(name) is \(header(name) ?? "missing")")
        }
    }

    /// Only these members in a JSON object, and these at least.
    public func allow(_ object: JSONValue?, members allowed: [String], required: [String] = []) throws {
        guard case .object(let members)? = object else { throw SheetViolation("\(method) \(path): no JSON object") }
        for member in members where !allowed.contains(member.name) && !required.contains(member.name) {
            throw SheetViolation("\(method) \(path): unknown field \(member.name)")
        }
        for name in required where object?[name] == nil {
            throw SheetViolation("\(method) \(path): field \(name) is missing")
        }
    }

    public func require(_ condition: Bool, _ words: String) throws {
        if !condition { throw SheetViolation("\(method) \(path): \(words)") }
    }

    static func pairs(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            func plain(_ text: String) -> String { PercentCoding.decode(text, plusIsSpace: true) ?? text }
            return (plain(parts[0]), parts.count > 1 ? plain(parts[1]) : "")
        }
    }
}

/// What the vendor answers.
public struct VendorReply: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(_ status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers.map { (name: $0.0, value: $0.1) }
        self.body = body
    }

    public static func json(_ value: JSONValue, status: Int = 200, headers: [(String, String)] = []) -> VendorReply {
        var writer = JSONWriter()
        value.write(to: &writer)
        return VendorReply(
            status, headers: [("Content-Type", "application/json")] + headers, body: writer.bytes)
    }

    public func adding(_ name: String, _ value: String) -> VendorReply {
        var reply = self
        reply.headers.append((name, value))
        return reply
    }
}
