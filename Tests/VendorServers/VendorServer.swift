import Foundation
import Waiting
import Web

/// One vendor's API on our own machine, made from its fact sheet. Whatever the sheet does not allow is a
/// ``SheetViolation``.
public protocol VendorServer: Sendable {
    /// As connectors name it: `hubspot`.
    static var platform: String { get }
    init(_ world: VendorWorld)
    /// What an operator configures to reach this server instead of the vendor: `api_url`, `token_url`, `client_id`, ….
    func settings(base: String) -> [String: String]
    /// What a person fills in to connect with a static key (or before signing in).
    var fields: [String: String] { get }
    func reply(to call: VendorCall) throws -> VendorReply
    /// How this vendor says "too many calls".
    func tooMany(retryAfter: Int?) -> VendorReply
    /// The vendor's error body for a status.
    func failure(_ status: Int) -> VendorReply
    /// Access tokens die now, in the middle of whatever is going on.
    func expireTokens()
    /// The app is removed at the vendor.
    func revoke()
    /// A person at the vendor lets us in again: what ``fields`` holds is good once more.
    func renew()
    /// How this vendor hides an error in a reply that says 200.
    func quietFailure() -> VendorReply
    /// A valid signed delivery of news about a customer; nil when the platform sends no webhooks.
    func webhook(customer: Int, url: String) -> SignedDelivery?
}

extension VendorServer {
    public func tooMany(retryAfter: Int?) -> VendorReply {
        let reply = VendorReply.json(["message": "Too many requests"], status: 429)
        return retryAfter.map { reply.adding("Retry-After", String($0)) } ?? reply
    }
    public func failure(_ status: Int) -> VendorReply { .json(["message": "Something broke"], status: status) }
    public func expireTokens() {}
    public func revoke() {}
    public func renew() {}
    public func quietFailure() -> VendorReply {
        let reply = failure(500)
        return VendorReply(200, headers: [("Content-Type", "application/json")], body: reply.body)
    }
    public func webhook(customer: Int, url: String) -> SignedDelivery? { nil }
}

/// A webhook as the vendor would send it.
public struct SignedDelivery: Sendable {
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(headers: [(String, String)], body: [UInt8]) {
        self.headers = headers.map { (name: $0.0, value: $0.1) }
        self.body = body
    }
}

/// Something that goes wrong with a call, once or some times.
public struct Fault: Sendable {
    public enum Kind: Sendable {
        case tooMany(retryAfter: Int?)
        case error(Int)
        /// Answers, but only after so long.
        case slow(Duration)
        /// The line breaks in the middle of the body.
        case cut
        /// Half of the body comes, and the rest when the gate opens.
        case stall(Gate)
        /// Something happens before the call is answered.
        case hook(@Sendable () async -> Void)
        /// The token dies before this call.
        case expire
        /// The app is removed before this call.
        case revoke
        /// The body is changed on its way: a schema change, an error in a 200.
        case rewrite(@Sendable (VendorReply) -> VendorReply)
        /// The whole answer comes from elsewhere.
        case reply(VendorReply)

        /// A good JSON answer in which one text stands where another stood: a field that was renamed.
        public static func replacing(_ text: String, with other: String) -> Kind {
            .rewrite { reply in
                let body = String(decoding: reply.body, as: UTF8.self).replacing(text, with: other)
                return VendorReply(
                    reply.status, headers: [("Content-Type", "application/json")], body: Array(body.utf8))
            }
        }
    }

    public var kind: Kind
    /// Only calls whose path contains this.
    public var path: String
    /// Good calls before it starts.
    public var after: Int
    public var times: Int

    public init(_ kind: Kind, on path: String = "", after: Int = 0, times: Int = 1) {
        self.kind = kind
        self.path = path
        self.after = after
        self.times = times
    }
}
