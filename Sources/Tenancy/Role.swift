/// A person's place in one organization. What a role may do is fixed in one table, ``Role/permissions``.
public enum Role: String, Codable, CaseIterable, Sendable, Comparable {
    case viewer, member, manager, admin, owner

    /// From least to most: nobody may hand out a role above their own.
    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    public var permissions: Set<Permission> { Self.table[rank] }

    public func can(_ permission: Permission) -> Bool { Self.table[rank].contains(permission) }

    private var rank: Int {
        switch self {
        case .viewer: 0
        case .member: 1
        case .manager: 2
        case .admin: 3
        case .owner: 4
        }
    }

    /// Permission sets by rank, built once.
    private static let table: [Set<Permission>] = Role.allCases.map { role in
        Set(Permission.allCases.filter { $0.lowestRole <= role })
    }
}

extension Permission {
    /// The least role that has this permission; every role above has it too.
    ///
    /// The switch has no default, so that a new permission does not compile until somebody decides who gets it.
    public var lowestRole: Role {
        switch self {
        case .campaignView, .creativeView, .analyticsView, .integrationView, .agentView, .eyesView,
            .customerView, .brainView, .predictionView, .actionView, .alertView, .decisionView, .workflowView,
            .jobView, .reportView:
            .viewer
        case .campaignCreate, .creativeCreate, .agentExecute, .brainRun, .actionPropose, .decisionCreate,
            .workflowExecute, .reportCreate, .aiUse:
            .member
        case .campaignEdit, .campaignPublish, .creativeEdit, .analyticsExport, .userView, .settingsView,
            .eyesRun, .customerPII, .customerImport, .predictionRun, .actionApprove, .actionExecute,
            .actionUndo, .alertManage, .expertView, .decisionDecide, .workflowCreate, .workflowEdit, .jobManage,
            .reportSchedule, .consentView, .complianceView, .webhookView:
            .manager
        case .campaignDelete, .creativeDelete, .analyticsAdmin, .integrationConnect, .integrationDisconnect,
            .integrationManage, .userInvite, .userEdit, .orgView, .orgEdit, .agentCreate, .agentEdit,
            .settingsEdit, .eyesManage, .customerEdit, .customerExport, .brainManage, .predictionManage,
            .expertHandle, .expertManage, .workflowDelete, .reportDelete, .consentEdit, .privacyView,
            .privacyManage, .auditView, .auditExport, .complianceManage, .apiKeyView, .apiKeyManage,
            .webhookManage, .aiManage:
            .admin
        case .userDelete, .orgBilling, .orgAdmin, .agentDelete:
            .owner
        }
    }
}
