import HTTPTypes
import Hummingbird
import Logging

/// The first middleware: gives the request its id, its client address, its language and theme, and puts the id into
/// the logger that every deeper layer uses.
public struct RequestStart: RouterMiddleware {
    /// How many proxies in front of us are ours. The client is that many hops to the left in `X-Forwarded-For`; with
    /// none, the header is not believed at all.
    public let trustedProxies: Int

    public init(trustedProxies: Int = 0) { self.trustedProxies = trustedProxies }

    public func handle(
        _ request: Request, context: BasicWebContext,
        next: (Request, BasicWebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let requestID = RequestIdentity.take(request.headers[.xRequestID])
        context.web.requestID = requestID
        context.web.clientAddress = ClientAddress.find(
            socket: context.socketAddress, forwarded: request.headers[values: .xForwardedFor],
            trustedProxies: trustedProxies)
        let cookies = CookieReader(request.headers[values: .cookie])
        context.web.locale =
            cookies[AppLocale.cookieName].flatMap { AppLocale(rawValue: String($0)) }
            ?? request.headers[.acceptLanguage].flatMap { AppLocale.preferred(acceptLanguage: $0) } ?? .en
        context.web.theme = cookies[Theme.cookieName].flatMap { Theme(rawValue: String($0)) } ?? .system
        context.coreContext.replaceRequestID(requestID, logger: context.logger)
        let ready = context
        var response = try await withLogger(ready.logger) { _ in try await next(request, ready) }
        response.headers[.xRequestID] = requestID
        for field in ready.notes.values.rateHeaders ?? [:] where response.headers[field.name] == nil {
            response.headers.append(field)
        }
        return response
    }
}

extension CoreRequestContextStorage {
    /// Puts our id into the logger in place of Hummingbird's own.
    fileprivate mutating func replaceRequestID(_ id: String, logger: Logger) {
        var logger = logger
        logger[metadataKey: "hb.request.id"] = nil
        logger[metadataKey: "request_id"] = .string(id)
        let endpoint = endpointPath
        let parameters = parameters
        self = CoreRequestContextStorage(source: LoggerSource(logger: logger))
        endpointPath = endpoint
        self.parameters = parameters
    }
}

private struct LoggerSource: RequestContextSource {
    let logger: Logger
}

/// Request ids: taken from the caller if harmless, else made.
enum RequestIdentity {
    /// Longest id taken from outside.
    static let maximumLength = 64

    static func take(_ header: String?) -> String {
        guard let header, isSafe(header) else { return make() }
        return header
    }

    static func isSafe(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= maximumLength
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// 120 random bits in Crockford's letters.
    static func make() -> String {
        let letters = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        var generator = SystemRandomNumberGenerator()
        var high = generator.next()
        var low = generator.next()
        return String(unsafeUninitializedCapacity: 24) { buffer in
            for index in 0..<12 {
                buffer[index] = letters[Int(high & 31)]
                buffer[index + 12] = letters[Int(low & 31)]
                high >>= 5
                low >>= 5
            }
            return 24
        }
    }
}

/// The client's address behind trusted proxies.
enum ClientAddress {
    static func find(socket: String?, forwarded: [String], trustedProxies: Int) -> String {
        let direct = socket ?? "unknown"
        guard trustedProxies > 0, !forwarded.isEmpty else { return direct }
        // Each trusted proxy appended the address it saw; the last `trustedProxies` entries are therefore true.
        let hops = forwarded.flatMap { $0.split(separator: ",") }.map { String($0.trimmingSpaces()) }
        let index = max(0, hops.count - trustedProxies)
        guard index < hops.count else { return direct }
        return isAddress(hops[index]) ? hops[index] : direct
    }

    /// True for what can be an IPv4 or IPv6 address; keeps rubbish out of logs and limiter keys.
    private static func isAddress(_ text: String) -> Bool {
        (2...45).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }
}

/// Reads request cookies without making objects of them.
public struct CookieReader: Sendable {
    private let headers: [String]

    /// - Parameter headers: the values of all `Cookie` headers
    public init(_ headers: [String]) { self.headers = headers }

    public init(_ request: Request) { headers = request.headers[values: .cookie] }

    /// The first cookie of a name.
    public subscript(name: String) -> Substring? {
        for header in headers {
            for pair in header.split(separator: ";") {
                let trimmed = pair.trimmingSpaces()
                guard trimmed.hasPrefix(name) else { continue }
                let rest = trimmed.dropFirst(name.count)
                if rest.first == "=" { return rest.dropFirst() }
            }
        }
        return nil
    }
}
