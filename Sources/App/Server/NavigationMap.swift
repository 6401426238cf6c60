import Accounts
import Tenancy

/// The side bar: groups and links of what exists.
enum NavigationMap {
    static let groups = [
        NavigationGroup("shell.nav.start", [NavigationItem("shell.nav.home", "/home", icon: "home", .analyticsView)]),
        NavigationGroup(
            "shell.nav.people",
            [
                NavigationItem("shell.nav.customers", "/customers", icon: "customers", .customerView),
                NavigationItem("shell.nav.eyes", "/eyes", icon: "eyes", .eyesView),
            ]),
        NavigationGroup(
            "shell.nav.act",
            [NavigationItem("shell.nav.approvals", "/approvals", icon: "approvals", .actionView)]),
        NavigationGroup(
            "shell.nav.data",
            [
                NavigationItem("shell.nav.connections", "/connections", icon: "connections", .integrationView),
                NavigationItem("shell.nav.imports", "/imports", icon: "imports", .customerImport),
                NavigationItem(
                    "shell.nav.reconciliation", "/reconciliation", icon: "reconciliation", .integrationView),
                NavigationItem("shell.nav.health", "/data-health", icon: "data-health", .integrationView),
                NavigationItem("shell.nav.alerts", "/alerts", icon: "warn", .alertView),
            ]),
        NavigationGroup(
            "shell.nav.settings",
            [
                NavigationItem("shell.nav.team", "/settings/team", icon: "people", .userView),
                NavigationItem("shell.nav.organization", "/settings/organization", icon: "organization", .settingsView),
                NavigationItem("shell.nav.webhooks", "/settings/webhooks", icon: "connections", .webhookView),
                NavigationItem("shell.nav.privacy", "/privacy/requests", icon: "privacy", .privacyView),
                NavigationItem("shell.nav.audit", "/audit", icon: "audit", .auditView),
            ]),
    ]
}
