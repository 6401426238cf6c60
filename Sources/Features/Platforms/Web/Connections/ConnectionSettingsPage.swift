import Accounts
import Connectors
import Foundation
import Records
import Tenancy
import Web

/// What can be set about a connection: its name, and how often each stream is read.
struct ConnectionSettingsPage: Page {
    static let template = "connections/settings"

    var title = ""
    var crumbs = SafeHTML.empty
    var label = SafeHTML.empty
    var streams = SafeHTML.empty
    var action = ""
    var testAction = ""
    var back = ""

    func child(named name: String) -> Any? {
        switch name {
        case "title": title
        case "crumbs": crumbs
        case "label": label
        case "streams": streams
        case "action": action
        case "testAction": testAction
        case "back": back
        default: nil
        }
    }

    static let sample = ConnectionSettingsPage(
        title: "Settings of HubSpot", crumbs: .text("Connections"), label: .text("label"),
        streams: .text("streams"), action: "/o/shop/connections/con_1/settings",
        testAction: "/o/shop/connections/con_1/test", back: "/o/shop/connections/con_1")
}

extension ConnectionSettingsPage {
    init(_ frame: ConnectionFrame, _ form: ConnectionSettingsForm, _ errors: FieldErrors? = nil) {
        let l = frame.words.words
        title = l.t("connections.settings.title", ["name": frame.connection.label])
        crumbs =
            Crumbs(
                [Link(l.t("connections.heading"), frame.list), Link(frame.connection.label, frame.base)],
                current: l.t("connections.settings.heading")
            ).html
        label =
            Field.text(
                "label", label: l.t("connections.connect.label"), value: form.label,
                error: errors?.message("label", l)
            ).html(l)
        streams = HTMLWriter.build { html in
            for name in frame.offer.streams {
                Field.select(
                    "stream." + name, label: frame.words.stream(name), options: Self.options(form.rhythms[name], frame),
                    selected: form.rhythms[name] ?? "", required: true, short: true
                ).write(to: &html, l)
            }
        }
        action = frame.base + "/settings"
        testAction = frame.base + "/test"
        back = frame.base
    }

    /// The usual rhythms, the present one where it is another, and off.
    private static func options(_ present: String?, _ frame: ConnectionFrame) -> [Field.Option] {
        var seconds = ConnectionSettingsForm.rhythms
        if let own = present.flatMap(Double.init), !seconds.contains(own) { seconds.append(own) }
        return seconds.sorted().map { Field.Option(String(Int($0)), frame.words.every($0)) }
            + [Field.Option(ConnectionSettingsForm.off, frame.words.words.t("connections.settings.off"))]
    }
}

/// What was filled in.
struct ConnectionSettingsForm: Sendable {
    static let rhythms: [Double] = [300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400]
    static let off = "off"

    var label: String
    /// By stream: seconds as text, or ``off``.
    var rhythms: [String: String]

    init(_ frame: ConnectionFrame) {
        label = frame.connection.label
        rhythms = [:]
        for state in frame.detail.streams {
            rhythms[state.stream] = state.isOff == true ? Self.off : String(Int(state.every))
        }
    }

    init(_ form: Form, streams: [String]) {
        label = form.trimmed("label")
        rhythms = [:]
        for name in streams where form.has("stream." + name) { rhythms[name] = form["stream." + name] }
    }

    /// What differs from how it is.
    func changes(from frame: ConnectionFrame) -> [StreamChange] {
        let present = ConnectionSettingsForm(frame).rhythms
        return rhythms.filter { present[$0.key] != $0.value }.map { name, value in
            value == Self.off
                ? StreamChange(name, isOn: false) : StreamChange(name, isOn: true, every: Double(value) ?? 0)
        }
    }
}

extension ConnectionPages {
    func settings(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let frame = try await frame(context)
        return try await context.page(ConnectionSettingsPage(frame, ConnectionSettingsForm(frame)))
    }

    func changeSettings(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let frame = try await frame(context)
        let form = ConnectionSettingsForm(try await Form.read(request), streams: frame.offer.streams)
        do {
            try await service.change(
                context.scope, frame.connection.id, label: form.label, streams: form.changes(from: frame),
                requestID: context.requestID)
        } catch let error as ConnectionError where [.labelTaken, .invalidField("label")].contains(error) {
            var errors = FieldErrors()
            errors.add("label", error == .labelTaken ? "taken" : "invalid")
            return try await context.page(
                ConnectionSettingsPage(frame, form, errors), status: .unprocessableContent)
        }
        return try await context.redirect(
            to: frame.base, flash: Flash(.success, "connections.flash.changed", ["name": form.label]))
    }

    func test(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let connection = try await service.get(context.scope, context.parameters.require("id"))
        let flash: Flash
        do {
            let account = try await service.test(context.scope, connection.id)
            flash = Flash(.success, "connections.flash.tested", ["name": connection.label, "account": account.name])
        } catch ConnectionError.unreachable {
            flash = Flash(.warning, "connections.flash.unreachable", ["name": connection.label])
        } catch is ConnectionError {
            flash = Flash(.error, "connections.flash.refused", ["name": connection.label])
        }
        return try await context.redirect(to: context.path("/connections/\(connection.id)"), flash: flash)
    }

    func syncAll(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let started = try await service.syncAll(context.scope, requestID: context.requestID)
        return try await context.redirect(
            to: context.path("/connections"),
            flash: Flash(.success, "connections.flash.all", ["n": String(started.count)]))
    }
}
