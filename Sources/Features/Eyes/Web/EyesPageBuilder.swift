import Customers
import Foundation
import Jobs
import Web

/// Builds the parts of the EYES page from what is stored. Pure: everything it says comes in.
struct EyesPageBuilder {
    let overview: EyesOverview
    let speech: EyesSpeech
    let paths: EyesPaths
    let tab: EyesTab
    let horizon: Horizon
    let mayRun: Bool
    /// Segments by rule, for the filter.
    var rules: [StoredRule] = []

    var words: Localizer { speech.words }
    var run: StoredRun? { overview.published?.run }
    var report: HorizonReport? { run?.report(horizon) }

    /// - Parameter answer: what the tab found out, where its title depends on more than the run.
    func page(main: SafeHTML, title answer: String? = nil) -> EyesPage {
        EyesPage(
            title: answer ?? title, subtitle: subtitle, startAction: canStart ? paths.start : nil,
            startWords: speech.t(run == nil ? "start.first" : "start.again"), runsHref: paths.runs, status: status,
            navigation: run == nil ? .empty : navigation, notices: notices, main: main, proof: proof)
    }

    /// Without orders there is nothing to run on.
    private var canStart: Bool { mayRun && overview.running == nil && overview.data.orders > 0 }

    // MARK: Head

    /// The answer of the tab, where there is one.
    var title: String {
        guard let run else { return speech.t(overview.running == nil ? "title.never_ran" : "title.first_run") }
        switch tab {
        case .segments: return segmentsTitle(run)
        case .churn: return churnTitle
        case .crossPlatform: return speech.t("cross.title_tab")
        case .learning: return speech.t("learning.title_tab")
        }
    }

    private func segmentsTitle(_ run: StoredRun) -> String {
        let count = overview.published?.segments.filter { $0.kind != .unclustered }.count ?? 0
        let arguments = ["buyers": words.number(run.result.clustering.buyers)]
        switch run.result.clustering.state {
        case .accepted: return speech.t("title.segments", count: count, arguments)
        case .tiers: return speech.t("title.tiers", count: count, arguments)
        case .notEnoughData: return speech.t("title.segments_not_enough")
        }
    }

    private var churnTitle: String {
        guard let report, report.state != .notEnoughData else { return speech.t("title.churn_not_enough") }
        let arguments = ["money": speech.spend(report.highYearlySpendMinor), "days": speech.days(horizon)]
        let key = report.state == .fallback ? "title.overdue" : "title.high_risk"
        return speech.t(key, count: report.counts.high, arguments)
    }

    private var subtitle: String? {
        guard let run else { return nil }
        let date = lastDay(run)
        return speech.t(
            "subtitle.\(tab.rawValue)",
            [
                "date": date, "days": speech.days(horizon), "active": words.number(run.result.population.active),
            ])
    }

    /// The last whole day the run knows: as-of is the midnight after it.
    func lastDay(_ run: StoredRun) -> String { words.day(ZoneCalendar.label(of: run.result.asOfDay - 1)) }

    private var status: SafeHTML {
        guard let run else { return .empty }
        return HTMLWriter.build { html in
            html.raw("<div class=\"status-line\">")
            Pill.gate(speech.gate(run.result.clustering.state), words).write(to: &html)
            html.raw(" ")
            html.text(speech.t("status.groups"))
            for report in run.result.horizons {
                html.raw(" &middot; ")
                Pill.gate(speech.gate(report.state), words).write(to: &html)
                html.raw(" ")
                html.text(speech.t("status.days", ["days": speech.days(report.horizon)]))
            }
            html.raw("</div>")
            AsOf(
                speech.t(
                    "status.as_of",
                    [
                        "sources": run.sources.isEmpty ? speech.t("status.no_source") : sourceNames(run),
                        "date": lastDay(run),
                    ]), exact: speech.t("status.finished", ["time": words.dateTime(run.createdAt), "run": run.id]),
                isLate: run.onOldData
            ).write(to: &html)
            for report in run.result.horizons where report.state != .accepted {
                html.element("p", class: "soft", text: hint(report))
            }
        }
    }

    /// Why a horizon is not accepted, and what it needs.
    private func hint(_ report: HorizonReport) -> String {
        speech.t(
            "status.hint",
            [
                "days": speech.days(report.horizon),
                "why": speech.sentence(report) { words.day(ZoneCalendar.label(of: $0)) },
            ])
    }

    private func sourceNames(_ run: StoredRun) -> String {
        if let labels = run.sourceLabels { return labels.map { SourceName.text($0, words) }.joined(separator: ", ") }
        return run.sources.map { words.has("eyes.source.\($0)") ? speech.t("source.\($0)") : $0 }
            .joined(separator: ", ")
    }

    private var navigation: SafeHTML {
        let tabs = Tabs(
            label: speech.t("tabs.label"),
            EyesTab.allCases.map {
                TabItem(speech.t("tabs.\($0.rawValue)"), paths.tab($0, horizon), isCurrent: $0 == tab)
            })
        let choice = Segmented(
            label: speech.t("horizon.label"),
            Horizon.allCases.map {
                TabItem(
                    speech.t("horizon.days", ["days": speech.days($0)]), paths.tab(tab, $0), isCurrent: $0 == horizon)
            })
        return tabs.html + choice.html
    }

    // MARK: Notices

    private var notices: SafeHTML {
        var parts: [Alert] = []
        if let job = overview.running, run != nil {
            parts.append(
                Alert(
                    .info, title: speech.t("notice.running"),
                    text: speech.t("notice.running_stage", ["stage": speech.stage(job.progress.stage)]),
                    actions: [Link(speech.t("notice.see_progress"), paths.run(job.id))]))
        } else if overview.running == nil, let job = overview.failed {
            parts.append(
                Alert(
                    .bad, title: speech.t("notice.failed"),
                    text: speech.t(run == nil ? "notice.failed_first" : "notice.failed_kept"),
                    actions: [Link(speech.t("notice.see_run"), paths.run(job.id))]))
        }
        if let run {
            if run.onOldData {
                parts.append(Alert(.warn, title: speech.t("notice.old_data", ["date": lastDay(run)])))
            }
            if run.consent.used == 0, run.consent.loaded > 0 {
                parts.append(noConsent)
            }
            if run.hasManyUnconverted {
                parts.append(
                    Alert(
                        .warn,
                        title: speech.t(
                            "notice.unconverted", ["count": words.number(run.orders.unconverted)]),
                        actions: [Link(speech.t("notice.unconverted_how"), paths.organization)]))
            }
        }
        return parts.reduce(SafeHTML.empty) { $0 + $1.html }
    }

    /// Where consent can come from: platforms, where some are connected, and files.
    private var noConsent: Alert {
        let hasPlatforms = overview.data.sources.contains { $0.platform != "csv" }
        let connections = Link(speech.t("notice.go_connections"), paths.connections)
        return Alert(
            .warn, title: speech.t("notice.no_consent"),
            text: speech.t(hasPlatforms ? "notice.no_consent_platforms" : "notice.no_consent_how"),
            actions: (hasPlatforms ? [connections] : []) + [Link(speech.t("notice.go_import"), paths.imports)])
    }

    /// Consent and people left out of a tab's answer, under it.
    private var proof: SafeHTML {
        guard let run else { return .empty }
        let population = run.result.population
        return HTMLWriter.build { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(speech.t("proof.title"))
            html.raw("</h2>")
            html.html(ConsentWords(ConsentFigures(run.consent)).html(words))
            html.element(
                "p",
                text: speech.t(
                    "proof.population",
                    [
                        "active": words.number(population.active), "lapsed": words.number(population.lapsed),
                        "gone": words.number(population.gone), "none": words.number(population.noActivity),
                    ]))
            html.raw("<p>")
            html.link(paths.run(run.id), text: speech.t("proof.run"))
            html.raw("</p></section>")
        }
    }

    // MARK: Before the first run

    /// Not connected, waiting, or ready to run: never a chart frame and never a zero.
    var beforeFirstRun: SafeHTML {
        if overview.data.orders == 0 {
            return EmptyState(
                .notConnected, title: speech.t("empty.no_orders"), text: speech.t("empty.no_orders_text"),
                primary: Link(speech.t("empty.import"), paths.imports)
            ).html
        }
        if let job = overview.running {
            return EmptyState(
                .waiting, title: speech.t("empty.first_run"), text: speech.t("empty.first_run_text"),
                primary: Link(speech.t("notice.see_progress"), paths.run(job.id))
            ).html
        }
        return EmptyState(
            .waiting, title: speech.t("empty.ready", ["orders": words.number(overview.data.orders)]),
            text: speech.t(mayRun ? "empty.ready_text" : "empty.ready_no_right")
        ).html
    }
}
