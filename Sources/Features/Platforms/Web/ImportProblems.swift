import Web

extension Platforms {
    /// What the errors of imports look like to programs and browsers; App puts it into its list.
    public static let problems: ErrorMapper = { error in (error as? ImportError)?.problem }
}

extension ImportError {
    /// English, for programs; pages say the same in the reader's language.
    var problem: Problem {
        switch self {
        case .tooLarge(let limit): .tooLarge(limit: limit)
        case .notFound: .notFound()
        case .wrongState(let state):
            .conflict("import_state", "The import is \(state.rawValue); this cannot be done with it now.")
        case .unreadable(let failure):
            Problem(
                .unprocessableContent, code: failure.code, title: "The file cannot be imported",
                detail: Self.sentence(failure))
        case .mappingIncomplete(let missing):
            .validation(
                missing.map {
                    .init(
                        field: "columns.\($0.rawValue)", code: "required",
                        message: "No column is mapped to \($0.rawValue); every row needs one.")
                })
        case .ambiguousDates:
            .validation([
                .init(
                    field: "date_format", code: "ambiguous",
                    message: "Every date reads as day/month and as month/day. Say which: dd/mm/yyyy or mm/dd/yyyy.")
            ])
        case .ambiguousNumbers:
            .validation([
                .init(
                    field: "number_format", code: "ambiguous",
                    message: "Every amount reads with a decimal point and with a decimal comma. Say which.")
            ])
        case .statementNeeded:
            .validation([.init(field: "consent", code: "required", message: "Consent has to be confirmed.")])
        case .fileGone: .conflict("file_gone", "The uploaded file is no longer kept. Upload it again.")
        case .invalidMapping(let field, let expected):
            .validation([.init(field: field, code: "invalid", message: "Must be \(expected).")])
        case .diskFull:
            .unavailable(retryAfter: 600, "There is no room left on the server's disk. Nothing was taken in.")
        case .notWritable:
            .unavailable(retryAfter: 600, "The server may not write to its data folder. Nothing was taken in.")
        }
    }

    private static func sentence(_ failure: ImportFailure) -> String {
        let line = failure.arguments["line"] ?? "?"
        let limit = failure.arguments["limit"] ?? "8"
        return switch failure.code {
        case "empty": "The file is empty."
        case "header_only": "The file has a header line and no rows."
        case "line_too_long":
            "Line \(line) is longer than \(limit) MiB. Check that the file has line ends and is a CSV file."
        case "quote_too_long":
            "The quote opened on line \(failure.arguments["quote"] ?? line) is not closed within \(limit) MiB."
        case "file_kind_xlsx", "file_kind_xls":
            "This is an Excel workbook. Open it and save it as \"CSV UTF-8\", then upload that file."
        case "file_kind_zip": "This is a ZIP archive. Unpack it and upload the CSV file in it."
        case "file_kind_gzip": "This file is packed with gzip. Unpack it and upload the CSV file."
        case "file_kind_pdf": "This is a PDF. Export the orders as CSV from where they come from."
        case "file_kind_utf32": "This file is in UTF-32. Save it as UTF-8."
        case "file_kind_binary": "This file is not text. Export the orders as CSV."
        default: "The file could not be read."
        }
    }
}
