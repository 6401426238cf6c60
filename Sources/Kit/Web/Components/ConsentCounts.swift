/// How many people an analysis used, and why the others were left out.
public struct ConsentCounts: Sendable, Equatable {
    public let loaded: Int
    public let used: Int
    public let missing: Int
    public let expired: Int
    public let purpose: Int
    public let withdrawn: Int
    public let objection: Int

    public init(
        loaded: Int, used: Int, missing: Int = 0, expired: Int = 0, purpose: Int = 0, withdrawn: Int = 0,
        objection: Int = 0
    ) {
        self.loaded = loaded
        self.used = used
        self.missing = missing
        self.expired = expired
        self.purpose = purpose
        self.withdrawn = withdrawn
        self.objection = objection
    }

    /// "9,818 of 12,430 used; 2,612 left out for lack of consent."
    public func sentence(_ l: Localizer) -> String {
        guard used < loaded else { return l.t("shell.consent.allUsed", ["loaded": l.number(loaded)]) }
        return l.t(
            "shell.consent.used",
            ["used": l.number(used), "loaded": l.number(loaded), "excluded": l.number(loaded - used)])
    }

    public func html(_ l: Localizer) -> SafeHTML {
        HTMLWriter.build(capacity: 768) { html in
            html.raw("<div class=\"consent\">")
            html.element("p", text: sentence(l))
            if loaded > 0 { Meter(share: Double(used) / Double(loaded)).write(to: &html) }
            writeReasons(to: &html, l)
            html.raw("</div>")
        }
    }

    private func writeReasons(to html: inout HTMLWriter, _ l: Localizer) {
        let reasons = [
            ("missing", missing), ("expired", expired), ("purpose", purpose), ("withdrawn", withdrawn),
            ("objection", objection),
        ].filter { $0.1 > 0 }
        guard !reasons.isEmpty else { return }
        html.raw("<ul>")
        for (key, count) in reasons {
            html.raw("<li><b>")
            html.text(l.number(count))
            html.raw("</b> ")
            html.text(l.t("shell.consent.\(key)"))
            html.raw("</li>")
        }
        html.raw("</ul>")
    }
}
