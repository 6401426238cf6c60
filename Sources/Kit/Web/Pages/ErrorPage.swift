import Hummingbird

/// The page a browser gets for a problem, in the reader's words: `web.problems.<code>` if the catalogue has the
/// problem's code, else `web.problems.status<number>`.
public struct ErrorPage: Page {
    public static let template = "site/error"

    public let title: String
    let status: String
    let message: String
    let detail: String?
    let requestID: String?
    let links: [Shell.Link]

    public init(_ problem: Problem, requestID: String, words: Localizer, links: [Shell.Link]) {
        status = String(problem.status.code)
        let key = ErrorPage.key(problem, words)
        title = words.t(key + ".title")
        message = words.t(key + ".message")
        // Details are written for programs, in English; a reader gets them only where they add something.
        detail = nil
        self.requestID = problem.status.code >= 500 ? requestID : nil
        self.links = links
    }

    private init(title: String, status: String, message: String, detail: String?, requestID: String?) {
        self.title = title
        self.status = status
        self.message = message
        self.detail = detail
        self.requestID = requestID
        links = [.init("Start", "/")]
    }

    public static let sample = ErrorPage(
        title: "Not found", status: "404", message: "There is no such page.", detail: "More.", requestID: "r1")

    private static func key(_ problem: Problem, _ words: Localizer) -> String {
        let candidates = [
            "web.problems.\(problem.code)", "web.problems.status\(problem.status.code)",
            problem.status.code >= 500 ? "web.problems.status500" : "web.problems.status400",
        ]
        return candidates.first { words.has($0 + ".title") } ?? candidates[2]
    }

    public func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "status": status
        case "message": message
        case "detail": detail
        case "requestID": requestID
        case "links": links
        default: nil
        }
    }

    /// The hook for `ErrorPages` that shows this page in the public frame.
    /// - Parameter knowsVisitor: false where whoever asks may be signed in and nobody can say
    public static func hook(
        _ renderer: PageRenderer, knowsVisitor: @escaping @Sendable (Request) -> Bool = { _ in true }
    ) -> ErrorPageHook {
        { problem, request, context in
            let words = renderer.words(context.locale)
            let page = ErrorPage(
                problem, requestID: context.requestID, words: words, links: [.init(words.t("web.toStart"), "/")])
            var shell = Shell(locale: context.locale, theme: context.theme, requestID: context.requestID)
            shell.knowsVisitor = knowsVisitor(request)
            return renderer.has(ErrorPage.template) ? renderer.render(page, shell: shell, status: problem.status) : nil
        }
    }
}

/// The same page in the frame of an organization, for its members.
public struct MemberErrorPage: Page {
    public static let template = "site/member-error"
    public static let sample = MemberErrorPage(.sample)

    public var title: String { page.title }
    private let page: ErrorPage

    public init(_ page: ErrorPage) { self.page = page }

    public func child(named name: String) -> Any? { page.child(named: name) }
}
