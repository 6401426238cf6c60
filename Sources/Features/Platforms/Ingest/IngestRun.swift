import BSON
import Customers
import Foundation
import Records
import Tenancy
import Web

/// A row as it arrived: what it says, or why that cannot be read.
struct IngestLine: Sendable {
    let index: Int
    let content: Result<JSONValue, IngestRefusal>
}

/// Everything one request writes with.
struct IngestRun: Sendable {
    let type: IngestType
    let frame: IngestFrame
    let source: WriteSource
    let people: CustomerWriter
    let records: RecordWriter
    let notes: WriteNotes

    /// Reads and stores a portion of rows; one that is refused keeps no other from being stored.
    func take(_ lines: [IngestLine]) async throws -> [IngestVerdict] {
        switch type {
        case .customers: try await take(lines, as: SentCustomer.self)
        case .orders: try await take(lines, as: SentOrder.self)
        case .events: try await take(lines, as: SentEvent.self)
        case .metricDays: try await take(lines, as: SentMetricDay.self)
        case .metricMinutes: try await take(lines, as: SentMetricMinute.self)
        case .products: try await take(lines, as: SentProduct.self)
        case .payments: try await take(lines, as: SentPayment.self)
        case .consents: try await take(lines, as: ConsentBody.self)
        case .usage: try await take(lines, as: SentUsage.self)
        }
    }

    private struct Accepted<Form: IngestForm> {
        let index: Int
        let name: String
        let row: Form.Row
    }

    private func take<Form: IngestForm>(_ lines: [IngestLine], as form: Form.Type) async throws -> [IngestVerdict] {
        var verdicts: [IngestVerdict] = []
        var newest: [String: Accepted<Form>] = [:]
        for line in lines {
            do {
                let row = try read(line.content.get(), as: form)
                let accepted = Accepted<Form>(index: line.index, name: Form.name(row, in: self), row: row)
                guard let held = newest[accepted.name] else {
                    newest[accepted.name] = accepted
                    continue
                }
                let isOlder = Form.time(row).flatMap { new in Form.time(held.row).map { new < $0 } } ?? false
                newest[accepted.name] = isOlder ? held : accepted
                let loser = isOlder ? accepted : held
                verdicts.append(IngestVerdict(index: loser.index, id: loser.name, outcome: .superseded))
            } catch let refusal as IngestRefusal {
                let id = (try? line.content.get())?["id"]?.stringValue
                verdicts.append(
                    IngestVerdict(
                        index: line.index, id: id.map { String($0.prefix(RowChecks.longestID)) }, outcome: .refused,
                        problems: refusal.problems))
            }
        }
        let rows = newest.values.sorted { $0.index < $1.index }
        let changes = rows.isEmpty ? [] : try await Form.store(rows.map(\.row), in: self)
        verdicts += zip(rows, changes).map { row, change in
            IngestVerdict(index: row.index, id: row.name, outcome: .init(change))
        }
        return verdicts.sorted { $0.index < $1.index }
    }

    private func read<Form: IngestForm>(_ json: JSONValue, as form: Form.Type) throws -> Form.Row {
        let decoded: Form
        do {
            decoded = try JSONBody.decode(Form.self, from: json)
        } catch let problem as Problem {
            let problems =
                problem.errors.isEmpty
                ? [FieldProblem(field: "", code: problem.code, message: problem.detail ?? problem.title)]
                : problem.errors
            throw IngestRefusal(problems: problems)
        }
        return try decoded.row(frame)
    }
}
