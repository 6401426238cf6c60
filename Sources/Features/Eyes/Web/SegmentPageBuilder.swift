import Customers
import Foundation
import Web

/// One segment: what sets it apart, what it is worth, who is in it and why.
struct SegmentPageBuilder {
    let published: PublishedRun
    let segment: Segment
    let speech: EyesSpeech
    let paths: EyesPaths
    let members: [StoredMember]
    let badges: [String: CustomerBadge]
    let from: Int
    let next: String?
    let now: Date
    /// Where a campaign for the segment begins; nil where there is no model for it or the reader may not propose.
    var campaignHref: String?
    /// Where a name is sent; nil for readers who may not rename.
    var renameAction: String?
    var flows: [SegmentFlow] = []

    private var words: Localizer { speech.words }

    var page: EyesDetailPage {
        EyesDetailPage(
            title: words.t(
                "eyes.title.segment", count: segment.size,
                ["name": speech.name(segment.name), "money": speech.spend(segment.valueMinor)]),
            subtitle: speech.t(
                "subtitle.segment",
                [
                    "share": speech.percent(segment.share),
                    "date": words.day(ZoneCalendar.label(of: published.run.result.asOfDay - 1)),
                ]),
            crumbs: Crumbs([Link(speech.t("crumb.eyes"), paths.index)], current: speech.name(segment.name)).html,
            main: state + acts + apart + moved + risk.html(words) + profile.html(words) + people.html(words))
    }

    private var state: SafeHTML {
        switch segment.kind {
        case .cluster: .empty
        case .tier: Alert(.info, title: speech.t("segment.is_tier"), text: speech.t("segment.is_tier_text")).html
        case .unclustered: Alert(.info, title: speech.t("segment.is_unclustered")).html
        }
    }

    private var acts: SafeHTML {
        guard campaignHref != nil || renameAction != nil else { return .empty }
        return HTMLWriter.build { html in
            if let campaignHref {
                html.raw("<div class=\"button-row\">")
                html.link(campaignHref, text: speech.t("campaign.from_segment"), class: "button")
                html.raw("</div>")
            }
            guard let renameAction else { return }
            html.raw("<form class=\"filters\" method=\"post\"")
            html.attribute("action", renameAction)
            html.raw("><label class=\"field\"><span>")
            html.text(speech.t("segment.rename"))
            html.raw("</span><input class=\"input\" name=\"label\" maxlength=\"80\"")
            html.attribute("value", segment.name.given ?? "")
            html.attribute("placeholder", speech.name(segment.name))
            html.raw("></label><button class=\"button\" type=\"submit\">")
            html.text(speech.t("segment.rename_button"))
            html.raw("</button></form>")
        }
    }

    /// Who came and who went since the run before.
    private var moved: SafeHTML {
        guard !flows.isEmpty else { return .empty }
        return DataTable(
            id: "segment-flow", caption: speech.t("learning.flows"),
            columns: [
                TableColumn(speech.t("learning.column.from")), TableColumn(speech.t("learning.column.to")),
                TableColumn(speech.t("learning.column.count"), .end),
                TableColumn(speech.t("learning.column.why"), wraps: true),
            ],
            rows: flows.map { flow in
                [
                    .text(flowEnd(flow.from, "learning.nobody")), .text(flowEnd(flow.to, "learning.no_longer")),
                    .number(words.number(flow.count)), .text(speech.reasons(flow)),
                ]
            }, compact: true
        ).html(words)
    }

    private func flowEnd(_ id: String?, _ without: String) -> String {
        guard let id else { return speech.t(without) }
        return published.segment(id: id).map { speech.name($0.name) } ?? speech.t("learning.ended")
    }

    private var apart: SafeHTML {
        HTMLWriter.build { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(speech.t("segment.apart"))
            html.raw("</h2><ul class=\"plain-list\">")
            for top in segment.topFeatures { html.element("li", text: speech.difference(top)) }
            html.raw("</ul>")
            if let previous = segment.previousID, let change = segment.sizeChange {
                html.element(
                    "p",
                    text: speech.t(
                        change >= 0 ? "segment.since_grown" : "segment.since_shrunk",
                        ["count": words.number(abs(change)), "segment": previous]))
            }
            html.raw("</section>")
        }
    }

    private var risk: DataTable {
        DataTable(
            id: "segment-risk", caption: speech.t("table.segment_risk"),
            columns: [
                TableColumn(speech.t("column.horizon")), TableColumn(speech.t("column.active"), .end),
                TableColumn(speech.t("column.mean_risk"), .end), TableColumn(speech.t("column.band")),
                TableColumn(speech.t("column.expected_leavers"), .end), TableColumn(speech.t("column.at_risk"), .end),
            ],
            rows: segment.churnRisk.map { risk in
                [
                    .link(
                        speech.t("horizon.days", ["days": speech.days(risk.horizon)]),
                        paths.churn(ChurnFilter(horizon: risk.horizon, segmentID: segment.id))),
                    .number(words.number(risk.sampleSize)),
                    risk.riskScore.map { .number(speech.percent($0)) } ?? .none,
                    risk.riskLevel.map { .pill(.band(speech.band($0), words)) } ?? .none,
                    risk.expectedLeavers.map { .number(words.number(Int($0.rounded()))) } ?? .none,
                    speech.spendCell(risk.valueAtRiskMinor),
                ]
            },
            empty: EmptyState(
                .nothing, title: speech.t("segment.no_risk"), text: speech.t("segment.no_risk_text")
            ).html, compact: true, stacks: true)
    }

    private var profile: DataTable {
        DataTable(
            id: "segment-profile", caption: speech.t("table.profile"),
            columns: [
                TableColumn(speech.t("column.feature")), TableColumn(speech.t("column.median"), .end),
                TableColumn(speech.t("column.mean"), .end), TableColumn(speech.t("column.deviation"), .end),
            ],
            rows: segment.characteristics.map { line in
                let unit = line.feature.unit
                return [
                    .text(speech.feature(line.feature)), .number(speech.figure(line.median, unit)),
                    .number(speech.figure(line.mean, unit)), .number(speech.figure(line.std, unit)),
                ]
            }, compact: true, stacks: true)
    }

    private var people: DataTable {
        DataTable(
            id: "members", caption: speech.t("table.members"), note: speech.t("table.members_note"),
            columns: [
                TableColumn(speech.t("column.customer")), TableColumn(speech.t("column.orders"), .end),
                TableColumn(speech.t("column.last_order"), .end), TableColumn(speech.t("column.yearly_value"), .end),
                TableColumn(speech.t("column.why_here"), wraps: true), TableColumn(speech.t("column.consent")),
            ], rows: members.map(row),
            empty: EmptyState(.nothing, title: speech.t("segment.rows_gone"), text: speech.t("segment.rows_gone_text"))
                .html,
            footer: TableFooter(
                from: from + 1, to: from + members.count, total: .exact(segment.size),
                previousHref: from > 0 ? paths.segment(segment.id) : nil,
                nextHref: next.map { paths.segment(segment.id) + "?cursor=" + $0 }), compact: true, stacks: true)
    }

    private func row(_ member: StoredMember) -> [TableCell] {
        let badge = badges[member.customerID]
        let name = badge?.name ?? speech.t("table.unknown_person")
        let consent: TableCell = badge.map { .pill(.consent($0.consentMark, words)) } ?? .none
        guard badge?.mayBeUsed(at: now) ?? false else {
            return [
                .rowLink(name, paths.customer(member.customerID)), .none, .none, .none,
                .text(speech.t("table.consent_lost")), consent,
            ]
        }
        let lastOrder = ZoneCalendar.label(of: published.run.result.asOfDay - member.recencyDays)
        return [
            .rowLink(name, paths.customer(member.customerID)), .number(words.number(member.orderCount)),
            .time(words.day(lastOrder), iso: lastOrder), speech.spendCell(member.spend365Minor),
            .text(why(member)), consent,
        ]
    }

    /// "Nearer to this group than to 'Occasional' by recency and spend."
    func why(_ member: StoredMember) -> String {
        guard let next = member.nextSegment, let other = published.segment(number: next), !member.features.isEmpty
        else {
            return "\u{2013}"
        }
        return speech.t(
            "segment.why",
            [
                "other": speech.name(other.name),
                "features": speech.list(member.features.map(speech.featureInside)),
            ])
    }
}
