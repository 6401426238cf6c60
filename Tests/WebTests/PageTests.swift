import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mustache
import Testing

@testable import Web

/// A page with one of everything.
private struct DemoPage: Page {
    static let template = "demo/page"
    static let sample = DemoPage(title: "Hi", name: "Ann", chart: .text("chart"), rows: ["a", "b"], note: "note")

    var title = "Hi"
    var name = "Ann"
    var chart = SafeHTML.empty
    var rows: [String] = []
    var note: String?

    func child(named child: String) -> Any? {
        switch child {
        case "title": title
        case "name": name
        case "chart": chart
        case "rows": rows
        case "note": note
        case "count": rows.count
        default: nil
        }
    }
}

@Suite struct PageTests {
    private func renderer(_ template: String, _ more: [String: String] = [:]) throws -> PageRenderer {
        let catalogue = try Catalogue.parse([
            .en: ["demo": #"{"hello": "Hello {name} & co", "deep": {"er": "Deep <b>"}}"#],
            .es: ["demo": #"{"hello": "Hola {name} y cía", "deep": {"er": "Hondo"}}"#],
        ])
        var texts = more
        texts["demo/page"] = template
        let assets = StaticFiles(contents: ["css/app.css": [1]])
        return PageRenderer(library: try TemplateLibrary(texts: texts), catalogue: catalogue, assets: assets)
    }

    private func html(_ template: String, _ page: DemoPage = .sample, _ locale: AppLocale = .en) throws -> String {
        try renderer(template).html(page, shell: Shell(locale: locale))
    }

    @Test(
        "text is escaped in content and attributes",
        arguments: [
            "<script>alert(1)</script>", "a & b", "\"quoted\" 'single'", "ñ < 漢", "", "&amp;",
        ])
    func escaping(_ text: String) throws {
        var page = DemoPage()
        page.name = text
        let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
        #expect(try html("<p title=\"{{name}}\">{{name}}</p>", page) == "<p title=\"\(escaped)\">\(escaped)</p>")
    }

    @Test("safe markup passes, in sections and partials too; its imitation does not")
    func safe() throws {
        var page = DemoPage()
        page.chart = HTMLWriter.build { html in html.element("b", class: "x\"", text: "<1>") }
        #expect(try html("{{chart}}", page) == "<b class=\"x&quot;\">&lt;1&gt;</b>")
        #expect(try html("{{#chart}}{{.}}{{/chart}}", page) == page.chart.html)
        let partial = try renderer("{{>demo/part}}", ["demo/part": "{{chart}}{{name}}"])
        page.name = "<"
        #expect(partial.html(page, shell: Shell(locale: .en)) == page.chart.html + "&lt;")
        page.name = "\u{1}abc\u{1}<b>"
        #expect(try html("{{name}}", page) == "\u{1}abc\u{1}&lt;b&gt;")
        page.chart = .empty
        #expect(try html("{{#chart}}shown{{/chart}}{{^chart}}none{{/chart}}", page) == "none")
    }

    @Test("empty text and nil hide a section")
    func sections() throws {
        var page = DemoPage()
        #expect(try html("{{#note}}n{{/note}}{{^note}}-{{/note}}", page) == "-")
        page.note = ""
        #expect(try html("{{#note}}n{{/note}}{{^note}}-{{/note}}", page) == "-")
        page.note = "x"
        #expect(try html("{{#note}}{{.}}{{/note}}", page) == "x")
        page.rows = ["<a>", "b"]
        #expect(try html("{{#rows}}[{{.}}]{{/rows}}{{count}}", page) == "[&lt;a&gt;][b]2")
    }

    @Test("words come from the catalogue in the reader's language, with arguments from the page, escaped")
    func words() throws {
        var page = DemoPage()
        page.name = "<Ann>"
        #expect(try html("{{t.demo.hello}}|{{t.demo.deep.er}}", page) == "Hello &lt;Ann&gt; &amp; co|Deep &lt;b&gt;")
        #expect(try html("{{t.demo.hello}}", page, .es) == "Hola &lt;Ann&gt; y cía")
    }

    @Test("layouts nest, assets have hashed addresses")
    func layouts() throws {
        let renderer = try renderer(
            "{{<layout.app}}\n{{$main}}<p>{{name}}</p>{{/main}}\n{{/layout.app}}\n",
            [
                "layout.base": "<html lang=\"{{shell.lang}}\">{{$body}}{{/body}}{{asset.css_app_css}}</html>",
                "layout.app": "{{<layout.base}}\n{{$body}}<main>{{$main}}{{/main}}</main>{{/body}}\n{{/layout.base}}\n",
            ])
        let html = renderer.html(DemoPage.sample, shell: Shell(locale: .es))
        #expect(html.contains("<html lang=\"es\"><main><p>Ann</p></main>/css/app."))
        let response = renderer.render(DemoPage.sample, shell: Shell(locale: .es), status: .unprocessableContent)
        #expect(response.status.code == 422)
        #expect(response.headers[.cacheControl] == "private, no-store")
        #expect(response.headers[.contentLanguage] == "es")
    }

    @Test("a broken template stops the start with its place")
    func broken() {
        #expect { try TemplateLibrary(texts: ["a/b": "x\n{{#open}}"]) } throws: { error in
            (error as? TemplateError)?.name == "a/b"
        }
    }

    @Test("markup is built without a way to forget escaping")
    func writer() {
        let html = HTMLWriter.build { html in
            html.element("a") { html in
                html.attribute("href", "/x?a=1&b=\"2\"")
                html.attribute("hidden", if: false)
                html.attribute("title", String?.none)
                html.attribute("x", -1.5)
            } content: { html in
                html.text("<&>")
                html.number(-42)
                html.number(3.14159, digits: 3)
                html.number(2.0)
                html.number(0.05)
                html.number(-0.001)
            }
            html.link("javascript:alert(1)", text: "no link")
            html.link("/yes", text: "link")
        }
        #expect(
            html.html
                == "<a href=\"/x?a=1&amp;b=&quot;2&quot;\" x=\"-1.5\">&lt;&amp;&gt;-423.14220.050</a>no link<a href=\"/yes\">link</a>"
        )
        #expect((html + .text("<")).html.hasSuffix("&lt;"))
    }
}

@Suite struct TemplateRendererTests {
    private struct Item: MustacheParent {
        let name: String
        let isOn: Bool
        let inner: [String]
        func child(named child: String) -> Any? {
            switch child {
            case "name": name
            case "on": isOn
            case "inner": inner
            case "self": self
            default: nil
            }
        }
    }

    private struct Root: MustacheParent {
        func child(named name: String) -> Any? {
            switch name {
            case "items":
                [Item(name: "<a>", isOn: true, inner: ["x", "y"]), Item(name: "b'\"&", isOn: false, inner: [])]
            case "item": Item(name: "one", isOn: true, inner: ["z"])
            case "yes": true
            case "no": false
            case "count": 42
            case "share": 0.5
            case "text": "plain"
            case "none": [String]()
            case "outer": "outside"
            default: nil
            }
        }
    }

    /// Templates and their expected text come from swift-mustache itself.
    @Test(
        "the compiled templates say what swift-mustache says",
        arguments: [
            "a{{text}}b{{count}}c{{share}}d{{missing}}e",
            "{{#items}}[{{name}}{{#on}} on{{/on}}{{^on}} off{{/on}}{{#inner}}({{.}}){{/inner}}{{^inner}}-{{/inner}}{{outer}}]{{/items}}",
            "{{#item}}{{name}}{{self.self.name}}{{#inner}}{{.}}{{name}}{{/inner}}{{/item}}{{item.name}}{{item.inner}}",
            "{{#yes}}y{{/yes}}{{#no}}n{{/no}}{{^yes}}Y{{/yes}}{{^no}}N{{/no}}{{^none}}empty{{/none}}{{^missing}}gone{{/missing}}",
            "line\n  {{#yes}}\n  in\n  {{/yes}}\nafter\n{{! comment }}\nend",
            "{{#yes}}\n{{/yes}}", "a {{#yes}} b {{/yes}} c\n", "{{#text}}[{{.}}]{{/text}}", "x\n\n{{>part}}\ny",
            "{{>part}}{{>part}}",
            "{{<layout}}\n{{$main}}<p>{{text}}</p>{{/main}}\n{{/layout}}\n",
            "{{<layout}}{{$other}}unused{{/other}}{{/layout}}",
            "{{<deep}}{{$inner}}D{{text}}{{/inner}}{{/deep}}", "{{text}}\n{{#yes}}{{text}}{{/yes}}\n", "{ {text} } }}",
            "a\r\n{{#yes}}\r\nb\r\n{{/yes}}\r\nc",
        ])
    func same(_ template: String) throws {
        var texts = [
            "part": "<{{text}}>\n", "layout": "L {{$main}}default {{count}}{{/main}} R\n",
            "deep": "{{<layout}}{{$main}}({{$inner}}none{{/inner}}){{/main}}{{/layout}}",
        ]
        texts["t"] = template
        var reference = MustacheLibrary()
        for (name, text) in texts { try reference.register(text, named: name) }
        let expected = reference.render(Root(), withTemplate: "t")
        let renderer = PageRenderer(library: try TemplateLibrary(texts: texts), catalogue: .empty)
        #expect(renderer.html(Root(), template: "t", shell: Shell(locale: .en)) == expected)
    }

    @Test("a template that calls itself ends")
    func recursion() throws {
        let library = try TemplateLibrary(texts: ["t": "x{{>t}}"])
        let html = PageRenderer(library: library, catalogue: .empty).html(
            Root(), template: "t", shell: Shell(locale: .en))
        #expect(html.count < 1000)
    }
}

@Suite struct TemplateLintTests {
    private func issues(_ template: String, _ more: [String: String] = [:]) throws -> [String] {
        let catalogue = try Catalogue.parse([
            .en: ["demo": #"{"hello": "Hi {name}", "bad": "Hi {nobody}", "runs": {"one": "1", "other": "{count}"}}"#],
            .es: [
                "demo": #"{"hello": "Hola {name}", "bad": "Hola {nobody}", "runs": {"one": "1", "other": "{count}"}}"#
            ],
        ])
        var texts = more
        texts["demo/page"] = template
        let renderer = PageRenderer(library: try TemplateLibrary(texts: texts), catalogue: catalogue)
        return TemplateLint.check(renderer, pages: [DemoPage.self]).map(\.message)
    }

    @Test("a clean page passes")
    func clean() throws {
        let template = """
            {{! comment }}
            {{<layout.x}}{{$main}}{{title}} {{#rows}}{{.}}{{name}}{{/rows}}{{^rows}}none{{/rows}}
            {{#note}}{{.}}{{/note}}{{t.demo.hello}}{{shell.lang}}{{#shell.nav}}{{#items}}{{href}}{{/items}}{{/shell.nav}}
            {{>demo/part}}{{/main}}{{/layout.x}}
            """
        #expect(try issues(template, ["layout.x": "{{$main}}{{/main}}", "demo/part": "{{chart}}"]) == [])
    }

    @Test(
        "each silent fault is found",
        arguments: [
            ("{{nmae}}", "nmae is unknown"), ("{{#rosw}}{{/rosw}}", "rosw is unknown"),
            ("{{>demo/gone}}", "no template demo/gone"),
            ("{{<layout.gone}}{{/layout.gone}}", "no template layout.gone"), ("{{{name}}}", "unescaped"),
            ("{{&name}}", "unescaped"),
            ("{{t.demo.gone}}", "no word demo.gone in en"), ("{{t.demo.bad}}", "{nobody} of demo.bad is unknown"),
            ("{{t.demo.runs}}", "is a plural"), ("{{shell.user.nme}}", "shell.user.nme is unknown"),
            ("{{<layout.x}}{{$mian}}{{/mian}}{{/layout.x}}", "no block mian"),
            ("{{#rows}}{{text}}{{/rows}}", "text is unknown"),
            ("{{>*name}}", "dynamic"), ("{{lowercased(name)}}", "transforms"),
            ("{{#empty(rows)}}{{/empty(rows)}}", "transforms"),
            ("{{#t.demo.hello}}{{/t.demo.hello}}", "cannot open a section"),
        ])
    func faults(_ template: String, _ message: String) throws {
        let found = try issues(template, ["layout.x": "{{$main}}{{/main}}"])
        #expect(found.contains { $0.contains(message) }, "\(found)")
    }

    @Test("languages must agree")
    func languages() throws {
        let catalogue = try Catalogue.parse([
            .en: ["a": #"{"x": "{n} left", "y": "only en", "p": {"one": "1", "other": "2"}}"#],
            .es: ["a": #"{"x": "{m} quedan", "z": "solo es", "p": "plural"}"#],
        ])
        let messages = TemplateLint.check(catalogue).map(\.message)
        #expect(messages.count == 4)
        #expect(messages.contains("a.y is missing") && messages.contains("a.z is not in en"))
        #expect(messages.contains("a.x has other arguments than in en"))
    }
}
