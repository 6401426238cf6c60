import Hummingbird

/// What the `type` of a problem document leads to: every reason the web kit itself gives, with its status and what to
/// do. Features may give further reasons, which say what they mean in their detail.
public struct ProblemsPage: Page {
    /// One reason.
    struct Entry: MustacheParent, Sendable {
        let code: String
        let status: String
        let text: String

        func child(named name: String) -> Any? {
            switch name {
            case "code": code
            case "status": status
            case "text": text
            default: nil
            }
        }
    }

    public static let template = "site/problems"
    public static let sample = ProblemsPage(Localizer(.en, catalogue: .empty))

    /// The reasons with their status, by status.
    static let codes: [(code: String, status: Int)] = [
        ("bad_request", 400), ("content_length", 400), ("empty_body", 400), ("invalid_cursor", 400),
        ("invalid_parameter", 400), ("malformed_form", 400), ("malformed_json", 400), ("malformed_multipart", 400),
        ("unknown_field", 400), ("unknown_parameter", 400), ("upload_cut_off", 400), ("unauthorized", 401),
        ("quota", 402), ("cross_site", 403), ("forbidden", 403), ("not_found", 404), ("method_not_allowed", 405),
        ("conflict", 409), ("gone", 410), ("version", 412), ("too_large", 413), ("media_type", 415),
        ("validation", 422), ("if_match_required", 428), ("rate_limited", 429), ("internal", 500),
        ("unavailable", 503),
    ]

    public let title: String
    private let entries: [Entry]

    public init(_ words: Localizer) {
        title = words.t("web.problemDocs.title")
        entries = ProblemsPage.codes.map { entry in
            Entry(
                code: entry.code, status: String(entry.status), text: words.t("web.problemDocs.codes.\(entry.code)"))
        }
    }

    public func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "entries": entries
        default: nil
        }
    }
}
