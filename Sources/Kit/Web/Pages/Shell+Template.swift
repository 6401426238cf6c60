import Mustache

/// The shell as templates see it, with what the renderer adds: asset addresses, languages and themes.
final class ShellView: MustacheParent {
    private let shell: Shell
    private let assets: StaticFiles
    private let words: Localizer

    init(shell: Shell, assets: StaticFiles, words: Localizer) {
        self.shell = shell
        self.assets = assets
        self.words = words
    }

    /// The product's name; proper names are not translated.
    static let product = "Omnify"

    func child(named name: String) -> Any? {
        switch name {
        case "lang": shell.locale.rawValue
        case "theme": shell.theme.rawValue
        case "styles": assets.shellURLs.styles
        case "script": assets.shellURLs.script
        case "icons": assets.shellURLs.icons
        case "favicon": assets.shellURLs.favicon
        case "product": ShellView.product
        case "requestID": shell.requestID
        case "refresh": shell.refresh
        case "home": shell.home
        case "path": shell.path
        case "organization": shell.organization
        case "organizations": shell.organizations
        case "newOrganizationHref": shell.newOrganizationHref
        case "user": shell.user
        case "visitor": shell.user == nil && shell.knowsVisitor
        case "userLinks": shell.userLinks
        case "signOutAction": shell.signOutAction
        case "preferencesAction": shell.preferencesAction
        case "nav": shell.nav
        case "search": shell.search
        case "data": shell.data
        case "banner": shell.banner
        case "alert": shell.alert
        case "flash": shell.flash
        case "locales": AppLocale.allCases.map { LocaleChoice(locale: $0, current: shell.locale) }
        case "themes": Theme.allCases.map { ThemeChoice(theme: $0, current: shell.theme, words: words) }
        default: nil
        }
    }
}

/// The assets every page needs, in the order of the cascade.
struct ShellURLs: Sendable {
    let styles: [String]
    let script: String
    let icons: String
    let favicon: String

    init(_ url: (String) -> String) {
        styles = ["tokens", "base", "layout", "components", "charts", "print"].map { url("css/\($0).css") }
        script = url("js/app.js")
        icons = url("icons.svg")
        favicon = url("favicon.svg")
    }
}

private struct LocaleChoice: MustacheParent {
    let locale: AppLocale
    let current: AppLocale

    func child(named name: String) -> Any? {
        switch name {
        case "code": locale.rawValue
        case "name": locale.ownName
        case "current": locale == current
        default: nil
        }
    }
}

private struct ThemeChoice: MustacheParent {
    let theme: Theme
    let current: Theme
    let words: Localizer

    func child(named name: String) -> Any? {
        switch name {
        case "code": theme.rawValue
        case "name":
            switch theme {
            case .system: words.t("shell.themeSystem")
            case .light: words.t("shell.themeLight")
            case .dark: words.t("shell.themeDark")
            }
        case "current": theme == current
        default: nil
        }
    }
}

extension Shell.NavItem: MustacheParent {
    public func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "href": href
        case "icon": icon
        case "current": isCurrent
        case "badge": badge
        default: nil
        }
    }
}

extension Shell.NavGroup: MustacheParent {
    public func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "items": items
        default: nil
        }
    }
}

extension Shell.Organization: MustacheParent {
    public func child(named child: String) -> Any? {
        switch child {
        case "name": name
        case "slug": slug
        case "initials": Shell.initials(name)
        default: nil
        }
    }
}

extension Shell.OrganizationChoice: MustacheParent {
    public func child(named child: String) -> Any? {
        switch child {
        case "name": name
        case "href": href
        case "role": role
        case "current": isCurrent
        default: nil
        }
    }
}

extension Shell.Person: MustacheParent {
    public func child(named child: String) -> Any? {
        switch child {
        case "name": name
        case "email": email
        case "initials": Shell.initials(name)
        case "role": role
        default: nil
        }
    }
}

extension Shell.Link: MustacheParent {
    public func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "href": href
        default: nil
        }
    }
}

extension Shell.Search: MustacheParent {
    public func child(named name: String) -> Any? {
        switch name {
        case "action": action
        case "value": value
        default: nil
        }
    }
}

extension Shell.DataState: MustacheParent {
    public func child(named name: String) -> Any? {
        switch name {
        case "summary": summary
        case "state": state
        case "rows": rows
        case "href": link?.href
        case "linkTitle": link?.title
        default: nil
        }
    }
}

extension Shell.DataState.Row: MustacheParent {
    public func child(named child: String) -> Any? {
        switch child {
        case "name": name
        case "state": state
        case "detail": detail
        default: nil
        }
    }
}

extension Shell.Banner: MustacheParent {
    public func child(named name: String) -> Any? {
        switch name {
        case "text": text
        case "linkTitle": link?.title
        case "href": link?.href
        case "action": action?.href
        case "actionTitle": action?.title
        default: nil
        }
    }
}

extension Shell.Notice: MustacheParent {
    public func child(named name: String) -> Any? {
        switch name {
        case "level":
            switch level {
            case .info: "info"
            case .success: "good"
            case .warning: "warn"
            case .error: "bad"
            }
        case "text": text
        default: nil
        }
    }
}
