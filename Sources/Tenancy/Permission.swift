/// The 83 things a person may be allowed to do in an organization. The raw value is what route tables, tokens and API
/// keys carry.
public enum Permission: String, Codable, CaseIterable, Sendable {
    case campaignView = "campaign:view"
    case campaignCreate = "campaign:create"
    case campaignEdit = "campaign:edit"
    case campaignDelete = "campaign:delete"
    case campaignPublish = "campaign:publish"

    case creativeView = "creative:view"
    case creativeCreate = "creative:create"
    case creativeEdit = "creative:edit"
    case creativeDelete = "creative:delete"

    case analyticsView = "analytics:view"
    case analyticsExport = "analytics:export"
    case analyticsAdmin = "analytics:admin"

    case integrationView = "integration:view"
    case integrationConnect = "integration:connect"
    case integrationDisconnect = "integration:disconnect"
    case integrationManage = "integration:manage"

    case userView = "user:view"
    case userInvite = "user:invite"
    case userEdit = "user:edit"
    case userDelete = "user:delete"

    case orgView = "org:view"
    case orgEdit = "org:edit"
    case orgBilling = "org:billing"
    case orgAdmin = "org:admin"

    case agentView = "agent:view"
    case agentCreate = "agent:create"
    case agentEdit = "agent:edit"
    case agentExecute = "agent:execute"
    case agentDelete = "agent:delete"

    case settingsView = "settings:view"
    case settingsEdit = "settings:edit"

    case eyesView = "eyes:view"
    case eyesRun = "eyes:run"
    case eyesManage = "eyes:manage"

    case customerView = "customer:view"
    case customerPII = "customer:pii"
    case customerEdit = "customer:edit"
    case customerImport = "customer:import"
    case customerExport = "customer:export"

    case brainView = "brain:view"
    case brainRun = "brain:run"
    case brainManage = "brain:manage"

    case predictionView = "prediction:view"
    case predictionRun = "prediction:run"
    case predictionManage = "prediction:manage"

    case actionView = "action:view"
    case actionPropose = "action:propose"
    case actionApprove = "action:approve"
    case actionExecute = "action:execute"
    case actionUndo = "action:undo"

    case alertView = "alert:view"
    case alertManage = "alert:manage"

    case expertView = "expert:view"
    case expertHandle = "expert:handle"
    case expertManage = "expert:manage"

    case decisionView = "decision:view"
    case decisionCreate = "decision:create"
    case decisionDecide = "decision:decide"

    case workflowView = "workflow:view"
    case workflowCreate = "workflow:create"
    case workflowEdit = "workflow:edit"
    case workflowExecute = "workflow:execute"
    case workflowDelete = "workflow:delete"

    case jobView = "job:view"
    case jobManage = "job:manage"

    case reportView = "report:view"
    case reportCreate = "report:create"
    case reportSchedule = "report:schedule"
    case reportDelete = "report:delete"

    case consentView = "consent:view"
    case consentEdit = "consent:edit"

    case privacyView = "privacy:view"
    case privacyManage = "privacy:manage"

    case auditView = "audit:view"
    case auditExport = "audit:export"

    case complianceView = "compliance:view"
    case complianceManage = "compliance:manage"

    case apiKeyView = "apikey:view"
    case apiKeyManage = "apikey:manage"

    case webhookView = "webhook:view"
    case webhookManage = "webhook:manage"

    case aiUse = "ai:use"
    case aiManage = "ai:manage"

    /// The part before the colon.
    public var resource: String { String(rawValue.prefix { $0 != ":" }) }
}
