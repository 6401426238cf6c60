import Customers
import Foundation
import Web

/// The body of `PUT /imports/{id}/mapping`: what differs from the proposal.
struct MappingBody: Decodable, Sendable {
    /// What the rows are.
    var template: ImportTemplate?
    /// Field to column: its number from 0, or its name; null takes a column away.
    var columns: [String: ColumnReference?]?
    var encoding: TextEncoding?
    var delimiter: String?
    var hasHeader: Bool?
    var dateFormat: DateFormat?
    var numberFormat: NumberFormat?
    var currency: String?
    var expiryFormat: DateFormat?

    struct ColumnReference: Decodable, Sendable {
        let index: Int

        init(from decoder: any Decoder) throws { index = try decoder.singleValueContainer().decode(Int.self) }
    }

    enum CodingKeys: String, CodingKey {
        case template, columns, encoding, delimiter, currency
        case hasHeader = "has_header"
        case dateFormat = "date_format"
        case numberFormat = "number_format"
        case expiryFormat = "expiry_format"
    }

    func change() throws -> MappingChange {
        var change = MappingChange(
            template: template, encoding: encoding, delimiter: delimiter, hasHeader: hasHeader, dateFormat: dateFormat,
            numberFormat: numberFormat, currency: currency, expiryFormat: expiryFormat)
        for (name, column) in columns ?? [:] {
            guard let field = ImportField(rawValue: name) else {
                let known = ImportField.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem.validation([
                    .init(field: "columns.\(name.prefix(64))", code: "unknown", message: "Known fields are: \(known).")
                ])
            }
            change.columns[field] = .some(column?.index)
        }
        return change
    }
}

/// The body of `POST /imports/{id}/run`.
struct RunBody: Decodable, Sendable {
    var consent: Statement?

    /// Confirms that everybody in the file consented.
    struct Statement: Decodable, Sendable {
        var purpose: String
        var wordingVersion: String
        var days: Int?

        enum CodingKeys: String, CodingKey {
            case purpose, days
            case wordingVersion = "wording_version"
        }
    }

    /// - Parameter template: what the rows of the file are; each kind has its wording
    func confirmation(of template: ImportTemplate) throws -> ConsentConfirmation? {
        guard let consent else { return nil }
        var errors: [FieldProblem] = []
        if consent.purpose != Purpose.marketingAnalytics.rawValue {
            errors.append(
                .init(
                    field: "consent.purpose", code: "invalid",
                    message: "Only marketing_analytics can be stated for a file."))
        }
        let wording = ConsentConfirmation.wordingVersion(of: template)
        if consent.wordingVersion != wording {
            errors.append(
                .init(
                    field: "consent.wording_version", code: "invalid",
                    message: "The wording in force for \(template.rawValue) is \(wording)."))
        }
        let days = consent.days ?? ConsentConfirmation.standardDays
        if !(1...ConsentConfirmation.maximumDays ~= days) {
            errors.append(
                .init(field: "consent.days", code: "range", message: "1 to \(ConsentConfirmation.maximumDays) days."))
        }
        guard errors.isEmpty else { throw Problem.validation(errors) }
        return ConsentConfirmation(purpose: .marketingAnalytics, days: days)
    }
}
