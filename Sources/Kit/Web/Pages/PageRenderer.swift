import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// Places pages into templates. A template sees the page's own names, and `shell`, `t` (words) and `asset` (hashed
/// addresses; `{{asset.css_app_css}}` is `css/app.css`).
public struct PageRenderer: Sendable {
    public let library: TemplateLibrary
    public let catalogue: Catalogue
    public let assets: StaticFiles

    public init(library: TemplateLibrary, catalogue: Catalogue, assets: StaticFiles = .none) {
        self.library = library
        self.catalogue = catalogue
        self.assets = assets
    }

    /// The page as an answer: private and not stored by any cache.
    public func render(
        _ page: some Page, shell: Shell, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        response(html(page, shell: shell), shell: shell, status: status, headers: headers)
    }

    func response(
        _ html: String, shell: Shell, status: HTTPResponse.Status, headers: HTTPFields = [:]
    ) -> Response {
        var fields = headers
        fields[.contentType] = "text/html; charset=utf-8"
        if fields[.cacheControl] == nil { fields[.cacheControl] = "private, no-store" }
        fields[.contentLanguage] = shell.locale.rawValue
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(string: html)))
    }

    /// The page as text. A missing template is a fault of the build; tests find it, and it shows as an empty page.
    public func html<Model: Page>(_ page: Model, shell: Shell) -> String {
        html(page, template: Model.template, shell: shell)
    }

    /// A fragment: a template that stands for a part of a page, for scripts that swap it in place.
    public func fragment(
        _ model: some MustacheParent & Sendable, template: String, shell: Shell
    ) -> Response {
        response(html(model, template: template, shell: shell), shell: shell, status: .ok)
    }

    func html(_ model: any MustacheParent, template: String, shell: Shell) -> String {
        let root = RenderRoot(
            model: model, shell: ShellView(shell: shell, assets: assets, words: words(shell.locale)),
            words: catalogue.tree(shell.locale), assets: assets)
        return library.library.render(root, withTemplate: template) ?? ""
    }

    /// Words and numbers for a reader.
    public func words(_ locale: AppLocale, zone: ZoneRules = .utc) -> Localizer {
        Localizer(locale, catalogue: catalogue, zone: zone)
    }
}

/// The outermost object of a template: the reserved names first, then the page's.
struct RenderRoot: MustacheParent {
    let model: any MustacheParent
    let shell: ShellView
    let words: CatalogueTree?
    let assets: StaticFiles

    static let reserved: Set<String> = ["shell", "t", "asset"]

    func child(named name: String) -> Any? {
        switch name {
        case "t": words
        case "shell": shell
        case "asset": assets.templateNames
        default: model.child(named: name)
        }
    }
}
