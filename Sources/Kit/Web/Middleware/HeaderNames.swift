import HTTPTypes

extension HTTPField.Name {
    public static let xRequestID = known("X-Request-Id")
    public static let xForwardedFor = known("X-Forwarded-For")
    public static let secFetchSite = known("Sec-Fetch-Site")
    public static let referrerPolicy = known("Referrer-Policy")
    public static let permissionsPolicy = known("Permissions-Policy")
    public static let crossOriginOpenerPolicy = known("Cross-Origin-Opener-Policy")
    public static let xAccelBuffering = known("X-Accel-Buffering")
    public static let lastEventID = known("Last-Event-ID")
    public static let rateLimitPolicy = known("RateLimit-Policy")
    public static let rateLimit = known("RateLimit")
    public static let idempotencyKey = known("Idempotency-Key")
    public static let idempotencyReplayed = known("Idempotency-Replayed")

    /// A name that is valid by its spelling here; a test looks at each.
    static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .trailer }
}
