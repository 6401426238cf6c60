import Customers
import Synchronization

/// A portion of a file, understood.
struct ImportPortion: Sendable {
    /// Orders; every other kind of row is among the records.
    var rows: [ParsedRow] = []
    var records: [ImportedRecord] = []
    var problems: [RowProblem] = []
    /// Records read in all, up to and including this portion.
    var recordsDone = 0
    var repeated = 0
    /// Rows that add to the order before them.
    var further = 0
    var bytesDone = 0
    var line = 1

    /// Rows that can be stored.
    var accepted: Int { rows.count + records.count }
}

/// Reads a file portion by portion, on whatever pool thread asks. The state is kept between calls; memory does not grow
/// with the file, but for the table that tells equal rows apart.
final class ImportReading: Sendable {
    private struct State: ~Copyable {
        var file: ByteFile
        var transcoder: Transcoder
        var cutter: RecordCutter
        var reader: RowReader
        var skipsHeader: Bool
        var pending = ImportPortion()
        var ready: [ImportPortion] = []
        var next = 0
        var recordsDone = 0
        var bytesDone = 0
        var atEnd = false
    }

    private let state: Mutex<State>
    private let portionSize: Int
    private let form: DetectedSummary.Form

    init(
        path: String, mapping: ColumnMapping, columnNames: [String], form: DetectedSummary.Form = .csv,
        portionSize: Int = 1000
    ) throws {
        self.portionSize = portionSize
        self.form = form
        state = Mutex(
            State(
                file: try ByteFile(reading: path), transcoder: Transcoder(mapping.encoding),
                cutter: RecordCutter(form, delimiter: mapping.delimiterByte, columnNames: columnNames),
                reader: RowReader(mapping: mapping, columnNames: columnNames),
                skipsHeader: form == .csv && mapping.hasHeader))
    }

    /// The next portion; nil at the end of the file.
    func next() throws -> ImportPortion? {
        try state.withLock { state in
            while state.next >= state.ready.count, !state.atEnd {
                state.ready.removeAll(keepingCapacity: true)
                state.next = 0
                try advance(&state)
            }
            guard state.next < state.ready.count else { return nil }
            state.next += 1
            return state.ready[state.next - 1]
        }
    }

    private func advance(_ state: inout State) throws {
        let chunk = try state.file.read(upTo: 131_072)
        state.bytesDone += chunk.count
        var text: [UInt8] = []
        if chunk.isEmpty {
            state.transcoder.finish(into: &text)
        } else {
            text.reserveCapacity(chunk.count + chunk.count / 8)
            state.transcoder.decode(chunk, into: &text)
        }
        try cut(text, &state, isEnd: chunk.isEmpty)
        if chunk.isEmpty {
            state.atEnd = true
            if state.pending.recordsDone > 0 { state.ready.append(state.pending) }
        }
    }

    private func cut(_ text: [UInt8], _ state: inout State, isEnd: Bool) throws {
        // The cutter is moved out, so that its callback may use the rest of the state.
        var cutter = state.cutter
        state.cutter = .table(CSVTokenizer(delimiter: 0x2C))
        defer { state.cutter = cutter }
        try cutter.feed(text) { take($0, &state) }
        if isEnd { try cutter.finish { take($0, &state) } }
    }

    private func take(_ record: CSVRecord, _ state: inout State) {
        if record.line == 1, form == .csv, CSVDetector.separatorLine(record.bytes, delimiterEnds: record) { return }
        if state.skipsHeader {
            state.skipsHeader = false
            return
        }
        state.recordsDone += 1
        let outcome = state.reader.read(record)
        // An order and its further rows stay together.
        if !outcome.isFurther, state.pending.rowsRead >= portionSize {
            state.ready.append(state.pending)
            state.pending = ImportPortion()
        }
        state.pending.add(outcome)
        state.pending.recordsDone = state.recordsDone
        state.pending.bytesDone = state.bytesDone
        state.pending.line = record.lastLine
    }
}

extension RowOutcome {
    fileprivate var isFurther: Bool {
        if case .further = self { true } else { false }
    }
}

extension ImportPortion {
    fileprivate var rowsRead: Int { accepted + problems.count + repeated + further }

    fileprivate mutating func add(_ outcome: RowOutcome) {
        switch outcome {
        case .row(let row): rows.append(row)
        case .record(let row): records.append(row)
        case .repeated, .further(nil): repeated += 1
        case .further(let line?):
            rows[rows.count - 1].add(line)
            further += 1
        case .problem(let problem): problems.append(problem)
        }
    }

    /// What is to be written of its orders. Consent columns become ledger entries as of the row's own time.
    func batch() -> WriteBatch {
        var batch = WriteBatch()
        batch.orders.reserveCapacity(rows.count)
        for row in rows {
            batch.orders.append(row.order)
            if row.email != nil || row.country != nil {
                batch.customers.append(
                    CustomerInput(externalID: row.customer, email: row.email, country: row.country))
            }
            batch.consents += row.consents
        }
        return batch
    }
}
