import Customers
import Foundation
import Web

/// The list of rule segments, one of them, and what an estimate says. Pure.
struct RulePages {
    let speech: RuleSpeech
    let paths: EyesPaths
    let now: Date

    private var eyes: EyesSpeech { speech.speech }
    private var words: Localizer { eyes.words }

    private func t(_ key: String, _ arguments: [String: String] = [:]) -> String { eyes.t("rule." + key, arguments) }

    // MARK: List

    func list(_ rules: [StoredRule], mayWrite: Bool) -> EyesDetailPage {
        EyesDetailPage(
            title: words.t("eyes.rule.title", count: rules.count), subtitle: t("subtitle"),
            crumbs: Crumbs([Link(eyes.t("crumb.eyes"), paths.index)], current: t("many")).html,
            main: HTMLWriter.build(capacity: 4_096) { html in
                if mayWrite, !rules.isEmpty { writeNew(&html) }
                html.html(
                    DataTable(
                        id: "rules", caption: t("many"),
                        columns: [
                            TableColumn(t("column.name")), TableColumn(t("column.who"), wraps: true),
                            TableColumn(t("column.size"), .end), TableColumn(t("column.left_out"), .end),
                            TableColumn(t("column.built")),
                        ], rows: rules.map(row),
                        empty: EmptyState(
                            .nothing, title: t("none"), text: t("none_text"),
                            primary: mayWrite ? Link(t("new"), paths.rules + "/new") : nil
                        ).html, showsCaption: false
                    ).html(words))
            })
    }

    private func writeNew(_ html: inout HTMLWriter) {
        html.raw("<div class=\"button-row\">")
        html.link(paths.rules + "/new", text: t("new"), class: "button primary")
        html.raw("</div>")
    }

    private func row(_ rule: StoredRule) -> [TableCell] {
        [
            .rowLink(rule.name, paths.rule(rule.id)), .text(speech.sentence(rule.rule)),
            rule.built.map { .number(words.number($0.size)) } ?? .none,
            rule.built.map { .number(words.number($0.leftOut)) } ?? .none,
            rule.built.map { .time(words.relative($0.builtAt, now: now), iso: $0.builtAt.formatted(.iso8601)) }
                ?? .text(t("being_built")),
        ]
    }

    // MARK: One

    struct Parts {
        let rule: StoredRule
        let sample: [(member: RuleMember, badge: CustomerBadge?)]
        let uses: EyesRules.Uses
        /// Nil where there is no model behind a campaign, or the reader may not propose one.
        let campaignHref: String?
        let churnHref: String?
        let mayWrite: Bool
    }

    func one(_ parts: Parts) -> EyesDetailPage {
        let rule = parts.rule
        let title =
            rule.built.map { words.t("eyes.rule.title_one", count: $0.size, ["name": rule.name]) } ?? rule.name
        return EyesDetailPage(
            title: title, subtitle: speech.sentence(rule.rule),
            crumbs: Crumbs(
                [Link(eyes.t("crumb.eyes"), paths.index), Link(t("many"), paths.rules)], current: rule.name
            ).html,
            main: state(rule) + acts(parts) + facts(rule) + (rule.built == nil ? .empty : sample(parts).html(words))
                + uses(parts.uses))
    }

    private func state(_ rule: StoredRule) -> SafeHTML {
        if rule.built == nil { return Alert(.info, title: t("being_built"), text: t("being_built_text")).html }
        if rule.isBehind { return Alert(.info, title: t("behind"), text: t("behind_text")).html }
        if rule.built?.goneSegments.isEmpty == false { return Alert(.warn, title: t("segment_gone")).html }
        return .empty
    }

    private func acts(_ parts: Parts) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<div class=\"button-row\">")
            if let href = parts.campaignHref { html.link(href, text: eyes.t("campaign.from_segment"), class: "button") }
            if let href = parts.churnHref { html.link(href, text: t("see_risks"), class: "button") }
            if parts.mayWrite {
                html.link(paths.rule(parts.rule.id) + "/edit", text: t("edit"), class: "button")
                act("rebuild", parts.rule, &html)
                if !parts.uses.isBinding { act("delete", parts.rule, &html) }
            }
            html.raw("</div>")
        }
    }

    private func act(_ name: String, _ rule: StoredRule, _ html: inout HTMLWriter) {
        html.raw("<form method=\"post\"")
        html.attribute("action", paths.rule(rule.id) + "/" + name)
        html.raw("><button class=\"button\" type=\"submit\">")
        html.text(t(name))
        html.raw("</button></form>")
    }

    private func facts(_ rule: StoredRule) -> SafeHTML {
        guard let build = rule.built else { return .empty }
        return HTMLWriter.build { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(t("about_build"))
            html.raw("</h2>")
            html.html(
                Terms([
                    .init(
                        t("term.size"),
                        t("of", ["part": words.number(build.size), "whole": words.number(build.population)])),
                    .init(t("term.left_out"), words.number(build.leftOut)),
                    .init(t("term.built"), words.dateTime(build.builtAt)),
                    .init(t("term.seconds"), words.duration(seconds: build.seconds)),
                    .init(t("term.run"), build.runID ?? "\u{2013}"),
                    .init(t("term.author"), rule.createdBy),
                ]).html)
            html.raw("</section>")
        }
    }

    private func sample(_ parts: Parts) -> DataTable {
        DataTable(
            id: "rule-sample", caption: t("sample"),
            columns: [TableColumn(eyes.t("column.customer")), TableColumn(t("column.why"), wraps: true)],
            rows: parts.sample.map { row($0.member.customerID, $0.badge, $0.member.facts, parts.rule.rule) },
            empty: EmptyState(.nothing, title: t("nobody"), text: t("nobody_text")).html)
    }

    private func row(_ id: String, _ badge: CustomerBadge?, _ facts: [RuleFact], _ rule: Rule) -> [TableCell] {
        let name = badge?.name ?? eyes.t("table.unknown_person")
        guard badge?.mayBeUsed(at: now) ?? false else {
            return [.rowLink(name, paths.customer(id)), .text(eyes.t("table.consent_lost"))]
        }
        return [.rowLink(name, paths.customer(id)), .text(speech.reasons(rule, facts).joined(separator: "; "))]
    }

    private func uses(_ uses: EyesRules.Uses) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(t("used_by"))
            html.raw("</h2>")
            if uses.rules.isEmpty, uses.campaigns.isEmpty {
                html.element("p", text: t("used_by_nobody"))
            } else {
                html.raw("<ul class=\"plain-list\">")
                for rule in uses.rules { item(t("use.rule"), rule.name, paths.rule(rule.id), &html) }
                for campaign in uses.campaigns {
                    item(t("use.campaign"), campaign.name, paths.campaign(campaign.id), &html)
                }
                html.raw("</ul>")
            }
            html.raw("</section>")
        }
    }

    private func item(_ kind: String, _ name: String, _ href: String, _ html: inout HTMLWriter) {
        html.raw("<li>")
        html.text(kind + " ")
        html.link(href, text: name)
        html.raw("</li>")
    }

    // MARK: Estimate

    /// Size with its error, who is left out, and five of them with their reasons.
    func answer(
        _ rule: Rule, _ estimate: RuleEstimate, _ examples: [EyesRules.Example], _ badges: [String: CustomerBadge]
    ) -> SafeHTML {
        HTMLWriter.build(capacity: 2_048) { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(size(estimate))
            html.raw("</h2><p>")
            html.text(
                words.t(
                    "eyes.rule.left_out", count: estimate.leftOut,
                    ["asked": words.number(estimate.asked), "population": words.number(estimate.population)]))
            html.raw("</p>")
            if !examples.isEmpty {
                html.raw("<ul class=\"plain-list\">")
                for example in examples {
                    let badge = badges[example.customerID]
                    guard badge?.mayBeUsed(at: now) ?? false else { continue }
                    html.raw("<li>")
                    html.link(paths.customer(example.customerID), text: badge?.name ?? eyes.t("table.unknown_person"))
                    html.text(": " + speech.reasons(rule, example.facts).joined(separator: "; "))
                    html.raw("</li>")
                }
                html.raw("</ul>")
            }
            html.raw("</section>")
        }
    }

    /// "About 1,204 customers (1,130 to 1,281), from 2,000 of 24,310".
    func size(_ estimate: RuleEstimate) -> String {
        guard !estimate.isExact else { return words.t("eyes.rule.size_exact", count: estimate.size) }
        return words.t(
            "eyes.rule.size_about", count: estimate.size,
            [
                "low": words.number(estimate.low), "high": words.number(estimate.high),
                "asked": words.number(estimate.asked), "population": words.number(estimate.population),
            ])
    }

    func problems(_ problems: [RuleProblem]) -> SafeHTML {
        guard problems.contains(where: { $0.field != "name" && $0.code != "required" }) else { return .empty }
        return HTMLWriter.build { html in html.element("p", text: t("cannot_estimate")) }
    }
}
