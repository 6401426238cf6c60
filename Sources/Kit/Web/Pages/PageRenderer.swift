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
    public func render<Model: Page>(
        _ page: Model, shell: Shell, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        response(page, template: Model.template, shell: shell, status: status, headers: headers)
    }

    /// A fragment: a template that stands for a part of a page, for scripts that swap it in place.
    public func fragment(_ model: some MustacheParent & Sendable, template: String, shell: Shell) -> Response {
        response(model, template: template, shell: shell, status: .ok, headers: [:])
    }

    /// The page as text. A missing template is a fault of the build; tests find it, and it shows as an empty page.
    public func html<Model: Page>(_ page: Model, shell: Shell) -> String {
        html(page, template: Model.template, shell: shell)
    }

    func html(_ model: any MustacheParent, template: String, shell: Shell) -> String {
        bytes(model, template: template, shell: shell)?.withBytes { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// True if there is such a template.
    func has(_ template: String) -> Bool { library.trees[template] != nil }

    private func response(
        _ model: any MustacheParent, template: String, shell: Shell, status: HTTPResponse.Status, headers: HTTPFields
    ) -> Response {
        let buffer = bytes(model, template: template, shell: shell)?.withBytes { ByteBuffer(bytes: $0) }
        var fields = headers
        fields[.contentType] = "text/html; charset=utf-8"
        if fields[.cacheControl] == nil { fields[.cacheControl] = "private, no-store" }
        fields[.contentLanguage] = shell.locale.rawValue
        return Response(status: status, headers: fields, body: .init(byteBuffer: buffer ?? ByteBuffer()))
    }

    private func bytes(_ model: any MustacheParent, template: String, shell: Shell) -> ByteSink? {
        let root = RenderRoot(
            model: model, shell: ShellView(shell: shell, assets: assets, words: words(shell.locale)), assets: assets)
        var renderer = TemplateRenderer(trees: library.trees, words: catalogue.words(shell.locale), root: root)
        return renderer.render(template)
    }

    /// Words and numbers for a reader.
    public func words(_ locale: AppLocale, zone: ZoneRules = .utc) -> Localizer {
        Localizer(locale, catalogue: catalogue, zone: zone)
    }
}

/// The outermost object of a template: the reserved names first, then the page's. A class, because templates come
/// back to it for every name.
final class RenderRoot: MustacheParent {
    private let model: any MustacheParent
    private let shell: ShellView
    private let assets: StaticFiles

    init(model: any MustacheParent, shell: ShellView, assets: StaticFiles) {
        self.model = model
        self.shell = shell
        self.assets = assets
    }

    static let reserved: Set<String> = ["shell", "asset"]

    func child(named name: String) -> Any? {
        switch name {
        case "shell": shell
        case "asset": assets.templateNames
        default: model.child(named: name)
        }
    }
}
