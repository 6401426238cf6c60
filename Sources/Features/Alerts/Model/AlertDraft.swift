/// How pressing an alert is.
public enum AlertSeverity: String, Sendable, Codable, CaseIterable {
    case info, warning, critical
}

/// What an alert is about.
public struct AlertSubject: Sendable, Hashable, Codable {
    /// `connection`, `source`, `job`, …
    public let type: String
    public let id: String
    /// As people know it.
    public let label: String

    public init(type: String, id: String, label: String) {
        self.type = type
        self.id = id
        self.label = label
    }
}

/// An alert as a feature raises it. Words are keys of the catalogues, so that everybody reads their own language;
/// nothing in it may be secret or personal, because it is also mailed.
public struct AlertDraft: Sendable {
    /// The kind of cause: `connection_late`. Together with the subject it names the cause: while an alert of the same
    /// kind about the same subject is open, raising it again changes nothing but its count.
    public let kind: String
    public let subject: AlertSubject
    public let severity: AlertSeverity
    /// Catalogue keys. `{name}` is the subject's label in all of them.
    public let title: String
    public let text: String?
    public let step: String?
    /// What else the words name.
    public let arguments: [String: String]
    /// Where it is put right, below `/o/{slug}`: `/connections/con_…`.
    public let path: String?
    /// Who gets the mail: everybody with this permission. Nil: nobody.
    public let mailed: String?

    /// - Parameter mailed: the raw value of a permission
    public init(
        _ kind: String, about subject: AlertSubject, _ severity: AlertSeverity, title: String, text: String? = nil,
        step: String? = nil, arguments: [String: String] = [:], path: String? = nil,
        mailed: String? = "integration:manage"
    ) {
        self.kind = kind
        self.subject = subject
        self.severity = severity
        self.title = title
        self.text = text
        self.step = step
        self.arguments = arguments
        self.path = path
        self.mailed = mailed
    }

    var key: String { "\(kind)/\(subject.type)/\(subject.id)" }
}
