import Crypto
import Customers
import Foundation
import Vault
import Web

/// A request as it is sent, but for the secrets in it.
public struct ExactRequest: Codable, Sendable, Equatable {
    public struct Header: Codable, Sendable, Equatable {
        public var name: String
        public var value: String
    }

    public var method: String
    public var url: String
    public var headers: [Header]
    public var body: String?

    /// What stands where a secret is.
    public static let mask = "••••"

    init(_ message: HTTPMessage) {
        method = message.method
        url = message.url
        headers = message.headers.items.map { Header(name: $0.name, value: $0.value) }
        body = message.body.map { String(decoding: $0, as: UTF8.self) }
    }

    /// With the place where the credentials go, and not the credentials.
    func showingCredentials(of method: AuthMethod) -> ExactRequest {
        var shown = self
        let header: Header
        switch method.kind {
        case .header(let name, let prefix, _): header = Header(name: name, value: prefix + Self.mask)
        case .basic: header = Header(name: "Authorization", value: "Basic " + Self.mask)
        case .oauth2(_, let name, let prefix): header = Header(name: name, value: prefix + Self.mask)
        case .clientCredentials: header = Header(name: "Authorization", value: "Bearer " + Self.mask)
        case .oauth1: header = Header(name: "Authorization", value: "OAuth " + Self.mask)
        }
        shown.headers.append(header)
        if let proof = method.tokenProof {
            shown.url += (shown.url.contains("?") ? "&" : "?") + "\(proof)=\(Self.mask)"
        }
        return shown
    }

    /// With addresses of people made unreadable, also where they are percent-encoded.
    func masking(_ emails: [String]) -> ExactRequest {
        guard !emails.isEmpty else { return self }
        var shown = self
        for email in emails {
            let hint = PersonKeys.masked(email)
            for spelling in Set([email, PercentCoding.encode(email)]) {
                shown.url = shown.url.replacing(spelling, with: hint)
                shown.body = shown.body?.replacing(spelling, with: hint)
            }
        }
        return shown
    }

    private var json: JSONValue {
        [
            "method": .string(method), "url": .string(url), "body": body.map { .string($0) } ?? .null,
            "headers": .array(headers.map { [.string($0.name), .string($0.value)] }),
        ]
    }

    /// SHA-256 over the exact requests and what they are about to change. Another amount, another address, another
    /// person or another present value is another plan.
    static func hash(_ requests: [ExactRequest], before: JSONValue, connection: String, account: String) -> String {
        let plan: JSONValue = [
            "connection": .string(connection), "account": .string(account), "before": before,
            "calls": .array(requests.map(\.json)),
        ]
        return "sha256:" + Hex.encode(SHA256.hash(data: plan.bytes))
    }
}

extension VendorRequest {
    /// With values in the place of `{name}`: what earlier replies gave, and the approval's id.
    func filling(_ values: [String: String]) -> VendorRequest {
        func fill(_ text: String) -> String {
            guard text.contains("{") else { return text }
            return values.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
        var request = self
        request.path = fill(path)
        request.headers = Pairs(headers.items.map { ($0.name, fill($0.value)) })
        switch body {
        case .json(let json): request.body = .json(json.filling(values))
        case .form(let form):
            request.body = .form(
                Pairs(form.items.map { ($0.name, $0.value.hasPrefix("{") ? fill($0.value) : $0.value) }))
        case .multipart, .raw, .none: break
        }
        return request
    }
}

extension JSONValue {
    /// Texts that are nothing but a place are filled; a text of a person's that has brackets in it stays.
    func filling(_ values: [String: String]) -> JSONValue {
        switch self {
        case .string(let text):
            guard text.hasPrefix("{"), text.hasSuffix("}") else { return self }
            return values[String(text.dropFirst().dropLast())].map { .string($0) } ?? self
        case .array(let items): return .array(items.map { $0.filling(values) })
        case .object(let members): return .object(members.map { .init($0.name, $0.value.filling(values)) })
        default: return self
        }
    }
}

extension ExactRequest {
    func filling(_ values: [String: String]) -> ExactRequest {
        var request = self
        request.headers = headers.map { header in
            Header(
                name: header.name,
                value: values.reduce(header.value) { $0.replacing("{\($1.key)}", with: $1.value) })
        }
        return request
    }
}
