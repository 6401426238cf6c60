import BSON

/// Kinds of acts that are recorded.
public enum AuditEvent: String, Sendable, CaseIterable, Codable {
    case login, logout
    case loginFailed = "login_failed"
    case mfa
    /// Who read or exported personal data, who ran what.
    case dataAccess = "data_access"
    case dataModification = "data_modification"
    case dataDeletion = "data_deletion"
    case permissionChange = "permission_change"
    case configurationChange = "configuration_change"
    case securityEvent = "security_event"
    case agentExecution = "agent_execution"
    case actionApproval = "action_approval"
    case actionExecution = "action_execution"
    case sync, job
    case operatorAccess = "operator_access"
}

/// How an act ended.
public enum AuditResult: String, Sendable, CaseIterable, Codable {
    case ok, denied, failed
}

/// From where a person acted.
public struct AuditOrigin: Sendable, Hashable {
    public var address: String?
    public var userAgent: String?

    public init(address: String? = nil, userAgent: String? = nil) {
        self.address = address
        self.userAgent = userAgent.map { String($0.prefix(300)) }
    }
}

/// An act to be recorded. Never put secrets into it; details, before and after are readable by whoever may see the log.
public struct AuditEntry: Sendable {
    public var event: AuditEvent
    /// `area.verb` in the past, for instance `customers.imported`.
    public var action: String
    public var resourceType: String
    public var resourceID: String?
    public var result: AuditResult
    public var details: BSONDocument
    public var before: BSONDocument?
    public var after: BSONDocument?
    public var origin: AuditOrigin?

    public init(
        _ event: AuditEvent, _ action: String, on resourceType: String, _ resourceID: String? = nil,
        result: AuditResult = .ok, details: BSONDocument = [:], before: BSONDocument? = nil,
        after: BSONDocument? = nil, origin: AuditOrigin? = nil
    ) {
        self.event = event
        self.action = action
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.result = result
        self.details = details
        self.before = before
        self.after = after
        self.origin = origin
    }
}
