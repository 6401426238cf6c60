import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Tenancy
import Vault

extension ColumnMapping {
    /// The proposal for a freshly detected file.
    /// - Parameter template: what a person says the rows are; guessed from the columns' names unless said
    static func suggested(
        for detected: DetectedSummary, _ organization: Organization, template: ImportTemplate? = nil
    ) -> ColumnMapping {
        var mapping = ColumnMapping(
            template: template ?? .guess(detected.columns.map(\.name)), encoding: detected.encoding,
            delimiter: detected.delimiter, hasHeader: detected.hasHeader, currency: organization.currency,
            timeZone: organization.timeZone)
        mapping.fill(from: detected)
        return mapping
    }
}

/// How a person wants a file to be read, where it differs from what was detected.
public struct MappingChange: Sendable, Equatable {
    /// Other rows than thought: all columns are proposed anew, and only then changed.
    public var template: ImportTemplate?
    public var columns: [ImportField: Int?]
    public var encoding: TextEncoding?
    public var delimiter: String?
    public var hasHeader: Bool?
    public var dateFormat: DateFormat?
    public var numberFormat: NumberFormat?
    public var currency: String?
    public var expiryFormat: DateFormat?

    public init(
        template: ImportTemplate? = nil, columns: [ImportField: Int?] = [:], encoding: TextEncoding? = nil,
        delimiter: String? = nil, hasHeader: Bool? = nil, dateFormat: DateFormat? = nil,
        numberFormat: NumberFormat? = nil, currency: String? = nil, expiryFormat: DateFormat? = nil
    ) {
        self.template = template
        self.columns = columns
        self.encoding = encoding
        self.delimiter = delimiter
        self.hasHeader = hasHeader
        self.dateFormat = dateFormat
        self.numberFormat = numberFormat
        self.currency = currency
        self.expiryFormat = expiryFormat
    }
}

extension Imports {
    /// The mapping last used for files with these columns, written the same way.
    func savedMapping(_ scope: TenantScope, _ detected: DetectedSummary) async throws -> ColumnMapping? {
        let saved = try await TenantCollection<SavedMapping>(scope, database).first(
            .eq("fingerprint", .string(detected.fingerprint)))
        guard var mapping = saved?.mapping, mapping.columns.values.allSatisfy({ $0 < detected.columns.count }) else {
            return nil
        }
        mapping.encoding = detected.encoding
        mapping.delimiter = detected.delimiter
        mapping.hasHeader = detected.hasHeader
        return mapping.fits(detected) ? mapping : nil
    }

    /// Changes how a file is to be read. Another delimiter, encoding or header line means looking at the file again.
    public func map(
        _ scope: TenantScope, _ id: String, _ change: MappingChange, requestID: String = ""
    ) async throws -> ImportRecord {
        try scope.requireWritable()
        var record = try await get(scope, id)
        guard record.state == .uploaded || record.state == .failed else { throw ImportError.wrongState(record.state) }
        try await detectAgain(scope, &record, change)
        let isAnew = change.template.map { $0 != record.mapping.template } ?? false
        if isAnew {
            record.mapping = .suggested(for: record.detected, scope.organization, template: change.template)
        }
        try record.mapping.apply(change, columns: record.detected.columns.count)
        // A person who says what the rows are has not yet looked at how they would be read.
        record.isMappingConfirmed = !isAnew || !change.columns.isEmpty
        record.state = .uploaded
        record.failure = nil
        record.updatedAt = clock.now()
        record.version += 1
        try await records(scope).replace(record)
        if record.mapping.missing.isEmpty, record.isMappingConfirmed { try await remember(scope, record) }
        return record
    }

    private func remember(_ scope: TenantScope, _ record: ImportRecord) async throws {
        let saved = SavedMapping(
            id: DerivedID("map", scope.organizationID)(record.detected.fingerprint),
            fingerprint: record.detected.fingerprint, mapping: record.mapping, updatedAt: clock.now())
        try await TenantCollection<SavedMapping>(scope, database).replace(saved, upsert: true)
    }

    private func detectAgain(_ scope: TenantScope, _ record: inout ImportRecord, _ change: MappingChange) async throws {
        let encoding = change.encoding ?? record.mapping.encoding
        let delimiter = change.delimiter ?? record.mapping.delimiter
        let hasHeader = change.hasHeader ?? record.mapping.hasHeader
        guard
            encoding != record.detected.encoding || delimiter != record.detected.delimiter
                || hasHeader != record.detected.hasHeader
        else { return }
        guard !record.fileRemoved else { throw ImportError.fileGone }
        guard let byte = delimiter.utf8.first, delimiter.utf8.count == 1 else {
            throw ImportError.invalidMapping(field: "delimiter", "one character")
        }
        let path = files.path(scope, record.id)
        // Cut differently, the first line may be a header or not: unless the person said so, it is looked at again.
        let isRecut = delimiter != record.detected.delimiter && hasHeader == record.detected.hasHeader
        let overrides = CSVDetector.Overrides(delimiter: byte, hasHeader: isRecut ? nil : hasHeader)
        do {
            let detected = try await ComputePool.shared.run {
                var inspector = FileInspector()
                inspector.update(try ByteFile(reading: path).read(upTo: 65_536))
                return try FileDetection.run(
                    path: path, inspector: inspector, encoding: encoding, overrides: overrides
                ).summary
            }
            record.detected = detected
            record.mapping = .suggested(for: detected, scope.organization, template: record.mapping.template)
        } catch let error as CSVError {
            throw ImportError.unreadable(ImportFailure(error))
        }
    }

    /// Reads the file without writing anything.
    public func dryRun(_ scope: TenantScope, _ id: String) async throws -> DryRun {
        let record = try await get(scope, id)
        guard !record.fileRemoved else { throw ImportError.fileGone }
        guard record.mapping.missing.isEmpty else { throw ImportError.mappingIncomplete(record.mapping.missing) }
        let path = files.path(scope, id)
        do {
            return try await ComputePool.shared.run { try DryRun(path: path, record: record) }
        } catch let error as CSVError {
            throw ImportError.unreadable(ImportFailure(error))
        }
    }
}

extension ColumnMapping {
    /// Whether the saved way of reading still reads this file's values.
    fileprivate func fits(_ detected: DetectedSummary) -> Bool {
        guard let date = self[.date], date < detected.columns.count else { return missing.isEmpty }
        return missing.isEmpty && detected.columns[date].dateFormats.contains(dateFormat)
    }

    fileprivate mutating func apply(_ change: MappingChange, columns count: Int) throws {
        for (field, column) in change.columns where template.fields.contains(field) {
            if let column, !(0..<count ~= column) {
                throw ImportError.invalidMapping(field: field.rawValue, "a column from 0 to \(count - 1)")
            }
            self[field] = column
        }
        if let code = change.currency?.uppercased() {
            guard CurrencyCode.isPlausible(code) else {
                throw ImportError.invalidMapping(field: "currency", "a three-letter code")
            }
            currency = code
        }
        dateFormat = change.dateFormat ?? dateFormat
        numberFormat = change.numberFormat ?? numberFormat
        expiryFormat = change.expiryFormat ?? expiryFormat
    }
}
