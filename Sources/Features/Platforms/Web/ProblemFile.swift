import Foundation
import NIOCore
import Tenancy
import Web

/// The rows that were left out, as a CSV file, streamed.
struct ProblemFile: Sendable {
    let imports: Imports
    let scope: TenantScope
    let record: ImportRecord
    /// Nil for programs: they get the code without a sentence.
    let words: Localizer?

    func response() -> Response {
        let name = "\(record.id)-rows-left-out.csv"
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/csv; charset=utf-8", .contentDisposition: "attachment; filename=\"\(name)\"",
                .cacheControl: "private, no-store",
            ],
            body: ResponseBody { writer in
                var csv = CSVWriter()
                csv.row(["line", "column", "code"] + (words == nil ? [] : ["reason"]) + ["value"])
                var line = 0
                while true {
                    let problems = try await imports.problems(scope, record.id, afterLine: line, limit: 1000)
                    for problem in problems {
                        let reason = words.map { [$0.t("imports.problem.\(problem.code.rawValue)")] } ?? []
                        csv.row(
                            [String(problem.line), problem.column, problem.code.rawValue] + reason + [problem.value])
                    }
                    try await writer.write(ByteBuffer(bytes: csv.drain()))
                    guard let last = problems.last else { break }
                    line = last.line
                }
                try await writer.finish(nil)
            })
    }
}
