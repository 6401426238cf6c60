/// A tab of a page: a link whose choice lives in the address.
public struct TabItem: Sendable, Equatable {
    public let title: String
    public let href: String
    public let isCurrent: Bool
    public let count: String?

    public init(_ title: String, _ href: String, isCurrent: Bool = false, count: String? = nil) {
        self.title = title
        self.href = href
        self.isCurrent = isCurrent
        self.count = count
    }
}

/// The views of one page, under its title.
public struct Tabs: Sendable, Equatable {
    public let label: String
    public let items: [TabItem]

    public init(label: String, _ items: [TabItem]) {
        self.label = label
        self.items = items
    }

    public var html: SafeHTML { navigation("<nav class=\"tabs\"", label: label, items: items) }
}

/// A choice between two to five values, e.g. a horizon of 30, 60 or 90 days; the choice lives in the address.
public struct Segmented: Sendable, Equatable {
    public let label: String
    public let items: [TabItem]

    public init(label: String, _ items: [TabItem]) {
        self.label = label
        self.items = items
    }

    public var html: SafeHTML { navigation("<nav class=\"segmented\"", label: label, items: items) }
}

private func navigation(_ start: StaticString, label: String, items: [TabItem]) -> SafeHTML {
    HTMLWriter.build(capacity: 512) { html in
        html.raw(start)
        html.attribute("aria-label", label)
        html.raw(">")
        for item in items {
            html.raw("<a")
            html.attribute("href", item.href)
            if item.isCurrent { html.raw(" aria-current=\"page\"") }
            html.raw(">")
            html.text(item.title)
            if let count = item.count {
                html.raw(" ")
                html.element("span", class: "count", text: count)
            }
            html.raw("</a>")
        }
        html.raw("</nav>")
    }
}

/// The way from the area to this page, for the layout's `breadcrumb` block.
public struct Crumbs: Sendable, Equatable {
    public let links: [Link]
    public let current: String?

    public init(_ links: [Link], current: String? = nil) {
        self.links = links
        self.current = current
    }

    public var html: SafeHTML {
        HTMLWriter.build(capacity: 256) { html in
            html.raw("<ol>")
            for link in links {
                html.raw("<li>")
                html.link(link.href, text: link.title)
                html.raw("</li>")
            }
            if let current {
                html.raw("<li aria-current=\"page\">")
                html.text(current)
                html.raw("</li>")
            }
            html.raw("</ol>")
        }
    }
}
