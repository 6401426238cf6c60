import HTTPTypes
import Hummingbird

/// The protective headers on every answer, errors and files included. What a handler set itself stays, so that a
/// download may be stricter.
public struct SecurityHeaders<Context: WebContext>: RouterMiddleware {
    private let isHTTPS: Bool

    /// Nothing from elsewhere, nothing inline, no frames, forms only to ourselves.
    public static var contentSecurityPolicy: String {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            + "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    }

    private static var permissions: String {
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
            + "microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()"
    }

    /// - Parameter isHTTPS: true when the public address is https; only then HSTS means something
    public init(isHTTPS: Bool) { self.isHTTPS = isHTTPS }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        set(.contentSecurityPolicy, Self.contentSecurityPolicy, in: &response.headers)
        set(.xContentTypeOptions, "nosniff", in: &response.headers)
        set(.referrerPolicy, "same-origin", in: &response.headers)
        set(.crossOriginOpenerPolicy, "same-origin", in: &response.headers)
        set(.crossOriginResourcePolicy, "same-origin", in: &response.headers)
        set(.permissionsPolicy, Self.permissions, in: &response.headers)
        // An answer that says nothing about caching is taken for private.
        set(.cacheControl, "no-store", in: &response.headers)
        if isHTTPS {
            set(.strictTransportSecurity, "max-age=63072000; includeSubDomains", in: &response.headers)
        }
        return response
    }

    private func set(_ name: HTTPField.Name, _ value: String, in headers: inout HTTPFields) {
        if headers[name] == nil { headers.append(HTTPField(name: name, value: value)) }
    }
}
