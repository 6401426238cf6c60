import Mustache

/// What the layout shows around a page: who is signed in, where, in which language, with which notices. Templates
/// reach it as `{{shell.…}}`. Accounts fills it; public pages use `Shell.anonymous`.
public struct Shell: Sendable {
    /// An address with its words.
    public struct Link: Sendable, MustacheParent {
        public let text: String
        public let url: String
        /// True for the place the reader is at.
        public let isCurrent: Bool
        public init(_ text: String, _ url: String, isCurrent: Bool = false) {
            self.text = text
            self.url = url
            self.isCurrent = isCurrent
        }
        public func child(named name: String) -> Any? {
            switch name {
            case "text": text
            case "url": url
            case "current": isCurrent
            default: nil
            }
        }
    }

    /// A group of the left bar.
    public struct NavGroup: Sendable, MustacheParent {
        public let title: String
        public let links: [Link]
        public init(_ title: String, _ links: [Link]) {
            self.title = title
            self.links = links
        }
        public func child(named name: String) -> Any? {
            switch name {
            case "title": title
            case "links": links
            default: nil
            }
        }
    }

    /// The organization the page belongs to.
    public struct Organization: Sendable, MustacheParent {
        public let name: String
        public let slug: String
        public let isDemo: Bool
        public init(name: String, slug: String, isDemo: Bool = false) {
            self.name = name
            self.slug = slug
            self.isDemo = isDemo
        }
        public func child(named name: String) -> Any? {
            switch name {
            case "name": self.name
            case "slug": slug
            case "url": "/o/" + slug
            case "isDemo": isDemo
            default: nil
            }
        }
    }

    /// The person who is signed in.
    public struct Person: Sendable, MustacheParent {
        public let name: String
        public let email: String
        public init(name: String, email: String) {
            self.name = name
            self.email = email
        }
        /// First letters of the first two words.
        public var initials: String {
            name.split(separator: " ").prefix(2).compactMap(\.first).map { $0.uppercased() }.joined()
        }
        public func child(named name: String) -> Any? {
            switch name {
            case "name": self.name
            case "email": email
            case "initials": initials
            default: nil
            }
        }
    }

    /// A message shown once above the page.
    public struct Notice: Sendable, MustacheParent {
        public let level: Flash.Level
        public let text: String
        public let link: Link?
        public init(_ level: Flash.Level, _ text: String, link: Link? = nil) {
            self.level = level
            self.text = text
            self.link = link
        }
        public func child(named name: String) -> Any? {
            switch name {
            case "level": level.rawValue
            case "text": text
            case "link": link
            case "isError": level == .error
            default: nil
            }
        }
    }

    /// What the data pop-over says: freshness and sources.
    public struct DataState: Sendable, MustacheParent {
        public let summary: String
        public let details: SafeHTML
        public init(summary: String, details: SafeHTML = .empty) {
            self.summary = summary
            self.details = details
        }
        public func child(named name: String) -> Any? {
            switch name {
            case "summary": summary
            case "details": details
            default: nil
            }
        }
    }

    public var locale: AppLocale
    public var theme: Theme
    /// Path and query of the request, for the language and theme forms to come back to.
    public var path: String
    public var organization: Organization?
    /// The person's other organizations, for the switcher.
    public var organizations: [Link]
    public var user: Person?
    public var nav: [NavGroup]
    public var flashes: [Notice]
    /// A notice that stays: demo, trial, maintenance.
    public var banner: Notice?
    public var data: DataState?
    /// The request's id, small in the footer of error pages.
    public var requestID: String
    /// Seconds after which a page without scripts reloads itself; nil for never.
    public var refreshSeconds: Int?

    public init(
        locale: AppLocale, theme: Theme = .system, path: String = "/", organization: Organization? = nil,
        organizations: [Link] = [], user: Person? = nil, nav: [NavGroup] = [], flashes: [Notice] = [],
        banner: Notice? = nil, data: DataState? = nil, requestID: String = "", refreshSeconds: Int? = nil
    ) {
        self.locale = locale
        self.theme = theme
        self.path = path
        self.organization = organization
        self.organizations = organizations
        self.user = user
        self.nav = nav
        self.flashes = flashes
        self.banner = banner
        self.data = data
        self.requestID = requestID
        self.refreshSeconds = refreshSeconds
    }

    /// The frame of public pages.
    public static func anonymous(_ context: some WebContext, path: String = "/") -> Shell {
        Shell(locale: context.locale, theme: context.theme, path: path, requestID: context.requestID)
    }
}

extension Shell: MustacheParent {
    public func child(named name: String) -> Any? {
        switch name {
        case "lang": locale.rawValue
        case "theme": theme.rawValue
        case "path": path
        case "organization": organization
        case "organizations": organizations
        case "user": user
        case "nav": nav
        case "flashes": flashes
        case "banner": banner
        case "data": data
        case "requestID": requestID
        case "refresh": refreshSeconds
        case "isEnglish": locale == .en
        case "isSpanish": locale == .es
        default: nil
        }
    }

    /// A filled frame for the template lint.
    public static let sample = Shell(
        locale: .en, path: "/o/acme/home", organization: .init(name: "Acme", slug: "acme", isDemo: true),
        organizations: [.init("Acme", "/o/acme/home", isCurrent: true), .init("Other", "/o/other/home")],
        user: .init(name: "Ann Lee", email: "ann@example.org"),
        nav: [.init("See", [.init("Home", "/o/acme/home", isCurrent: true)])],
        flashes: [.init(.success, "Saved."), .init(.error, "Failed.", link: .init("Again", "/x"))],
        banner: .init(.info, "This is the demo organization.", link: .init("Sign up", "/signup")),
        data: .init(summary: "as of 14:05", details: .text("CSV")), requestID: "r1", refreshSeconds: 30)
}
