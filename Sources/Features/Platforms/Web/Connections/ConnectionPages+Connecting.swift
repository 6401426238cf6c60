import Accounts
import Connectors
import Foundation
import Records
import Tenancy
import Web

extension ConnectionPages {
    func connectForm(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let offer = try offer(context.parameters.require("platform"))
        return try await connectPage(offer, context, trouble: nil)
    }

    /// Connects with what was filled in, or leads to the vendor's own page.
    func connect(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let offer = try offer(context.parameters.require("platform"))
        let form = try await Form.read(request)
        guard let method = offer.methods.first(where: { $0.id == form["method"] }) else {
            throw ConnectionError.unknownMethod
        }
        let written = form.trimmed(method.id + ".label")
        let label = written.isEmpty ? nil : String(written.prefix(80))
        do {
            if method.isRedirect { return try await leave(offer, method, form, context, label: label) }
            let outcome = try await service.signIn(
                context.scope, platform: offer.platform, methodID: method.id, fields: fields(method, form),
                label: label, requestID: context.requestID)
            return try await arrived(outcome, context)
        } catch let error as ConnectionError {
            return try await connectPage(
                offer, context,
                trouble: ConnectTrouble(error: error, method: method.id, values: clear(method, form)))
        }
    }

    func reconnectForm(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        try await reconnectPage(context, trouble: nil)
    }

    /// New credentials for a connection; its data and place stay.
    func reconnect(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let frame = try await frame(context)
        let form = try await Form.read(request)
        guard let method = frame.offer.methods.first(where: { $0.id == frame.connection.method }) else {
            throw ConnectionError.unknownMethod
        }
        do {
            if method.isRedirect {
                return try await leave(
                    frame.offer, method, form, context, label: nil, reconnecting: frame.connection)
            }
            let connection = try await service.reconnect(
                context.scope, frame.connection.id, fields: fields(method, form), requestID: context.requestID)
            return try await arrived(connection, context)
        } catch let error as ConnectionError {
            return try await reconnectPage(
                context, trouble: ConnectTrouble(error: error, method: method.id, values: clear(method, form)))
        }
    }

    /// Back from the vendor's page, with a code or with a refusal.
    func finish(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let offer = try offer(context.parameters.require("platform"))
        let query = Query(request)
        guard let state = query["state"] else { throw Problem.badRequest("missing_state") }
        do {
            guard let code = query["code"] ?? query["auth_code"] else {
                let said = query["error_description"] ?? query["error"] ?? ""
                throw ConnectionError.refused(.reconnect, message: String(said.prefix(300)))
            }
            let parameters = Dictionary(query.names.map { ($0, query[$0] ?? "") }) { first, _ in first }
            let outcome = try await service.finishSignIn(
                context.scope, state: state, code: code, parameters: parameters, requestID: context.requestID)
            return try await arrived(outcome, context)
        } catch let error as ConnectionError {
            return try await connectPage(offer, context, trouble: ConnectTrouble(error: error))
        }
    }

    /// The exact address that a vendor sends browsers back to.
    static func redirectURI(_ publicURL: String, _ platform: String) -> String {
        publicURL + "/oauth/" + platform + "/callback"
    }

    // MARK: Steps

    private func leave(
        _ offer: PlatformOffer, _ method: AuthMethod, _ form: Form, _ context: TenantPageContext, label: String?,
        reconnecting: Connection? = nil
    ) async throws -> Response {
        let given = (reconnecting?.fields ?? [:]).merging(fields(method, form)) { $1 }
        let address = try await service.startOAuth(
            context.scope, platform: offer.platform, fields: given,
            redirectURI: Self.redirectURI(publicURL, offer.platform), label: label, reconnecting: reconnecting?.id)
        let l = context.localizer
        let page = LeavePage(
            title: l.t("connections.leave.title", ["name": offer.name]),
            crumbs: Crumbs(
                [Link(l.t("connections.heading"), context.path("/connections"))], current: offer.name
            ).html,
            text: l.t("connections.leave.text", ["name": offer.name]), href: address,
            button: l.t("connections.connect.go", ["name": offer.name]))
        return try await context.page(page)
    }

    /// In, or before the question which of several accounts is meant.
    private func arrived(_ outcome: SignInOutcome, _ context: TenantPageContext) async throws -> Response {
        switch outcome {
        case .connected(let connection): return try await arrived(connection, context)
        case .choosing(let choosing):
            return try await context.redirect(to: context.path("/connections/choose/\(choosing.id)"))
        }
    }

    func arrived(_ connection: Connection, _ context: TenantPageContext) async throws -> Response {
        try await context.redirect(
            to: context.path("/connections/\(connection.id)"),
            flash: Flash(.success, "connections.flash.connected", ["name": connection.label]))
    }

    private func connectPage(
        _ offer: PlatformOffer, _ context: TenantPageContext, trouble: ConnectTrouble?
    ) async throws -> Response {
        let facts = ConnectPage.Facts(
            offer: offer, action: context.path("/connections/new/\(offer.platform)"),
            list: context.path("/connections"), reconnecting: nil, trouble: trouble)
        return try await context.page(
            ConnectPage(facts, words(context)), status: trouble == nil ? .ok : .unprocessableContent)
    }

    private func reconnectPage(_ context: TenantPageContext, trouble: ConnectTrouble?) async throws -> Response {
        let frame = try await frame(context)
        let facts = ConnectPage.Facts(
            offer: frame.offer, action: frame.base + "/reconnect", list: frame.list, reconnecting: frame.detail,
            trouble: trouble)
        return try await context.page(
            ConnectPage(facts, frame.words), status: trouble == nil ? .ok : .unprocessableContent)
    }

    private func fields(_ method: AuthMethod, _ form: Form) -> [String: String] {
        Dictionary(uniqueKeysWithValues: method.fields.map { ($0.name, form.trimmed(method.id + "." + $0.name)) })
            .filter { !$0.value.isEmpty }
    }

    /// What may be shown again: never a secret.
    private func clear(_ method: AuthMethod, _ form: Form) -> [String: String] {
        var values = ["label": form.trimmed(method.id + ".label")]
        for field in method.fields where field.kind != .secret {
            values[field.name] = form.trimmed(method.id + "." + field.name)
        }
        return values
    }
}
