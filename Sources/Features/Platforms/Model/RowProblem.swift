/// Why a row was left out; each code has its sentence in the catalogue under `imports.problem`.
public enum RowProblemCode: String, Sendable, Codable, CaseIterable {
    case nulByte = "nul_byte"
    case fieldTooLong = "field_too_long"
    case textAfterQuote = "text_after_quote"
    case unclosedQuote = "unclosed_quote"
    case tooManyFields = "too_many_fields"
    case tooFewFields = "too_few_fields"
    case missingValue = "missing_value"
    case badDate = "bad_date"
    case badAmount = "bad_amount"
    case negativeAmount = "negative_amount"
    case hugeAmount = "huge_amount"
    case badQuantity = "bad_quantity"
    case badCurrency = "bad_currency"
    case badEmail = "bad_email"
    case badConsent = "bad_consent"
    case cardNumber = "card_number"
    case orderIDReused = "order_id_reused"
    case idReused = "id_reused"
    case tooManyLines = "too_many_lines"
    case notJSON = "not_json"
    case badChoice = "bad_choice"
    case badFigure = "bad_figure"
    case badCountry = "bad_country"
    case badEventType = "bad_event_type"
}

/// One row left out: where it stands, what is wrong, and enough of the value to find it again.
public struct RowProblem: Sendable, Equatable {
    public var line: Int
    public var code: RowProblemCode
    public var column: String
    /// At most 80 characters; never a card number.
    public var value: String

    public init(line: Int, code: RowProblemCode, column: String, value: String) {
        self.line = line
        self.code = code
        self.column = column
        self.value = value
    }
}
