import Customers
import Foundation
import Tenancy
import Vault
import Web

/// What EYES adds to a customer's page.
public struct EyesCustomerSection: Sendable {
    public let title: String
    public let summary: String
    public let html: SafeHTML
    public let links: [Link]
}

extension EyesService {
    /// Scores and reasons of one customer; nil before the first run.
    public func customerSection(
        _ scope: TenantScope, customerID: String, _ words: Localizer
    ) async throws -> EyesCustomerSection? {
        guard scope.can(.eyesView), let findings = try await customer(scope, customerID) else { return nil }
        return CustomerSectionBuilder(
            findings: findings,
            speech: EyesSpeech(words, currency: scope.organization.currency).of(findings.published.run),
            paths: EyesPaths(slug: scope.organization.slug), now: clock.now()
        ).section
    }
}

/// Builds the section. Pure.
struct CustomerSectionBuilder {
    let findings: CustomerFindings
    let speech: EyesSpeech
    let paths: EyesPaths
    let now: Date

    private var words: Localizer { speech.words }
    private var run: StoredRun { findings.published.run }

    var section: EyesCustomerSection {
        guard findings.badge?.mayBeUsed(at: now) ?? false else { return note("customer.no_consent") }
        guard let score = findings.score else {
            return note(findings.member == nil ? "customer.not_in_run" : "customer.lapsed", extra: membership)
        }
        let summary = leading(score).map { horizon, part in sentence(horizon, part) } ?? speech.t("customer.no_score")
        return EyesCustomerSection(
            title: speech.t("customer.title"), summary: summary, html: asOf + membership + scores(score) + more,
            links: links)
    }

    /// To everything EYES knows of the customer.
    private var more: SafeHTML {
        guard let id = findings.badge?.id else { return .empty }
        return HTMLWriter.build { html in
            html.raw("<p>")
            html.link(paths.customer(id), text: speech.t("customer.more"))
            html.raw("</p>")
        }
    }

    private func note(_ key: String, extra: SafeHTML = .empty) -> EyesCustomerSection {
        EyesCustomerSection(
            title: speech.t("customer.title"), summary: speech.t(key), html: extra, links: [links[0]])
    }

    private var links: [Link] {
        [Link(speech.t("customer.open"), paths.index)]
            + run.result.horizons.compactMap { report in
                report.card.map {
                    Link(speech.t("customer.card", ["days": speech.days(report.horizon)]), paths.model($0.modelVersion))
                }
            }
    }

    private func leading(_ score: StoredScore) -> (Horizon, HorizonScore)? {
        guard let horizon = EyesSummary.leading(run.result.horizons)?.horizon, let part = score.score(horizon) else {
            return nil
        }
        return (horizon, part)
    }

    private func sentence(_ horizon: Horizon, _ score: HorizonScore) -> String {
        let band = words.t("shell.band.\(score.level.rawValue)").lowercased()
        guard let probability = score.probability else {
            return speech.t("customer.rule", ["band": band, "days": speech.days(horizon)])
        }
        return speech.t(
            "customer.sentence",
            ["share": speech.percent(probability), "days": speech.days(horizon), "band": band])
    }

    private var asOf: SafeHTML {
        AsOf(
            speech.t(
                "status.day", ["date": words.day(ZoneCalendar.label(of: run.result.asOfDay - 1))]),
            exact: speech.t("status.finished", ["time": words.dateTime(run.createdAt), "run": run.id]),
            isLate: run.onOldData
        ).html
    }

    private var membership: SafeHTML {
        guard let member = findings.member, let segment = findings.published.segment(number: member.segment) else {
            return .empty
        }
        return HTMLWriter.build { html in
            html.raw("<p>")
            html.text(speech.t("customer.segment"))
            html.raw(" ")
            html.link(paths.segment(segment.id), text: speech.name(segment.name))
            html.raw("</p>")
        }
    }

    /// - Parameters:
    ///   - isPage: below the page's title, not within a section of its own
    ///   - showsChange: with the smallest change that would move each band
    func scores(_ stored: StoredScore, isPage: Bool = false, showsChange: Bool = false) -> SafeHTML {
        let horizons = run.result.horizons.map { report in
            guard let score = stored.score(report.horizon) else { return SafeHTML.empty }
            return HTMLWriter.build { html in
                html.raw("<section class=\"stack close\">")
                html.element(
                    isPage ? "h2" : "h3", text: speech.t("horizon.next", ["days": speech.days(report.horizon)]))
                html.raw("<p>")
                Pill.band(speech.band(score.level), words).write(to: &html)
                html.raw(" ")
                html.text(sentence(report.horizon, score))
                html.raw(" ")
                Pill.gate(speech.gate(report.state), words).write(to: &html)
                html.raw("</p>")
                if let confidence = confidence(score, report) { html.element("p", class: "as-of", text: confidence) }
                html.html(EyesReasons(speech).full(stored, score))
                if showsChange, score.probability != nil {
                    html.element("p", text: score.change.map(speech.sentence) ?? speech.t("change.none"))
                }
                html.raw("</section>")
            }
        }.reduce(.empty, +)
        return HTMLWriter.build { html in
            html.raw("<div class=\"columns three\">")
            html.html(horizons)
            html.raw("</div>")
        }
    }

    /// "Of the 605 customers with a score like this, 78% (75–81%) left."
    private func confidence(_ score: HorizonScore, _ report: HorizonReport) -> String? {
        guard let tenth = score.tenth, let points = report.serving?.calibration, points.indices.contains(tenth) else {
            return nil
        }
        let point = points[tenth]
        return speech.t(
            "customer.confidence",
            [
                "count": words.number(point.count), "share": speech.percent(point.observed),
                "low": speech.percent(point.lower), "high": speech.percent(point.upper),
            ])
    }
}
