import Connectors

/// What can go wrong between us and a platform. The raw value is what an operator types.
public enum LabFault: String, Sendable, CaseIterable {
    // Too many calls.
    case limitTold = "429-retry-after"
    case limitUntold = "429-no-retry-after"
    case limitLong = "429-for-long"
    // Access.
    case tokenExpired = "token-expired"
    case accessRevoked = "access-revoked"
    case refreshRaced = "refresh-race"
    case refreshDown = "refresh-down"
    // The vendor and the line.
    case serverErrors = "5xx-burst"
    case vendorDown = "vendor-down"
    case slow
    case slowBody = "slow-body"
    case cutBody = "cut-body"
    case cutAlways = "cut-always"
    case noAddress = "dns"
    case noTLS = "tls"
    // What comes is not what it should be.
    case errorInside200 = "error-in-200"
    case pageInside200 = "html-in-200"
    case fieldRenamed = "schema-change"
    case pagesReordered = "reordered-pages"
    case pagesDoubled = "duplicate-rows"
    case changesMeanwhile = "changes-while-reading"
    case clockAhead = "clock-ahead"
    case clockBehind = "clock-behind"
    // We ourselves.
    case workerKilled = "worker-killed"
    case workerFrozen = "worker-frozen"
    case rebuilt = "rebuild"
    case webhookStorm = "webhook-storm"

    public var name: String { rawValue }
}

extension LabFault {
    /// Whether a fault says anything about a connection that signs in this way.
    func applies(to method: AuthMethod) -> Bool {
        switch self {
        case .refreshRaced, .refreshDown: method.refreshes
        default: true
        }
    }

    /// Whether the state and the one thing to do are what they should be while the fault is there.
    func fits(_ status: ConnectionStatus, _ method: AuthMethod) -> Bool {
        switch self {
        case .limitTold, .limitUntold, .serverErrors: [.healthy, .rateLimited].contains(status.state)
        case .limitLong: status.state == .rateLimited && status.nextStep == .wait
        case .tokenExpired: method.refreshes ? status.state == .healthy : status.asksToSignIn
        case .accessRevoked: status.asksToSignIn
        case .refreshDown, .vendorDown: status.state == .error && status.cause == "vendor_down"
        case .slow, .slowBody: status.state == .error && status.cause == "timeout"
        case .cutAlways: status.state == .error && status.cause == "cut"
        case .noAddress: status.state == .error && status.cause == "dns"
        case .noTLS: status.state == .error && status.cause == "tls"
        case .errorInside200: [.error, .actionRequired].contains(status.state)
        case .pageInside200: status.state == .error || status.nextStep == .fixAtVendor
        case .fieldRenamed: status.state == .actionRequired && status.nextStep == .reportToUs
        case .refreshRaced, .cutBody, .pagesReordered, .pagesDoubled, .changesMeanwhile, .clockAhead,
            .clockBehind, .workerKilled, .workerFrozen, .rebuilt, .webhookStorm:
            status.state == .healthy
        }
    }

    /// Seconds the vendor's clock is ahead of ours.
    var skew: Double {
        switch self {
        case .clockAhead: -1200
        case .clockBehind: 1200
        default: 0
        }
    }
}

extension ConnectionStatus {
    var asksToSignIn: Bool { state == .actionRequired && nextStep == .reconnect }
}

extension AuthMethod {
    /// Whether a dead access token is replaced without a person.
    var refreshes: Bool {
        switch kind {
        case .oauth2(let oauth, _, _): oauth.refresh == .kept || oauth.refresh == .rotating
        case .clientCredentials: true
        case .header, .basic, .oauth1: false
        }
    }
}
