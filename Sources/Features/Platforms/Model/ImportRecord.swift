import Customers
import Foundation

/// Where an import stands.
public enum ImportState: String, Sendable, Codable, CaseIterable {
    /// The file is here; its columns wait for a person's word.
    case uploaded
    case queued, running, finished, failed, undoing, undone
}

/// What an import did, counted from what is stored, so that a crash in the middle cannot count anything twice.
public struct ImportCounts: Sendable, Codable, Equatable {
    /// Records in the file, header and blank lines not counted.
    public var rows = 0
    public var ordersNew = 0
    public var ordersUpdated = 0
    public var ordersUnchanged = 0
    /// Rows that repeat an order id of the same file with the same content.
    public var repeated = 0
    /// Rows that add a product to the order before them; nil where there are none.
    public var further: Int?
    public var quarantined = 0
    public var cardNumbers = 0
    public var customersNew = 0
    public var consentsNew = 0
    public var consentsKeptOut = 0
    /// Rows that are no orders; nil in counts of orders.
    public var recordsNew: Int?
    public var recordsUpdated: Int?
    public var recordsUnchanged: Int?

    public init() {}

    /// What the file brought, whatever its rows are.
    public var new: Int { recordsNew ?? ordersNew }
    public var updated: Int { recordsUpdated ?? ordersUpdated }
    public var unchanged: Int { recordsUnchanged ?? ordersUnchanged }

    enum CodingKeys: String, CodingKey {
        case rows, repeated, further, quarantined
        case ordersNew = "orders_new"
        case ordersUpdated = "orders_updated"
        case ordersUnchanged = "orders_unchanged"
        case cardNumbers = "card_numbers"
        case customersNew = "customers_new"
        case consentsNew = "consents_new"
        case consentsKeptOut = "consents_kept_out"
        case recordsNew = "records_new"
        case recordsUpdated = "records_updated"
        case recordsUnchanged = "records_unchanged"
    }
}

/// Why a file as a whole could not be read, as a key of the catalogue and its arguments.
public struct ImportFailure: Sendable, Codable, Equatable {
    public var code: String
    public var arguments: [String: String]

    public init(_ code: String, _ arguments: [String: String] = [:]) {
        self.code = code
        self.arguments = arguments
    }

    public init(_ error: CSVError) {
        switch error {
        case .empty: self.init("empty")
        case .headerOnly: self.init("header_only")
        case .recordTooLong(let line, let limit, let quote?):
            self.init("quote_too_long", ["line": String(line), "quote": String(quote), "limit": String(limit >> 20)])
        case .recordTooLong(let line, let limit, nil):
            self.init("line_too_long", ["line": String(line), "limit": String(limit >> 20)])
        case .notText(let kind): self.init("file_kind_" + kind.rawValue)
        case .unreadable(let reason): self.init("unreadable", ["reason": reason])
        }
    }
}

/// A file that was uploaded, what is known about it, and what became of it.
public struct ImportRecord: Sendable, Codable, Equatable {
    public var id: String
    public var connectionID: String
    public var fileName: String
    public var size: Int
    public var sha256: String
    public var state: ImportState
    public var detected: DetectedSummary
    public var mapping: ColumnMapping
    /// True once a person has confirmed the mapping, or a saved one was taken over.
    public var isMappingConfirmed: Bool
    public var statement: ConsentStatement?
    public var counts: ImportCounts
    public var failure: ImportFailure?
    public var jobID: String?
    public var uploadedBy: String?
    public var uploadedByName: String?
    public var startedAt: Date?
    public var finishedAt: Date?
    /// The raw file is gone, because it held card numbers or its time was up.
    public var fileRemoved: Bool
    public var createdAt: Date
    public var updatedAt: Date
    public var version: Int64

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case size, sha256, state, detected, mapping, statement, counts, failure, version
        case connectionID = "connection_id"
        case fileName = "file_name"
        case isMappingConfirmed = "mapping_confirmed"
        case jobID = "job_id"
        case uploadedBy = "uploaded_by"
        case uploadedByName = "uploaded_by_name"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case fileRemoved = "file_removed"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }
}

extension ImportRecord {
    /// What still keeps the import from being started, most important first.
    public var obstacles: [ImportObstacle] {
        var result = mapping.missing.map { ImportObstacle.missingColumn($0) }
        if let column = mapping[.date], column < detected.columns.count, !isMappingConfirmed,
            detected.columns[column].datesAreAmbiguous
        {
            result.append(.ambiguousDates)
        }
        let numbers = mapping.template.numberField.flatMap { mapping[$0] }
        if let column = numbers, column < detected.columns.count, !isMappingConfirmed,
            detected.columns[column].numbersAreAmbiguous
        {
            result.append(.ambiguousNumbers)
        }
        return result
    }
}

public enum ImportObstacle: Sendable, Equatable {
    case missingColumn(ImportField)
    case ambiguousDates, ambiguousNumbers
}
