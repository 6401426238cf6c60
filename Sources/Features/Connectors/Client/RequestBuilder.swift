import Foundation
import Web

/// Makes the message of a request: addresses filled in, headers added, credentials put where the method wants them.
struct RequestBuilder: Sendable {
    let connector: any Connector
    let settings: PlatformSettings
    let fields: [String: String]
    let account: VendorAccount?

    func message(
        _ request: VendorRequest, _ credentials: Credentials, method: AuthMethod, clocks: VendorClocks
    ) throws -> HTTPMessage {
        var message = try unsigned(request)
        if request.isSigned {
            let signer = Signer(method: method, clientSecret: settings.clientSecret)
            try signer.sign(&message, credentials, at: clocks.now(at: message.url))
        }
        return message
    }

    /// Without credentials: to be shown, or with them in its body.
    func unsigned(_ request: VendorRequest) throws -> HTTPMessage {
        var headers = connector.headers(settings)
        for header in request.headers.items { headers.set(header.name, header.value) }
        var message = HTTPMessage(
            method: request.method.rawValue, url: try url(request), headers: headers, body: nil)
        switch request.body {
        case .none: break
        case .json(let json):
            message.body = json.bytes
            if message.headers["Content-Type"] == nil { message.headers.add("Content-Type", "application/json") }
        case .form(let form):
            message.body = Array(form.encoded.utf8)
            message.headers.set("Content-Type", "application/x-www-form-urlencoded")
        case .multipart(let parts):
            message.body = parts.bytes
            message.headers.set("Content-Type", parts.header)
        case .raw(let bytes, let type):
            message.body = bytes
            message.headers.set("Content-Type", type)
        }
        return message
    }

    /// Fills in `{version}`, `{account}` and the connection's fields. A part that is not known is a mistake of ours.
    func filled(_ text: String) throws -> String {
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            result += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            guard let value = value(name) else {
                throw VendorFault.actionRequired(.configure, message: "\(name) is not set")
            }
            result += value
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private func value(_ name: String) -> String? {
        switch name {
        case "version": settings.version
        case "account": account?.id
        default: fields[name] ?? settings.values[name]
        }
    }

    private func url(_ request: VendorRequest) throws -> String {
        if request.isFile {
            guard request.path.hasPrefix("https://") || settings.allowsPrivateHosts else {
                throw VendorFault.schema(field: "url", message: "The address of a file is not secure.")
            }
            return request.path
        }
        guard let address = settings.addresses[request.base] else {
            throw VendorFault.actionRequired(.configure, message: "\(request.base)_url is not set")
        }
        let base = try filled(address)
        var url = request.path
        if request.path.hasPrefix("http://") || request.path.hasPrefix("https://") {
            guard Self.origin(request.path) == Self.origin(base) else {
                throw VendorFault.schema(field: "paging", message: "A link leads to another host.")
            }
        } else {
            url = base + (try filled(request.path))
        }
        guard !request.query.items.isEmpty else { return url }
        return url + (url.contains("?") ? "&" : "?") + request.query.encoded
    }

    /// Scheme, host and port: credentials never leave for another one.
    static func origin(_ url: String) -> Substring {
        guard let start = url.range(of: "://")?.upperBound else { return "" }
        let end = url[start...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        return url[..<end]
    }
}
