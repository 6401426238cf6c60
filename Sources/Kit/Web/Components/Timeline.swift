/// One thing that happened.
public struct TimelineItem: Sendable, Equatable {
    public let time: String
    public let iso: String
    public let what: String
    public let sub: String?
    public let tail: SafeHTML?

    /// - Parameters:
    ///   - iso: the moment in ISO 8601, for machines.
    ///   - sub: a second, quieter line.
    ///   - tail: at the end of the line: an amount or a pill.
    public init(_ time: String, iso: String, _ what: String, sub: String? = nil, tail: SafeHTML? = nil) {
        self.time = time
        self.iso = iso
        self.what = what
        self.sub = sub
        self.tail = tail
    }
}

/// What happened, newest first.
public struct Timeline: Sendable, Equatable {
    public let items: [TimelineItem]

    public init(_ items: [TimelineItem]) { self.items = items }

    public var html: SafeHTML {
        HTMLWriter.build(capacity: 256 + items.count * 192) { html in
            html.raw("<ol class=\"timeline\">")
            for item in items {
                html.raw("<li><time")
                html.attribute("datetime", item.iso)
                html.raw(">")
                html.text(item.time)
                html.raw("</time><span class=\"what\">")
                html.text(item.what)
                if let sub = item.sub { html.element("span", class: "sub", text: sub) }
                html.raw("</span><span class=\"number\">")
                if let tail = item.tail { html.html(tail) }
                html.raw("</span></li>")
            }
            html.raw("</ol>")
        }
    }
}
