import Accounts
import Connectors
import Foundation
import Web

/// How far a person's request to have their data removed is, for whoever has its confirmation code.
struct DeletionStatusPage: Page {
    static let template = "privacy/deletion"

    let title: String
    let text: String
    let terms: SafeHTML

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "text": text
        case "terms": terms
        default: nil
        }
    }

    static let sample = DeletionStatusPage(title: "Being removed", text: "It is open.", terms: .text("terms"))
}

extension DeletionStatusPage {
    init(_ status: DeletionStatus, code: String, _ l: Localizer) {
        title = l.t("deletion.title.\(status.state.rawValue)")
        text = l.t("deletion.text.\(status.state.rawValue)")
        let moments = [("received", status.receivedAt), ("due", status.dueAt), ("closed", status.closedAt)]
        terms =
            Terms(
                [.init(l.t("deletion.code"), code)]
                    + moments.compactMap { key, date in date.map { .init(l.t("deletion.\(key)"), l.date($0)) } }
            ).html
    }
}

/// Open to anyone who has a code; says nothing about whom it is.
struct DeletionStatusRoute: Sendable {
    let service: ConnectionsService
    private let limiter = RateLimiter(name: "deletion", [RateLimit(30, per: .seconds(60))])

    init(_ service: ConnectionsService) { self.service = service }

    func show(_ request: Request, _ context: BrowserContext) async throws -> Response {
        try limiter.check(context.client(request).address, in: context)
        let code = try context.parameters.require("code")
        guard let status = try await DataRequests(service).status(confirmedBy: code) else { throw Problem.notFound() }
        var response = try await context.page(DeletionStatusPage(status, code: code, try context.localizer))
        response.headers[.cacheControl] = "no-store"
        return response
    }
}
