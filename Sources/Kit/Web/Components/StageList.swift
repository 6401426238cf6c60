/// A step of a long job.
public struct Stage: Sendable, Equatable {
    public enum State: String, Sendable { case waiting, current, done, failed }

    public let name: String
    public let state: State
    public let figures: String?
    public let share: Double?

    /// - Parameters:
    ///   - figures: rows and elapsed time, e.g. "12,000 of 69,659 rows · 1.4 s".
    ///   - share: 0 to 1 for a bar under the running stage; nil when the size is not known.
    public init(_ name: String, _ state: State, figures: String? = nil, share: Double? = nil) {
        self.name = name
        self.state = state
        self.figures = figures
        self.share = share
    }
}

/// Where a job stands. Finished stages stay finished, and the reader may leave.
public struct StageList: Sendable, Equatable {
    public let id: String
    public let stages: [Stage]
    public let note: String?

    /// - Parameters:
    ///   - id: unique on the page; a server-sent fragment with this id replaces the list.
    ///   - note: the last run's time as the yardstick, and that it is safe to leave.
    public init(id: String, _ stages: [Stage], note: String? = nil) {
        self.id = id
        self.stages = stages
        self.note = note
    }

    public func html(_ l: Localizer) -> SafeHTML {
        HTMLWriter.build(capacity: 512 + stages.count * 256) { html in
            html.raw("<div")
            html.attribute("id", id)
            html.raw("><ol class=\"stages\">")
            for (index, stage) in stages.enumerated() { write(stage, number: index + 1, to: &html, l) }
            html.raw("</ol>")
            if let note { html.element("p", class: "stages-note", text: note) }
            html.raw("</div>")
        }
    }

    private func write(_ stage: Stage, number: Int, to html: inout HTMLWriter, _ l: Localizer) {
        switch stage.state {
        case .waiting: html.raw("<li class=\"waiting\"><span class=\"step\" aria-hidden=\"true\">")
        case .current:
            html.raw("<li class=\"current\" aria-current=\"step\"><span class=\"step\" aria-hidden=\"true\">")
        case .done: html.raw("<li class=\"done\"><span class=\"step\" aria-hidden=\"true\">")
        case .failed: html.raw("<li class=\"failed\"><span class=\"step\" aria-hidden=\"true\">")
        }
        switch stage.state {
        case .done: html.raw("<svg viewBox=\"0 0 10 10\"><path d=\"m1.2 5.4 2.5 2.5 5.1-5.7\"/></svg>")
        case .failed: html.raw("<svg viewBox=\"0 0 10 10\"><path d=\"m1.8 1.8 6.4 6.4M8.2 1.8 1.8 8.2\"/></svg>")
        case .waiting, .current: html.number(number)
        }
        html.raw("</span><span class=\"name\">")
        html.text(stage.name)
        html.raw("<span class=\"quiet-label\">, ")
        html.text(l.t("shell.stages.\(stage.state.rawValue)"))
        html.raw("</span></span><span class=\"figures\">")
        if let figures = stage.figures { html.text(figures) }
        html.raw("</span>")
        if let share = stage.share, stage.state == .current { Meter(share: share).write(to: &html) }
        html.raw("</li>")
    }
}
