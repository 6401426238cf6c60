import Foundation
import Learning
import Tenancy
import Web

/// Builds the pages of campaigns. Pure.
struct CampaignPages {
    let speech: EyesSpeech
    let paths: EyesPaths

    private var words: Localizer { speech.words }

    private func crumbs(_ current: String, inner: Bool = true) -> SafeHTML {
        Crumbs(
            [Link(speech.t("crumb.eyes"), paths.index)]
                + (inner ? [Link(speech.t("campaign.many"), paths.campaigns)] : []), current: current
        ).html
    }

    // MARK: List

    func list(_ list: CampaignList) -> EyesDetailPage {
        EyesDetailPage(
            title: words.t("eyes.campaign.title", count: list.total), subtitle: speech.t("campaign.subtitle"),
            crumbs: crumbs(speech.t("campaign.many"), inner: false),
            main: DataTable(
                id: "campaigns", caption: speech.t("campaign.many"),
                columns: [
                    TableColumn(speech.t("campaign.column.name")), TableColumn(speech.t("campaign.column.state")),
                    TableColumn(speech.t("campaign.column.channel")),
                    TableColumn(speech.t("campaign.column.treated"), .end),
                    TableColumn(speech.t("campaign.column.held"), .end),
                    TableColumn(speech.t("campaign.column.expected"), .end),
                    TableColumn(speech.t("campaign.column.uplift"), .end),
                    TableColumn(speech.t("campaign.column.made")),
                ], rows: list.campaigns.map(row),
                empty: EmptyState(
                    .nothing, title: speech.t("campaign.none"), text: speech.t("campaign.none_text"),
                    primary: Link(speech.t("campaign.to_slider"), paths.tab(.churn, .days90) + "#profit")
                ).html,
                footer: TableFooter(
                    from: list.from + 1, to: list.from + list.campaigns.count, total: .exact(list.total),
                    previousHref: list.from > 0 ? paths.campaigns : nil,
                    nextHref: list.next.map { paths.campaigns + "?cursor=" + $0.cursor }), showsCaption: false,
                stacks: true
            ).html(words))
    }

    private func row(_ campaign: Campaign) -> [TableCell] {
        [
            .rowLink(campaign.name, paths.campaign(campaign.id)),
            .text(speech.t("campaign.state.\(campaign.state.rawValue)")),
            .text(speech.t("campaign.channel.\(campaign.channel.rawValue)")),
            .number(words.number(campaign.audience.treated)), .number(words.number(campaign.audience.held)),
            campaign.expected.map { .money(speech.money($0.profitMinor)) } ?? .none,
            campaign.result.map { .number(points($0.uplift.difference)) } ?? .none,
            .time(words.date(campaign.createdAt), iso: campaign.createdAt.formatted(.iso8601)),
        ]
    }

    /// "+4.2 points (−1.0 to +9.3)".
    func points(_ interval: Interval) -> String {
        range("campaign.points", interval) { words.signed($0 * 100, digits: 1) }
    }

    /// "+12 (−3 to +27)", of people.
    func people(_ interval: Interval) -> String {
        range("campaign.people_range", interval) { words.signed($0.rounded()) }
    }

    private func range(_ key: String, _ interval: Interval, _ text: (Double) -> String) -> String {
        speech.t(
            key, ["value": text(interval.estimate), "low": text(interval.lower), "high": text(interval.upper)])
    }

    // MARK: Form

    /// - Parameters:
    ///   - count: how many the list holds.
    ///   - reach: how many of them each channel may write to; empty where that is not counted.
    func form(
        _ form: CampaignForm, count: Int, reach: [CampaignChannel: Int] = [:], targets: [CampaignTarget],
        gate: HorizonState, errors: FieldErrors? = nil
    ) -> EyesDetailPage {
        func channel(_ channel: CampaignChannel) -> String {
            let name = speech.t("campaign.channel.\(channel.rawValue)")
            guard let some = reach[channel] else { return name }
            return speech.t(
                "campaign.channel_reach",
                ["channel": name, "count": words.number(some), "all": words.number(count)])
        }
        let channels = CampaignChannel.allCases.map { Field.Option($0.rawValue, channel($0)) }
        return EyesDetailPage(
            title: speech.t("campaign.new_title"), subtitle: words.t("eyes.campaign.who", count: count),
            crumbs: crumbs(speech.t("campaign.new_crumb")),
            main: HTMLWriter.build(capacity: 8_192) { html in
                if let errors {
                    html.html(
                        ErrorSummary(errors.summary(words).map { .init(field: $0.field, message: $0.message) })
                            .html(words))
                }
                html.raw("<form class=\"form\" method=\"post\"")
                html.attribute("action", paths.campaigns)
                html.raw(">")
                for pair in form.list.fields {
                    html.raw("<input type=\"hidden\"")
                    html.attribute("name", pair.name)
                    html.attribute("value", pair.value)
                    html.raw(">")
                }
                for field in fields(form, channels, targets, gate, errors) { field.write(to: &html, words) }
                html.raw("<div class=\"button-row\"><button class=\"button primary\" type=\"submit\">")
                html.text(speech.t("campaign.draft_button"))
                html.raw("</button></div></form>")
            })
    }

    private func fields(
        _ form: CampaignForm, _ channels: [Field.Option], _ targets: [CampaignTarget], _ gate: HorizonState,
        _ errors: FieldErrors?
    ) -> [Field] {
        func wrong(_ name: String) -> String? { errors?.message(name, words) }
        var fields: [Field] = [
            .text("name", label: speech.t("campaign.field.name"), value: form.name, error: wrong("name")),
            .select(
                "channel", label: speech.t("campaign.field.channel"), options: channels, selected: form.channel,
                help: speech.t("campaign.help.channel"), error: wrong("channel")),
            .select(
                "target", label: speech.t("campaign.field.target"),
                options: [.init("", speech.t("campaign.file"))]
                    + targets.map { .init($0.connectionID, "\($0.label) (\($0.platform))") },
                selected: form.target, help: speech.t("campaign.help.target"), error: wrong("target"),
                required: false, saysOptional: false),
        ]
        if !targets.isEmpty {
            fields.append(
                .text(
                    "list_id", label: speech.t("campaign.field.list_id"), value: form.listID,
                    help: speech.t("campaign.help.list_id"), error: wrong("list_id"), required: false))
        }
        fields += [
            .text(
                "holdout", label: speech.t("campaign.field.holdout"), value: form.holdout, type: .number,
                help: speech.t("campaign.help.holdout"), error: wrong("holdout"), short: true),
            .text(
                "budget", label: speech.t("campaign.field.budget", ["currency": speech.currency]), value: form.budget,
                type: .number, help: speech.t("campaign.help.budget"), error: wrong("budget"), required: false,
                short: true),
            .textarea(
                "message", label: speech.t("campaign.field.message"), value: form.message,
                help: speech.t("campaign.help.message"), error: wrong("message"), required: false),
        ]
        if gate != .accepted {
            fields.append(
                .checkbox(
                    "confirm", label: speech.t("campaign.field.confirm"), isOn: form.confirms,
                    help: speech.t("campaign.help.confirm"), error: wrong("confirm")))
        }
        return fields
    }
}

extension ListQuery {
    /// As hidden fields of a form.
    var fields: [(name: String, value: String)] {
        query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }
}
