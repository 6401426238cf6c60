import Connectors
import Foundation
import NIOCore
import Web

/// Days and rows as CSV files: amounts in minor units, codes instead of words, the same in every language.
enum ReconciliationFile {
    static func days(_ days: [ReconciliationDay]) -> Response {
        var csv = CSVWriter()
        csv.row(
            ["day", "connection_id", "platform", "currency", "metric", "ours", "theirs", "gap"]
                + GapCause.allCases.map(\.rawValue) + ["unexplained", "unexplained_share", "off"])
        for day in days {
            for figure in day.figures {
                let causes = GapCause.allCases.map { cause in
                    number(figure.causes.first { $0.cause == cause }?.amount ?? 0)
                }
                csv.row(
                    [
                        .text(day.day), .text(day.connectionID), .text(day.platform), .text(day.currency),
                        .text(figure.metric.rawValue), number(figure.ours), number(figure.theirs), number(figure.gap),
                    ] + causes + [
                        number(figure.unexplained), .figure(String(figure.share)), .text(String(figure.isOff)),
                    ])
            }
        }
        return response(csv, name: "reconciliation.csv")
    }

    static func rows(_ rows: [GapRow], of day: ReconciliationDay) -> Response {
        var csv = CSVWriter()
        csv.row(["day", "metric", "cause", "external_id", "record_id", "at", "currency", "ours", "theirs", "gap"])
        for row in rows {
            csv.row([
                .text(day.day), .text(row.metric.rawValue), .text(row.cause.rawValue), .text(row.externalID),
                .text(row.recordID), .text(row.at.map(VendorTime.iso) ?? ""), .text(day.currency),
                number(row.oursMinor), number(row.theirsMinor), number(row.amount),
            ])
        }
        return response(csv, name: "reconciliation-\(day.day).csv")
    }

    private static func number(_ value: Int64) -> CSVWriter.Cell { .figure(String(value)) }

    private static func response(_ csv: CSVWriter, name: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"\(name)\"",
                .cacheControl: "private, no-store",
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: csv.bytes)))
    }
}
