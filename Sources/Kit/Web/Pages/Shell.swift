/// What the layout shows around a page: who is signed in, where, in which language, with which notices. Accounts
/// fills it; public pages use `Shell.anonymous`. Templates reach it as `{{shell.…}}`; addresses of assets, the
/// languages and the themes are added by the renderer.
public struct Shell: Sendable {
    public var locale: AppLocale
    public var theme: Theme
    /// Where the wordmark leads: `/o/{slug}/home`, or `/` when signed out.
    public var home: String
    /// Path and query of the request, for forms that come back here.
    public var path: String
    public var organization: Organization?
    /// All organizations of the person, for the switcher.
    public var organizations: [OrganizationChoice]
    public var newOrganizationHref: String?
    public var user: Person?
    /// False where it is not known whether somebody is signed in: then neither a name nor “Sign in” is shown.
    public var knowsVisitor = true
    public var userLinks: [Link]
    /// Target of the sign-out form.
    public var signOutAction: String
    /// Target of the form for theme and language; nil hides both choices.
    public var preferencesAction: String?
    /// Groups of the left bar; only what exists and is allowed.
    public var nav: [NavGroup]
    public var search: Search?
    public var data: DataState?
    /// A notice that stays: demo, maintenance.
    public var banner: Banner?
    /// What waits for a person in this organization; on every page until somebody has seen to it.
    public var alert: Banner?
    /// Messages shown once.
    public var flash: [Notice]
    public var requestID: String
    /// Seconds after which a page without scripts reloads itself; nil for never.
    public var refresh: Int?

    public init(
        locale: AppLocale, theme: Theme = .system, home: String = "/", path: String = "/",
        organization: Organization? = nil, organizations: [OrganizationChoice] = [], newOrganizationHref: String? = nil,
        user: Person? = nil, userLinks: [Link] = [], signOutAction: String = "/logout",
        preferencesAction: String? = nil, nav: [NavGroup] = [], search: Search? = nil, data: DataState? = nil,
        banner: Banner? = nil, alert: Banner? = nil, flash: [Notice] = [], requestID: String = "",
        refresh: Int? = nil
    ) {
        self.locale = locale
        self.theme = theme
        self.home = home
        self.path = path
        self.organization = organization
        self.organizations = organizations
        self.newOrganizationHref = newOrganizationHref
        self.user = user
        self.userLinks = userLinks
        self.signOutAction = signOutAction
        self.preferencesAction = preferencesAction
        self.nav = nav
        self.search = search
        self.data = data
        self.banner = banner
        self.alert = alert
        self.flash = flash
        self.requestID = requestID
        self.refresh = refresh
    }

    /// The frame of public pages.
    public static func anonymous(
        _ context: some WebContext, path: String = "/", preferencesAction: String? = nil
    ) -> Shell {
        Shell(
            locale: context.locale, theme: context.theme, path: path, preferencesAction: preferencesAction,
            requestID: context.requestID)
    }
}

extension Shell {
    /// A line of the left bar.
    public struct NavItem: Sendable {
        public let title: String
        public let href: String
        /// Name of a symbol in `icons.svg`.
        public let icon: String
        public let isCurrent: Bool
        public let badge: String?
        public init(_ title: String, _ href: String, icon: String, isCurrent: Bool = false, badge: String? = nil) {
            self.title = title
            self.href = href
            self.icon = icon
            self.isCurrent = isCurrent
            self.badge = badge
        }
    }

    /// A group of the left bar.
    public struct NavGroup: Sendable {
        public let title: String
        public let items: [NavItem]
        public init(_ title: String, _ items: [NavItem]) {
            self.title = title
            self.items = items
        }
    }

    /// The organization the page belongs to.
    public struct Organization: Sendable {
        public let name: String
        public let slug: String
        public init(name: String, slug: String) {
            self.name = name
            self.slug = slug
        }
    }

    /// One organization of the switcher.
    public struct OrganizationChoice: Sendable {
        public let name: String
        public let href: String
        public let role: String
        public let isCurrent: Bool
        public init(_ name: String, _ href: String, role: String, isCurrent: Bool = false) {
            self.name = name
            self.href = href
            self.role = role
            self.isCurrent = isCurrent
        }
    }

    /// The person who is signed in.
    public struct Person: Sendable {
        public let name: String
        public let email: String
        public let role: String?
        public init(name: String, email: String, role: String? = nil) {
            self.name = name
            self.email = email
            self.role = role
        }
    }

    /// An address with its words.
    public struct Link: Sendable {
        public let title: String
        public let href: String
        public init(_ title: String, _ href: String) {
            self.title = title
            self.href = href
        }
    }

    /// The search box of the top line: a GET form with the field `search`.
    public struct Search: Sendable {
        public let action: String
        public let value: String?
        public init(action: String, value: String? = nil) {
            self.action = action
            self.value = value
        }
    }

    /// The data pop-over: how fresh the figures are and where they come from.
    public struct DataState: Sendable {
        public struct Row: Sendable {
            public let name: String
            public let state: SafeHTML
            public let detail: String
            public init(_ name: String, state: SafeHTML, detail: String) {
                self.name = name
                self.state = state
                self.detail = detail
            }
        }
        public let summary: String
        public let state: SafeHTML
        public let rows: [Row]
        public let link: Link?
        public init(summary: String, state: SafeHTML = .empty, rows: [Row] = [], link: Link? = nil) {
            self.summary = summary
            self.state = state
            self.rows = rows
            self.link = link
        }
    }

    /// A notice that stays, with a link and a one-button form if wanted.
    public struct Banner: Sendable {
        public let text: String
        public let link: Link?
        /// Title and POST target of the button.
        public let action: Link?
        public init(_ text: String, link: Link? = nil, action: Link? = nil) {
            self.text = text
            self.link = link
            self.action = action
        }
    }

    /// A message shown once.
    public struct Notice: Sendable {
        public let level: Flash.Level
        public let text: String
        public init(_ level: Flash.Level, _ text: String) {
            self.level = level
            self.text = text
        }
        /// A flash in the reader's words.
        public init(_ flash: Flash, _ words: Localizer) {
            self.init(flash.level, words.t(flash.key, flash.arguments))
        }
    }

    /// First letters of the first two words of a name.
    static func initials(_ name: String) -> String {
        name.split(separator: " ").prefix(2).compactMap(\.first).map { $0.uppercased() }.joined()
    }

    /// A filled frame for the template lint.
    public static let sample = Shell(
        locale: .en, home: "/o/acme/home", path: "/o/acme/home", organization: .init(name: "Acme", slug: "acme"),
        organizations: [.init("Acme", "/o/acme/home", role: "Owner", isCurrent: true)],
        newOrganizationHref: "/organizations/new",
        user: .init(name: "Ann Lee", email: "ann@example.org", role: "Owner"),
        userLinks: [.init("Sessions", "/profile/sessions")], preferencesAction: "/preferences",
        nav: [.init("See", [.init("Home", "/o/acme/home", icon: "home", isCurrent: true, badge: "2")])],
        search: .init(action: "/o/acme/customers", value: "ann"),
        data: .init(
            summary: "as of 14:05", state: .text("healthy"),
            rows: [.init("CSV", state: .text("healthy"), detail: "69,659 rows")],
            link: .init("Imports", "/o/acme/imports")),
        banner: .init(
            "This is the demo organization.", link: .init("Sign up", "/signup"),
            action: .init("Remove demo", "/o/acme/demo/remove")),
        alert: .init("HubSpot is late.", link: .init("See what to do", "/o/acme/alerts")),
        flash: [.init(.success, "Saved."), .init(.error, "Failed.")], requestID: "r1", refresh: 30)
}
