import Foundation
import Learning
import Tenancy
import Web

/// One campaign: who is in and why not, what it should bring, who agreed, and what came of it. Pure.
struct CampaignPage {
    let campaign: Campaign
    let speech: EyesSpeech
    let paths: EyesPaths
    let segmentName: String?
    /// First day whose orders are not whole yet.
    let dataUntilDay: Int?
    let calendar: ZoneCalendar
    let mayPropose: Bool
    let mayApprove: Bool
    let mayExecute: Bool
    let mayExport: Bool
    /// Where the requests at the platform wait.
    let approvalPath: (String) -> String

    private var words: Localizer { speech.words }
    private var own: String { paths.campaign(campaign.id) }

    var page: EyesDetailPage {
        EyesDetailPage(
            title: title, subtitle: subtitle,
            crumbs: Crumbs(
                [Link(speech.t("crumb.eyes"), paths.index), Link(speech.t("campaign.many"), paths.campaigns)],
                current: campaign.name
            ).html,
            main: next + result + expected + audience.html(words) + facts)
    }

    private var title: String {
        if let result = campaign.result {
            let key = result.uplift.isClear ? "campaign.title_clear" : "campaign.title_unclear"
            return speech.t(
                key,
                [
                    "name": campaign.name,
                    "points": CampaignPages(speech: speech, paths: paths).points(result.uplift.difference),
                ])
        }
        return words.t(
            "eyes.campaign.title_one", count: campaign.audience.treated,
            ["name": campaign.name, "state": speech.t("campaign.state.\(campaign.state.rawValue)").lowercased()])
    }

    private var subtitle: String {
        var parts = [speech.t("campaign.origin", ["days": speech.days(campaign.origin.horizon)])]
        if let cut = campaign.origin.cut { parts.append(words.t("eyes.campaign.origin_cut", count: cut)) }
        if let segmentName { parts.append(speech.t("campaign.origin_segment", ["name": segmentName])) }
        if let band = campaign.origin.band { parts.append(words.t("shell.band.\(band.rawValue)")) }
        return parts.joined(separator: " \u{00B7} ")
    }

    // MARK: What to do now

    private var next: SafeHTML {
        HTMLWriter.build(capacity: 2_048) { html in
            html.raw("<section class=\"stack near\"><p>")
            Pill.gate(speech.gate(campaign.gate), words).write(to: &html)
            html.raw(" ")
            html.text(speech.t("campaign.next.\(campaign.state.rawValue)", nextArguments))
            html.raw("</p><div class=\"button-row\">")
            writeButtons(to: &html)
            html.raw("</div>")
            for id in campaign.approvalIDs {
                html.raw("<p>")
                html.link(approvalPath(id), text: speech.t("campaign.requests"))
                html.raw("</p>")
            }
            html.raw("</section>")
        }
    }

    private var nextArguments: [String: String] {
        guard let executed = campaign.executed else { return ["date": ""] }
        let closes = calendar.day(of: executed.at) + 1 + campaign.origin.horizon.days
        return ["date": words.day(ZoneCalendar.label(of: closes))]
    }

    private func writeButtons(to html: inout HTMLWriter) {
        switch campaign.state {
        case .draft:
            if mayApprove { button("approve", "campaign.approve", primary: true, &html) }
            if mayPropose { button("refresh", "campaign.refresh", &html) }
            if mayPropose { button("cancel", "campaign.cancel", &html) }
        case .approved:
            if mayExecute {
                button(
                    "execute", campaign.target == nil ? "campaign.release" : "campaign.hand_over", primary: true, &html)
            }
            if mayPropose { button("refresh", "campaign.refresh", &html) }
            if mayPropose { button("cancel", "campaign.cancel", &html) }
        case .active, .measured:
            if campaign.target == nil, mayExport {
                html.link(
                    own + "/file", text: words.t("eyes.campaign.file_link", count: campaign.audience.treated),
                    class: "button")
            }
        case .cancelled: break
        }
    }

    private func button(_ act: String, _ key: String, primary: Bool = false, _ html: inout HTMLWriter) {
        html.raw("<form method=\"post\"")
        html.attribute("action", "\(own)/\(act)")
        html.raw("><input type=\"hidden\" name=\"hash\"")
        html.attribute("value", campaign.audience.hash)
        html.raw(
            primary
                ? "><button class=\"button primary\" type=\"submit\">" : "><button class=\"button\" type=\"submit\">")
        html.text(
            speech.t(key, ["count": words.number(campaign.audience.treated), "label": campaign.target?.label ?? ""]))
        html.raw("</button></form>")
    }

    // MARK: What came of it

    private var result: SafeHTML {
        guard let result = campaign.result else { return .empty }
        let uplift = result.uplift
        let pages = CampaignPages(speech: speech, paths: paths)
        return DataTable(
            id: "uplift", caption: speech.t("campaign.result"),
            note: note(result),
            columns: [
                TableColumn(speech.t("campaign.column.group"), wraps: true),
                TableColumn(speech.t("campaign.column.people"), .end),
                TableColumn(speech.t("campaign.column.ordered"), .end),
            ],
            rows: [
                group("campaign.group.treated", uplift.treatedCount, uplift.treated),
                group("campaign.group.held", uplift.heldCount, uplift.held),
                [
                    .text(speech.t("campaign.group.difference")), .none, .number(pages.points(uplift.difference)),
                ],
                [
                    .text(speech.t("campaign.group.additional")), .none, .number(pages.people(uplift.additional)),
                ],
            ], compact: true, stacks: true
        ).html(words)
    }

    /// Whose orders were counted, and who was left out.
    private func note(_ result: CampaignResult) -> String {
        let counted = speech.t(
            "campaign.result_note",
            [
                "from": words.day(ZoneCalendar.label(of: result.fromDay)),
                "to": words.day(ZoneCalendar.label(of: result.closedDay - 1)),
            ])
        guard result.notLookedAt > 0 else { return counted }
        return counted + " " + words.t("eyes.campaign.result_gone", count: result.notLookedAt)
    }

    private func group(_ key: String, _ count: Int, _ share: Interval) -> [TableCell] {
        [
            .text(speech.t(key)), .number(words.number(count)),
            .number(
                "\(speech.percent(share.estimate, digits: 1)) (\(speech.percent(share.lower, digits: 1))–\(speech.percent(share.upper, digits: 1)))"
            ),
        ]
    }

    // MARK: What it should bring

    private var expected: SafeHTML {
        guard let expected = campaign.expected else { return .empty }
        let tiles = Tiles([
            Tile(
                label: speech.t("campaign.treated"), figure: .value(words.number(campaign.audience.treated)),
                formula: speech.t("campaign.formula.treated")),
            Tile(
                label: speech.t("profit.right"), figure: .value(words.number(Int(expected.leaving.rounded()))),
                formula: speech.t("profit.formula.right")),
            Tile(
                label: speech.t("profit.saved"), figure: .value(words.number(expected.saved, digits: 1)),
                formula: speech.t("profit.formula.saved")),
            Tile(
                label: speech.t("campaign.cost"), figure: .value(speech.money(expected.costMinor)),
                formula: speech.t("campaign.formula.cost")),
            Tile(
                label: speech.t("profit.profit"), figure: .value(speech.money(expected.profitMinor)),
                formula: speech.t("profit.formula.profit")),
        ])
        return HTMLWriter.build { html in
            html.raw("<section aria-labelledby=\"expected\"><div class=\"section-head\"><h2 id=\"expected\">")
            html.text(speech.t("campaign.expected"))
            html.raw("</h2></div>")
            html.html(tiles.html)
            html.raw("</section>")
        }
    }

    private var audience: DataTable {
        let audience = campaign.audience
        let lines: [(String, Int)] = [
            ("selected", audience.selected), ("without_consent", audience.withoutConsent),
            ("reviewed", audience.reviewed ?? 0), ("capped", audience.capped), ("beyond_budget", audience.beyondBudget),
            ("held", audience.held),
            ("treated", audience.treated),
        ]
        return DataTable(
            id: "audience", caption: speech.t("campaign.audience"), note: uplift,
            columns: [
                TableColumn(speech.t("campaign.column.group"), wraps: true),
                TableColumn(speech.t("campaign.column.people"), .end),
            ],
            rows: lines.map { name, count in
                [
                    .text(
                        speech.t(
                            "campaign.line.\(name)",
                            [
                                "channel": speech.t("campaign.channel.\(campaign.channel.rawValue)"),
                                "share": speech.percent(campaign.holdoutShare),
                            ])),
                    .number(words.number(count)),
                ]
            }, compact: true)
    }

    /// How small a difference so many people can show.
    private var uplift: String? {
        guard campaign.holdoutShare > 0 else { return speech.t("campaign.no_holdout") }
        guard let smallest = campaign.expected?.smallestUplift else { return speech.t("campaign.too_few") }
        return speech.t("campaign.smallest", ["points": words.number(smallest * 100, digits: 1)])
    }

    private var facts: SafeHTML {
        var rows = [
            Terms.Item(
                speech.t("campaign.fact.target"),
                campaign.target.map { "\($0.label) \u{00B7} \($0.listID)" } ?? speech.t("campaign.file")),
            Terms.Item(speech.t("campaign.fact.run"), campaign.origin.runID),
            Terms.Item(speech.t("campaign.fact.hash"), campaign.audience.hash),
            Terms.Item(speech.t("campaign.fact.seed"), String(campaign.seed)),
            Terms.Item(speech.t("campaign.fact.proposed"), act(campaign.proposed)),
        ]
        if let approved = campaign.approved {
            rows.append(Terms.Item(speech.t("campaign.fact.approved"), act(approved)))
        }
        if let executed = campaign.executed {
            rows.append(Terms.Item(speech.t("campaign.fact.executed"), act(executed)))
        }
        if let budget = campaign.budgetMinor {
            rows.append(Terms.Item(speech.t("campaign.fact.budget"), speech.money(budget)))
        }
        if let message = campaign.message { rows.append(Terms.Item(speech.t("campaign.field.message"), message)) }
        return Terms(rows).html
    }

    private func act(_ act: Campaign.Act) -> String { "\(act.name), \(words.dateTime(act.at))" }
}
