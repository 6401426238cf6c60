import Tenancy

/// A group of the side bar. Features do not know each other, so the composition root lists what exists; each person
/// sees what their role may open.
public struct NavigationGroup: Sendable {
    public let titleKey: String
    public let items: [NavigationItem]

    public init(_ titleKey: String, _ items: [NavigationItem]) {
        self.titleKey = titleKey
        self.items = items
    }
}

/// A link of the side bar.
public struct NavigationItem: Sendable {
    public let titleKey: String
    /// Below `/o/{slug}`, beginning with a slash.
    public let path: String
    public let icon: String
    /// Nil: every member.
    public let permission: Permission?

    public init(_ titleKey: String, _ path: String, icon: String, _ permission: Permission? = nil) {
        self.titleKey = titleKey
        self.path = path
        self.icon = icon
        self.permission = permission
    }

    /// Whether a page at `current` (below `/o/{slug}`) belongs under this link.
    func covers(_ current: String) -> Bool {
        current == path || (current.hasPrefix(path) && current.dropFirst(path.count).first == "/")
    }
}

extension NavigationGroup {
    /// The links of this feature's own pages.
    public static let accounts = [
        NavigationGroup(
            "shell.nav.settings",
            [
                NavigationItem("shell.nav.team", "/settings/team", icon: "people", .userView),
                NavigationItem("shell.nav.organization", "/settings/organization", icon: "organization", .settingsView),
            ])
    ]
}
