import Web

/// Where a page of one import stands: its record, its addresses, the reader's words.
struct ImportFrame: Sendable {
    let record: ImportRecord
    let base: String
    let path: String
    let words: Localizer
}

/// One import: how to read it, how far it is, or what it brought.
struct ImportPage: Page {
    static let template = "imports/show"

    var title = ""
    var subtitle: String?
    var crumbs = SafeHTML.empty
    var alerts: SafeHTML?
    // While a person decides how to read the file.
    var mapAction: String?
    var template: SafeHTML?
    var templateName: String?
    var fields: SafeHTML?
    var settings: SafeHTML?
    var preview: SafeHTML?
    var check: SafeHTML?
    var runAction: String?
    var consent: SafeHTML?
    var runButton: String?
    // While the job works.
    var stream: String?
    var progress: SafeHTML?
    var refresh: Int?
    // Afterwards.
    var result: SafeHTML?
    var problems: SafeHTML?
    var problemsHref: String?
    var nextHref: String?
    var undoAction: String?

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "subtitle": subtitle
        case "crumbs": crumbs
        case "alerts": alerts
        case "mapAction": mapAction
        case "template": template
        case "templateName": templateName
        case "fields": fields
        case "settings": settings
        case "preview": preview
        case "check": check
        case "runAction": runAction
        case "consent": consent
        case "runButton": runButton
        case "stream": stream
        case "progress": progress
        case "refresh": refresh
        case "result": result
        case "problems": problems
        case "problemsHref": problemsHref
        case "nextHref": nextHref
        case "undoAction": undoAction
        default: nil
        }
    }

    static let sample = ImportPage(
        title: "orders.csv", subtitle: "1.7 MB", crumbs: .text("Imports"), alerts: .text("alert"),
        mapAction: "/o/shop/imports/imp_1/mapping", template: .text("template"), templateName: "orders",
        fields: .text("fields"), settings: .text("settings"),
        preview: .text("preview"), check: .text("check"), runAction: "/o/shop/imports/imp_1/run",
        consent: .text("consent"), runButton: "Import 69,659 orders")

    static let samples = [
        sample,
        ImportPage(
            title: "orders.csv", crumbs: .text("Imports"), stream: "/o/shop/imports/imp_1/stream",
            progress: .text("progress"), refresh: 2),
        ImportPage(
            title: "69,659 orders imported", crumbs: .text("Imports"), result: .text("result"),
            problems: .text("problems"), problemsHref: "/o/shop/imports/imp_1/errors.csv", nextHref: "/o/shop/home",
            undoAction: "/o/shop/imports/imp_1/undo"),
    ]
}

extension ImportPage {
    init(frame: ImportFrame) {
        title = frame.record.fileName
        crumbs = Crumbs([Link(frame.words.t("imports.title"), frame.path)], current: frame.record.fileName).html
        subtitle = frame.words.t(
            "imports.subtitle",
            [
                "size": frame.words.bytes(Int64(frame.record.size)),
                "time": frame.words.dateTime(frame.record.createdAt),
            ])
    }
}
