import Foundation
import Records
import Web

extension YouTubeConnector {
    static func video(_ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let snippet = record.at("snippet") ?? .null
        guard let title = snippet.at("title")?.text else { throw MappingProblem("title") }
        let privacy = record.at("status.privacyStatus")?.text
        var creative = CreativeInput(
            externalID: id, name: title, status: privacy == "private" ? .paused : .active, format: "video")
        creative.headline = title
        creative.body = snippet.at("description")?.text
        creative.mediaURL = snippet.firstText("thumbnails.high.url", "thumbnails.medium.url", "thumbnails.default.url")
        creative.landingURL = context.settings.addresses["watch"].map { $0 + id }
        creative.durationSeconds = record.at("contentDetails.duration")?.text.flatMap(seconds)
        creative.language = snippet.firstText("defaultAudioLanguage", "defaultLanguage")
        creative.reviewStatus = privacy
        batch.creatives.append(creative)
    }

    static func day(
        _ record: JSONValue, _ level: String, _ key: String?, _ context: MappingContext, _ batch: inout CanonicalBatch
    ) throws {
        guard let day = record.at("day")?.text ?? context.span.days?.from else { throw MappingProblem("day") }
        guard let entity = key.map({ record.at($0)?.text }) ?? context.account.id else {
            throw MappingProblem(key ?? "channel")
        }
        guard let views = record.at("views")?.whole else { throw MappingProblem("views") }
        var row = MetricDayInput(
            level: level, entityExternalID: entity, day: day, timeZone: context.timeZone, source: "youtube",
            currency: context.currency, isFinal: context.isFinal(day, afterDays: 10))
        row.videoViews = views
        row.revenueMinor = Amount.major(record.at("estimatedRevenue"), context.currency)
        batch.metricDays.append(row)
    }

    /// `P1DT2H3M4S` in seconds.
    static func seconds(_ duration: String) -> Int? {
        guard duration.hasPrefix("P") else { return nil }
        var total = 0
        var number = 0
        var isTime = false
        for character in duration.dropFirst() {
            switch character {
            case "T": isTime = true
            case "W": (total, number) = (total + number * 604_800, 0)
            case "D": (total, number) = (total + number * 86_400, 0)
            case "H": (total, number) = (total + number * 3600, 0)
            case "M" where isTime: (total, number) = (total + number * 60, 0)
            case "S": (total, number) = (total + number, 0)
            default:
                guard let digit = character.wholeNumberValue, number < 1_000_000 else { return nil }
                number = number * 10 + digit
            }
        }
        return total
    }
}
