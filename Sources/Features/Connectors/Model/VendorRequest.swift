import Foundation
import Web

/// Names with values in order, as headers, queries and forms have them. Reading ignores case.
public struct Pairs: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    public struct Item: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public private(set) var items: [Item]

    public init(_ items: [(String, String)] = []) { self.items = items.map { Item(name: $0.0, value: $0.1) } }

    public init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    public subscript(name: String) -> String? { items.first { $0.name.lowercased() == name.lowercased() }?.value }

    public mutating func add(_ name: String, _ value: String?) {
        if let value { items.append(Item(name: name, value: value)) }
    }

    /// Puts a value in the place of whatever had this name.
    public mutating func set(_ name: String, _ value: String) {
        items.removeAll { $0.name.lowercased() == name.lowercased() }
        items.append(Item(name: name, value: value))
    }

    public static func + (left: Pairs, right: Pairs) -> Pairs {
        var sum = left
        sum.items += right.items
        return sum
    }

    /// `a=1&b=2`, percent-encoded.
    public var encoded: String {
        items.map { PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value) }.joined(separator: "&")
    }
}

/// One call to a vendor, before it is signed.
public struct VendorRequest: Sendable, Equatable {
    public enum Method: String, Sendable {
        case get = "GET", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"
    }

    public enum Body: Sendable, Equatable {
        case none
        case json(JSONValue)
        case form(Pairs)
        case multipart(Multipart)
        /// Bytes as they are, of this media type: what was signed must not be written anew.
        case raw([UInt8], type: String)
    }

    public var method: Method
    /// Behind the base address, beginning with `/`; `{version}` and `{field}` of the connection are filled in.
    /// Begins with `http` for an absolute link the vendor gave.
    public var path: String
    /// Which of the platform's base addresses: `api` unless said otherwise.
    public var base: String
    public var query: Pairs
    public var headers: Pairs
    public var body: Body
    /// What shares a limit, a breaker and a line in the call statistics: `search`, `reports`, …
    public var endpoint: String
    /// False for calls that carry their credentials in the body.
    public var isSigned: Bool
    /// Reads only: the reply may serve equal calls for so many seconds.
    public var cacheSeconds: Int?
    /// A file at an address that the vendor gave, on whichever host: no credentials go there, and what it says is its
    /// content and no reply of the API's.
    public var isFile = false

    public init(
        _ method: Method, _ path: String, base: String = "api", query: Pairs = [:], headers: Pairs = [:],
        body: Body = .none, endpoint: String = "default", isSigned: Bool = true, cacheSeconds: Int? = nil
    ) {
        self.method = method
        self.path = path
        self.base = base
        self.query = query
        self.headers = headers
        self.body = body
        self.endpoint = endpoint
        self.isSigned = isSigned
        self.cacheSeconds = cacheSeconds
    }

    public static func get(_ path: String, _ query: Pairs = [:], endpoint: String = "default") -> VendorRequest {
        VendorRequest(.get, path, query: query, endpoint: endpoint)
    }

    public static func post(_ path: String, _ body: JSONValue, endpoint: String = "default") -> VendorRequest {
        VendorRequest(.post, path, body: .json(body), endpoint: endpoint)
    }

    /// So many bytes of a file from a place in it.
    public static func file(_ url: String, from offset: Int, length: Int) -> VendorRequest {
        var request = VendorRequest(
            .get, url, headers: ["Range": "bytes=\(offset)-\(offset + length - 1)"], endpoint: "files",
            isSigned: false)
        request.isFile = true
        return request
    }

    /// The same with a value in its query, form or JSON body, wherever its parameters are.
    func carrying(_ name: String, _ value: String, in place: PageParameter.Place) -> VendorRequest {
        var request = self
        switch place {
        case .auto: return carrying(name, value, in: body == .none ? .query : .body)
        case .query: request.query.set(name, value)
        case .request: break
        case .body:
            switch request.body {
            case .json(let json): request.body = .json(json.putting(.string(value), at: name))
            case .form(var form):
                form.set(name, value)
                request.body = .form(form)
            case .none: request.body = .json(.object([.init(name, .string(value))]))
            case .multipart(var parts):
                parts.fields.set(name, value)
                request.body = .multipart(parts)
            case .raw: break
            }
        case .numberInBody:
            guard case .json(let json) = request.body, let number = Int64(value) else { return request }
            request.body = .json(json.putting(.int(number), at: name))
        case .listInBody:
            let list = (try? JSONParser.parse(Array(value.utf8))) ?? .null
            guard case .json(let json) = request.body else { return request }
            request.body = .json(json.putting(list, at: name))
        }
        return request
    }
}

extension JSONValue {
    /// With a value at a dotted path; objects on the way are made.
    func putting(_ value: JSONValue, at path: String) -> JSONValue {
        let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
        let base = isObject ? self : .object([])
        guard parts.count == 2 else { return base.setting(path, value) }
        return base.setting(parts[0], (base[parts[0]] ?? .object([])).putting(value, at: parts[1]))
    }
}

/// What a vendor answered.
public struct VendorResponse: Sendable {
    public let status: Int
    public let headers: Pairs
    public let body: [UInt8]
    /// The body as JSON; `.null` when it is none.
    public let json: JSONValue
    public let receivedAt: Date

    public init(status: Int, headers: Pairs, body: [UInt8], receivedAt: Date) {
        self.status = status
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
        json =
            (try? JSONParser.parse(body, maximumDepth: 100, allowsDatabaseNames: true)) ?? .null
    }

    public var isSuccess: Bool { (200..<300).contains(status) }

    /// `Retry-After` in seconds, also as a date.
    public var retryAfter: TimeInterval? {
        guard let text = headers["Retry-After"] else { return nil }
        if let seconds = Double(text) { return max(0, seconds) }
        return HTTPDate.parse(text).map { max(0, $0.timeIntervalSince(receivedAt)) }
    }

    /// The body as text, shortened: for a sentence, never for a decision.
    public var excerpt: String { String(String(decoding: body.prefix(300), as: UTF8.self).prefix(200)) }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7), in mail's spelling with an offset: `+0100` (RFC 2822).
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func parse(_ text: String) -> Date? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
        guard parts.count == 6, let day = Int(parts[1]), let month = months.firstIndex(of: parts[2]),
            Int(parts[3]) != nil
        else { return nil }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let zone = parts[5].count == 5 && Int(parts[5]) != nil ? parts[5].prefix(3) + ":" + parts[5].suffix(2) : "Z"
        return CivilTime.parse("\(parts[3])-\(two(month + 1))-\(two(day))T\(parts[4])\(zone)")
    }
}
