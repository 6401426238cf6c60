import Connectors
import Customers
import Foundation
import Jobs
import Records
import Web

/// One connection: how it is and what to do about it, its streams, its runs, and what can be done with it.
struct ConnectionPage: Page {
    static let template = "connections/show"

    var title = ""
    var crumbs = SafeHTML.empty
    var notice: SafeHTML?
    var status = SafeHTML.empty
    var stream: String?
    var progress: SafeHTML?
    var refresh: Int?
    var terms = SafeHTML.empty
    var streams = SafeHTML.empty
    var changes: SafeHTML?
    var aside: SafeHTML?
    var runs = SafeHTML.empty
    var news: SafeHTML?
    var consent: SafeHTML?
    var acts: SafeHTML?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "notice": notice
        case "status": status
        case "stream": stream
        case "progress": progress
        case "refresh": refresh
        case "terms": terms
        case "streams": streams
        case "changes": changes
        case "aside": aside
        case "runs": runs
        case "news": news
        case "consent": consent
        case "acts": acts
        default: nil
        }
    }

    static let sample = ConnectionPage(
        title: "HubSpot is loading", crumbs: .text("Connections"), notice: .text("notice"), status: .text("status"),
        stream: "/o/shop/connections/con_1/stream", progress: .text("progress"), refresh: 3, terms: .text("terms"),
        streams: .text("streams"), changes: .text("changes"), aside: .text("aside"), runs: .text("runs"),
        news: .text("news"), consent: .text("consent"), acts: .text("acts"))
}

/// What a connection's page is made from.
struct ConnectionFrame: Sendable {
    let detail: ConnectionDetail
    let offer: PlatformOffer
    /// `/o/{slug}/connections`.
    let list: String
    let words: ConnectionWords
    let may: Rights
    /// How messages come; nil where the platform sends none.
    var news: WebhookNews?
    /// Records that were put aside.
    var aside: [QuarantinedRow] = []
    /// Orders that it tells once more; nil where they are its own.
    var retold: RetoldOrders?

    /// What the reader may do here.
    struct Rights: Sendable {
        var manage = false
        var disconnect = false
        var editConsent = false
        var propose = false
    }

    var connection: Connection { detail.connection }
    var base: String { list + "/" + connection.id }
    var name: String { offer.name }
    var isMoving: Bool { detail.isMoving(at: words.now) }
    /// What moves is made from kept records; the platform is not asked.
    var isRebuilding: Bool { isMoving && detail.job?.kind == RebuildJob.kind }
}

extension ConnectionPage {
    static let runsShown = 20

    init(_ frame: ConnectionFrame, webhookAddress: String? = nil) {
        let l = frame.words.words
        title =
            frame.isRebuilding
            ? l.t("connections.title.rebuilding", ["name": frame.connection.label])
            : frame.words.title(frame.detail.status, name: frame.connection.label)
        crumbs = Crumbs([Link(l.t("connections.heading"), frame.list)], current: frame.connection.label).html
        notice = webhookAddress.map { address in
            HTMLWriter.build { html in
                html.html(
                    Alert(.info, title: l.t("connections.webhook.made"), text: l.t("connections.webhook.once")).html)
                html.element("pre", text: address)
            }
        }
        status = StatusPart(frame: frame).html
        if frame.isMoving {
            stream = frame.base + "/stream"
            progress = SyncProgress(frame: frame).html
            refresh = 3
        }
        let sections = ConnectionSections(frame: frame)
        terms = sections.terms
        streams = sections.streams
        changes = sections.changes
        aside = QuarantineSection(frame: frame).html
        runs = sections.runs
        news = WebhookSection(frame: frame).html
        consent = frame.offer.streams.contains("customers") ? ConsentPart(frame: frame).html : nil
        acts = ActsPart(frame: frame).html
    }
}

/// The state in words with its cause, since when, the next step and one button; replaced in place while a sync runs.
struct StatusPart {
    let frame: ConnectionFrame

    var html: SafeHTML {
        let (words, status, name) = (frame.words, frame.detail.status, frame.name)
        return HTMLWriter.build { html in
            html.raw("<section id=\"connection-status\" class=\"stack near\"><p>")
            words.pill(status.state).write(to: &html)
            html.raw("</p>")
            let cause =
                frame.isRebuilding
                ? words.words.t("connections.why.rebuilding", ["name": name]) : words.cause(status, name: name)
            let why = [
                cause, words.quote(status, name: name), words.since(status), words.leftAlone(status, name: name),
            ]
            let next = [words.until(status), words.step(status, name: name)]
            for sentences in [why, next].map({ $0.compactMap(\.self) }) where !sentences.isEmpty {
                html.element("p", text: sentences.joined(separator: " "))
            }
            if let button { write(button, to: &html) }
            html.raw("</section>")
        }
    }

    private enum Button {
        case post(String, key: String)
        case link(String, key: String)
    }

    /// The one button for what a person can do now; none where nothing has to be done or the reader may not.
    private var button: Button? {
        guard frame.may.manage, !frame.isMoving else { return nil }
        switch frame.detail.status.nextStep {
        case .resume: return .post("/resume", key: "resume")
        case .syncNow, .fixAtVendor: return .post("/sync", key: "sync_now")
        case .reportToUs: return .post("/sync", key: "try_again")
        case .reconnect, .addScope, .chooseAccount: return .link("/reconnect", key: "reconnect")
        case .none: return frame.detail.status.state == .healthy ? .post("/sync", key: "sync_now") : nil
        case .wait, .configure: return nil
        }
    }

    private func write(_ button: Button, to html: inout HTMLWriter) {
        let l = frame.words.words
        switch button {
        case .post(let path, let key):
            html.raw("<form class=\"button-row\" method=\"post\"")
            html.attribute("action", frame.base + path)
            html.raw("><button class=\"button primary\" type=\"submit\">")
            html.text(l.t("connections.button.\(key)", ["name": frame.name]))
            html.raw("</button></form>")
        case .link(let path, let key):
            html.raw("<p class=\"button-row\">")
            html.link(
                frame.base + path, text: l.t("connections.button.\(key)", ["name": frame.name]),
                class: "button primary")
            html.raw("</p>")
        }
    }
}

/// How far a sync is, stream by stream; replaced in place.
struct SyncProgress {
    let frame: ConnectionFrame

    var html: SafeHTML {
        let l = frame.words.words
        let job = frame.detail.job
        let current = job?.progress.stage == "reading" ? job?.progress.message : nil
        let names = frame.offer.streams
        let place = current.flatMap(names.firstIndex) ?? -1
        let isPastReading = ["deriving", "finishing"].contains(job?.progress.stage ?? "")
        var stages = names.enumerated().map { index, name -> Stage in
            let known = frame.detail.streams.first { $0.stream == name }
            let rows = known.map { l.t("connections.progress.records", count: $0.rows) }
            let isDone =
                isPastReading || index < place || index != place && known?.lastOkAt != nil && known?.span == nil
            return Stage(
                frame.words.stream(name), index == place ? .current : isDone ? .done : .waiting,
                figures: index == place || isDone ? rows : nil)
        }
        let derives: Stage.State = isPastReading ? .current : .waiting
        stages.append(
            Stage(
                l.t("connections.progress.deriving"), derives,
                figures: isPastReading
                    ? job.map { l.t("connections.progress.records", count: $0.progress.rowsDone) }
                    : nil))
        return StageList(id: "connection-progress", stages, note: note).html(l)
    }

    /// How long the present stream took the last time.
    private var last: String? {
        guard let stream = frame.detail.job?.progress.message,
            let run = frame.detail.runs.first(where: { $0.stream == stream && $0.state == "finished" }),
            let end = run.finishedAt
        else { return nil }
        let duration = frame.words.words.duration(seconds: end.timeIntervalSince(run.startedAt))
        return frame.words.words.t(
            "connections.progress.last", ["stream": frame.words.stream(stream), "duration": duration])
    }

    private var note: String {
        let l = frame.words.words
        guard let job = frame.detail.job else { return l.t("shell.stages.leave") }
        var parts: [String] = []
        if let start = job.startedAt, job.state == .running {
            parts.append(
                l.t(
                    "connections.progress.elapsed",
                    ["time": l.duration(seconds: max(0, frame.words.now.timeIntervalSince(start)))]))
        }
        if let last { parts.append(last) }
        return (parts + [l.t("shell.stages.leave")]).joined(separator: " ")
    }
}
