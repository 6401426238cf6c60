import Foundation
import Web

/// The tab about channels: how many people use how many, in which order, and what that says about leaving.
struct CrossPlatformTab {
    let found: CrossPlatform
    let run: StoredRun
    let horizon: Horizon
    let speech: EyesSpeech

    private var words: Localizer { speech.words }

    /// The answer in a line.
    var headline: String {
        guard found.users > 0 else { return speech.t("cross.title_none") }
        if found.channels.count < 2 {
            return speech.t("cross.title_single", ["channel": found.channels.first.map { channel($0.name) } ?? ""])
        }
        return words.t(
            "eyes.cross.title", count: found.multiChannelUsers,
            ["all": words.number(found.users), "share": share(found.multiChannelUsers)])
    }

    var html: SafeHTML {
        guard found.users > 0 else {
            return EmptyState(.waiting, title: speech.t("cross.title_none"), text: speech.t("cross.none_text")).html
        }
        return tiles.html + channels.html(words) + journeys.html(words) + correlations.html(words) + churn.html(words)
    }

    private func share(_ count: Int) -> String {
        speech.percent(found.users > 0 ? Double(count) / Double(found.users) : 0)
    }

    /// A channel's name as people write it.
    private func channel(_ name: String) -> String {
        words.has("eyes.channel.\(name)") ? speech.t("channel.\(name)") : name
    }

    private var tiles: Tiles {
        let tiles = [
            Tile(
                label: speech.t("cross.users"), figure: .value(words.number(found.users)),
                formula: speech.t("cross.formula.users", ["days": words.number(CrossPlatform.days)])),
            Tile(
                label: speech.t("cross.multi"), figure: .value(words.number(found.multiChannelUsers)),
                formula: speech.t("cross.formula.multi", ["single": words.number(found.singleChannelUsers)])),
            Tile(
                label: speech.t("cross.average"), figure: .value(words.number(found.avgChannelsPerUser, digits: 2)),
                formula: speech.t("cross.formula.average")),
            Tile(
                label: speech.t("cross.switching"),
                figure: found.avgSwitchingRate.map { .value(speech.percent($0)) } ?? .words(speech.t("cross.no_steps")),
                formula: speech.t(
                    "cross.formula.switching",
                    ["changes": words.number(found.channelChanges), "steps": words.number(found.transitions)])),
        ]
        return Tiles(tiles, belowTitle: true)
    }

    private var channels: DataTable {
        DataTable(
            id: "channels", caption: speech.t("cross.channels"),
            note: speech.t(
                "cross.channels_note",
                [
                    "events": words.number(found.events), "orders": words.number(found.orders),
                    "days": words.number(CrossPlatform.days),
                ]),
            columns: [
                TableColumn(speech.t("cross.column.channel")), TableColumn(speech.t("cross.column.customers"), .end),
                TableColumn(speech.t("cross.column.share"), .end), TableColumn(speech.t("cross.column.steps"), .end),
            ],
            rows: found.channels.prefix(20).map {
                [
                    .text(channel($0.name)), .number(words.number($0.users)), .number(share($0.users)),
                    .number(words.number($0.touches)),
                ]
            }, compact: true, stacks: true)
    }

    private var journeys: DataTable {
        DataTable(
            id: "journeys", caption: speech.t("cross.journeys"), note: speech.t("cross.journeys_note"),
            columns: [
                TableColumn(speech.t("cross.column.journey"), wraps: true),
                TableColumn(speech.t("cross.column.customers"), .end),
                TableColumn(speech.t("cross.column.ordered"), .end),
                TableColumn(speech.t("cross.column.value"), .end),
            ],
            rows: found.topJourneys.map {
                [
                    .text($0.channels.map(channel).joined(separator: " \u{2192} ")), .number(words.number($0.count)),
                    .number("\(words.number($0.conversions)) (\(speech.percent($0.conversion)))"),
                    .money(speech.money($0.valueMinor)),
                ]
            }, compact: true, stacks: true)
    }

    private var correlations: DataTable {
        DataTable(
            id: "correlations", caption: speech.t("cross.correlations"), note: speech.t("cross.correlations_note"),
            columns: [
                TableColumn(speech.t("cross.column.pair"), wraps: true),
                TableColumn(speech.t("cross.column.phi"), .end), TableColumn(speech.t("cross.column.p"), .end),
                TableColumn(speech.t("cross.column.both"), .end), TableColumn(speech.t("cross.column.one"), .end),
                TableColumn(speech.t("cross.column.neither"), .end),
            ],
            rows: found.topCorrelations.map { pair in
                [
                    .text("\(channel(pair.first)) \u{00B7} \(channel(pair.second))"),
                    .number(speech.part(pair.correlation)),
                    .number(
                        pair.pValue < 0.001
                            ? "< \(words.number(0.001, digits: 3))" : words.number(pair.pValue, digits: 3)),
                    .number(words.number(pair.both)), .number(words.number(pair.onlyFirst + pair.onlySecond)),
                    .number(words.number(pair.neither)),
                ]
            },
            empty: EmptyState(.nothing, title: speech.t("cross.no_pairs"), text: speech.t("cross.no_pairs_text")).html,
            compact: true, stacks: true)
    }

    private var churn: DataTable {
        DataTable(
            id: "channel-churn", caption: speech.t("cross.churn", ["days": speech.days(horizon)]),
            note: speech.t("cross.churn_note"),
            columns: [
                TableColumn(speech.t("cross.column.count")), TableColumn(speech.t("cross.column.customers"), .end),
                TableColumn(speech.t("cross.column.scored"), .end), TableColumn(speech.t("column.mean_risk"), .end),
            ],
            rows: found.churnByChannels.map { line in
                [
                    .text(words.number(line.channels)), .number(words.number(line.users)),
                    .number(words.number(line.scored)),
                    line.meanRisk[horizon.key].map { .number(speech.percent($0)) } ?? .none,
                ]
            }, compact: true, stacks: true)
    }
}
