import Connectors
import Customers
import Foundation
import Records
import Web

/// The tables of a connection's page.
struct ConnectionSections {
    let frame: ConnectionFrame

    private var l: Localizer { frame.words.words }
    private var now: Date { frame.words.now }

    var terms: SafeHTML {
        let connection = frame.connection
        var items: [Terms.Item] = [.init(l.t("connections.show.platform"), frame.name)]
        if let name = connection.accountName, !name.isEmpty {
            items.append(.init(l.t("connections.show.account"), name))
        }
        if let id = connection.accountID, !id.isEmpty, id != connection.accountName {
            items.append(.init(l.t("connections.show.account_id"), id))
        }
        if let method = connection.method.flatMap({ id in frame.offer.methods.first { $0.id == id } }) {
            items.append(.init(l.t("connections.show.method"), frame.words.method(method, name: frame.name)))
        }
        if let currency = connection.accountCurrency {
            let zone = connection.accountTimeZone.map { " · " + $0 } ?? ""
            items.append(.init(l.t("connections.show.currency"), currency + zone))
        }
        items.append(.init(l.t("connections.show.connected"), l.date(connection.createdAt)))
        if let last = connection.lastSync {
            items.append(
                .init(l.t("connections.index.last"), l.dateTime(last)))
        }
        if let next = connection.nextSyncAt, next > now, connection.pausedAt == nil, !frame.isMoving {
            items.append(.init(l.t("connections.show.next"), l.relative(next, now: now)))
        }
        items.append(
            .init(
                l.t("connections.index.health"),
                l.t("connections.show.health_of", ["n": l.number(frame.detail.health)])))
        return Terms(items, across: true).html
    }

    var streams: SafeHTML {
        let rows = frame.offer.streams.map { name -> [TableCell] in
            let state = frame.detail.streams.first { $0.stream == name }
            let isRetold = name == "orders" && frame.retold?.isCounted == false
            return [
                .two(frame.words.stream(name), sub: isRetold ? l.t("connections.retold.mark") : ""), .pill(pill(state)),
                .number(l.number(state?.rows ?? 0)),
                state?.lastOkAt.map { .time(l.relative($0, now: now), iso: CivilTime($0).isoDay) } ?? .none,
                state.map { .text(frame.words.every($0.every)) } ?? .none,
                state?.errorCode.map { .text(problem($0, state?.errorDetail)) } ?? .none,
            ]
        }
        return DataTable(
            id: "streams", caption: l.t("connections.show.streams"),
            columns: [
                .init(l.t("connections.show.stream")), .init(l.t("connections.index.state"), shrinks: true),
                .init(l.t("connections.index.rows"), .end), .init(l.t("connections.index.last")),
                .init(l.t("connections.show.every")), .init(l.t("connections.show.problem"), wraps: true),
            ], rows: rows, showsCaption: false, stacks: true
        ).html(l) + retold
    }

    /// That a shop's orders, told once more, count once.
    private var retold: SafeHTML {
        guard let retold = frame.retold else { return .empty }
        let sources = retold.countedFrom.map { $0.name(l) }.joined(separator: ", ")
        let text =
            retold.isCounted
            ? l.t("connections.retold.counted", ["name": frame.name])
            : l.t(
                "connections.retold.text", count: retold.orders, ["name": frame.name, "sources": sources])
        return HTMLWriter.build { $0.element("p", class: "help", text: text) }
    }

    private func problem(_ code: String, _ detail: String?) -> String {
        frame.words.problem(code, detail, name: frame.name)
    }

    private func pill(_ state: SyncState?) -> Pill {
        guard let state else { return .state(.neverRan, l) }
        if state.isHeld { return .state(.actionRequired, l) }
        if state.span != nil, frame.isMoving { return .state(.running, l) }
        if state.errorCode == "rate_limited" { return .state(.rateLimited, l) }
        if state.errorCode != nil { return .state(.error, l) }
        guard let last = state.lastOkAt else { return .state(.neverRan, l) }
        return .state(now.timeIntervalSince(last) > 1.5 * state.every ? .late : .healthy, l)
    }

    var runs: SafeHTML {
        let rows = frame.detail.runs.prefix(ConnectionPage.runsShown).map { run -> [TableCell] in
            [
                .time(l.dateTime(run.startedAt), iso: CivilTime(run.startedAt).isoDay),
                .two(frame.words.stream(run.stream), sub: l.t("connections.mode.\(run.mode)")),
                .pill(pill(run)), .number(l.number(run.recordsIn)), .number(l.number(run.written)),
                .number(l.number(run.unchanged)), .number(l.number(run.quarantined)),
                run.finishedAt.map { .number(l.duration(seconds: $0.timeIntervalSince(run.startedAt))) } ?? .none,
                // What a finished run met on its way is over.
                run.state == "finished"
                    ? .none : run.errorClass.map { .text(problem($0, run.errorDetail)) } ?? .none,
            ]
        }
        let empty = EmptyState(
            .waiting, title: l.t("connections.show.no_runs"), text: l.t("connections.show.no_runs_text"))
        return DataTable(
            id: "runs", caption: l.t("connections.show.runs"),
            columns: [
                .init(l.t("connections.show.started")), .init(l.t("connections.show.stream")),
                .init(l.t("connections.index.state"), shrinks: true), .init(l.t("connections.show.read"), .end),
                .init(l.t("connections.show.written"), .end), .init(l.t("connections.show.unchanged"), .end),
                .init(l.t("connections.show.aside"), .end), .init(l.t("connections.show.took"), .end),
                .init(l.t("connections.show.problem"), wraps: true),
            ], rows: Array(rows), empty: empty.html, compact: true, showsCaption: false, stacks: true
        ).html(l)
    }

    private func pill(_ run: SyncRun) -> Pill {
        switch run.state {
        case "running": .state(frame.isMoving ? .running : .queued, l)
        case "finished": .state(.done, l)
        case "waiting": .state(.queued, l)
        default: .state(.failed, l)
        }
    }

    /// Fields that appeared, and records that were put aside, by reason; nil where there is neither.
    var changes: SafeHTML? {
        var rows: [[TableCell]] = []
        for run in frame.detail.runs where !run.newFields.isEmpty {
            rows.append([
                .time(l.dateTime(run.startedAt), iso: CivilTime(run.startedAt).isoDay),
                .text(frame.words.stream(run.stream)),
                .text(l.t("connections.show.new_fields", ["fields": run.newFields.joined(separator: ", ")])),
            ])
        }
        for run in frame.detail.runs where !run.problems.isEmpty {
            let reasons = Dictionary(grouping: run.problems) { "\($0.field) (\($0.reason))" }
            let text = reasons.sorted { $0.key < $1.key }.map { "\($0.key) × \(l.number($0.value.count))" }
            rows.append([
                .time(l.dateTime(run.startedAt), iso: CivilTime(run.startedAt).isoDay),
                .text(frame.words.stream(run.stream)),
                .text(l.t("connections.show.put_aside", ["what": text.joined(separator: ", ")])),
            ])
        }
        guard !rows.isEmpty else { return nil }
        return DataTable(
            id: "changes", caption: l.t("connections.show.changes"),
            columns: [
                .init(l.t("connections.show.started")), .init(l.t("connections.show.stream")),
                .init(l.t("connections.show.what"), wraps: true),
            ], rows: Array(rows.prefix(ConnectionPage.runsShown)), compact: true, showsCaption: false, stacks: true
        ).html(l)
    }
}

/// What a yes at the platform allows here, as a form for those who may change it.
struct ConsentPart {
    let frame: ConnectionFrame

    var html: SafeHTML {
        let l = frame.words.words
        let policy = frame.connection.consent ?? .standard
        return HTMLWriter.build { html in
            html.element("p", class: "soft", text: l.t("connections.consent.text", ["name": frame.name]))
            html.html(said(policy))
            guard frame.may.editConsent else { return }
            html.raw("<details id=\"consent-change\" class=\"stack near\"><summary>")
            html.text(l.t("connections.consent.change"))
            html.raw("</summary><form class=\"form broad\" method=\"post\"")
            html.attribute("action", frame.base + "/consent")
            html.raw("><div class=\"field-grid\">")
            for channel in ConsentForm.channels { fieldset(channel, policy, to: &html) }
            html.raw("</div>")
            html.html(
                Field.text(
                    "days", label: l.t("connections.consent.days"), value: String(policy.days), type: .number,
                    help: l.t("connections.consent.days_help"), short: true
                ).html(l))
            html.raw("<div class=\"button-row\"><button class=\"button\" type=\"submit\">")
            html.text(l.t("connections.consent.submit"))
            html.raw("</button></div></form></details>")
        }
    }

    private func fieldset(_ channel: String, _ policy: ConsentPolicy, to html: inout HTMLWriter) {
        let l = frame.words.words
        html.raw("<fieldset class=\"field\"><legend>")
        html.text(l.t("connections.consent.channel.\(channel)"))
        html.raw("</legend>")
        for purpose in ConsentForm.purposes {
            html.html(
                Field.checkbox(
                    "\(channel).\(purpose)", label: l.t("connections.consent.purpose.\(purpose)"),
                    isOn: policy.purposes[channel]?.contains(purpose) == true
                ).html(l))
        }
        html.raw("</fieldset>")
    }

    /// The policy in words.
    private func said(_ policy: ConsentPolicy) -> SafeHTML {
        let l = frame.words.words
        let items = ConsentForm.channels.map { channel in
            let purposes = (policy.purposes[channel] ?? []).map { l.t("connections.consent.purpose.\($0)") }
            return Terms.Item(
                l.t("connections.consent.channel.\(channel)"),
                purposes.isEmpty ? l.t("connections.consent.nothing") : purposes.joined(separator: ", "))
        }
        return Terms(items, across: true).html
    }
}

/// Everything else that can be done with a connection, one button each.
struct ActsPart {
    let frame: ConnectionFrame

    var html: SafeHTML? {
        guard frame.may.manage || frame.may.disconnect || frame.may.propose else { return nil }
        let isLive = frame.connection.status == "connected"
        return HTMLWriter.build { html in
            html.raw("<div class=\"button-row\">")
            if frame.may.manage, isLive {
                if frame.connection.pausedAt == nil {
                    post("/pause", "pause", to: &html)
                } else {
                    post("/resume", "resume", to: &html)
                }
                link("/settings", "settings", to: &html)
                link("/reconnect", "reconnect", to: &html)
                if frame.offer.hasAccounts {
                    html.link(frame.base + "/accounts", text: frame.words.words.t("choosing.more"), class: "button")
                }
            }
            if frame.may.manage {
                post("/rebuild", "rebuild", to: &html)
            }
            if frame.may.propose, isLive { link("/preview", "preview", to: &html) }
            if frame.may.disconnect {
                link("/disconnect", isLive ? "disconnect" : "erase", danger: true, to: &html)
            }
            html.raw("</div>")
            html.element("p", class: "help", text: frame.words.words.t("connections.show.acts_help"))
            writeReference(to: &html)
        }
    }

    /// What a report to support names, where a person is asked for one: the reading that went wrong.
    private func writeReference(to html: inout HTMLWriter) {
        guard frame.detail.status.nextStep == .reportToUs else { return }
        let reading = frame.detail.runs.first { $0.state != "finished" && $0.errorClass != nil }
        html.raw("<p class=\"small quiet\">")
        html.text(frame.words.words.t("shell.reference"))
        html.raw(" ")
        html.element("code", text: reading?.id ?? frame.connection.id)
        html.raw("</p>")
    }

    private func post(_ path: String, _ key: String, to html: inout HTMLWriter) {
        html.raw("<form method=\"post\"")
        html.attribute("action", frame.base + path)
        html.raw("><button class=\"button\" type=\"submit\">")
        html.text(frame.words.words.t("connections.button.\(key)", ["name": frame.name]))
        html.raw("</button></form>")
    }

    private func link(_ path: String, _ key: String, danger: Bool = false, to html: inout HTMLWriter) {
        html.link(
            frame.base + path, text: frame.words.words.t("connections.button.\(key)", ["name": frame.name]),
            class: danger ? "button danger" : "button")
    }
}
