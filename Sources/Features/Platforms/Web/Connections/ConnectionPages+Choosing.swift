import Accounts
import Connectors
import Records
import Tenancy
import Web

/// Choosing among the accounts that a sign-in opens: right after it, and later from one of its connections.
extension ConnectionPages {
    func chooseForm(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let choosing = try await service.choosing(context.scope, context.parameters.require("id"))
        return try await context.page(try page(facts(choosing, context), context))
    }

    func choose(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let choosing = try await service.choosing(context.scope, context.parameters.require("id"))
        let ticked = try await ticked(request, among: choosing.choices)
        guard !ticked.isEmpty else {
            var facts = try facts(choosing, context)
            facts.trouble = ChooseAccountsPage.Trouble.none
            return try await context.page(try page(facts, context), status: .unprocessableContent)
        }
        let results = try await service.choose(
            context.scope, choosing.id, ticked, requestID: context.requestID)
        let refused = results.compactMap { result in result.error.map { (name: result.account.name, error: $0) } }
        if !refused.isEmpty {
            var facts = try facts(try await service.choosing(context.scope, choosing.id), context)
            facts.trouble = .refused(refused)
            facts.ticked = Set(ticked)
            return try await context.page(try page(facts, context), status: .unprocessableContent)
        }
        return try await connected(results.compactMap(\.connection), context)
    }

    func accountsForm(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let connection = try await service.get(context.scope, context.parameters.require("id"))
        return try await context.page(try page(try await facts(connection, context), context))
    }

    func addAccounts(_ request: Request, _ context: TenantPageContext) async throws -> Response {
        let connection = try await service.get(context.scope, context.parameters.require("id"))
        var facts = try await facts(connection, context)
        let ticked = try await ticked(request, among: facts.choices)
        facts.ticked = Set(ticked)
        guard !ticked.isEmpty else {
            facts.trouble = ChooseAccountsPage.Trouble.none
            return try await context.page(try page(facts, context), status: .unprocessableContent)
        }
        do {
            let chosen = try await service.chooseAccounts(
                context.scope, connection.id, ticked, requestID: context.requestID)
            var all: [Connection] = []
            for id in chosen.filter({ ticked.contains($0.account.id) }).compactMap(\.connectionID) {
                all.append(try await service.get(context.scope, id))
            }
            return try await connected(all, context)
        } catch let error as ConnectionError {
            facts.trouble = .refused([(name: connection.label, error: error)])
            return try await context.page(try page(facts, context), status: .unprocessableContent)
        }
    }

    // MARK: Parts

    private func page(
        _ facts: ChooseAccountsPage.Facts, _ context: TenantPageContext
    ) throws -> ChooseAccountsPage { ChooseAccountsPage(facts, words(context)) }

    private func facts(
        _ choosing: AccountChoosing, _ context: TenantPageContext
    ) throws -> ChooseAccountsPage.Facts {
        ChooseAccountsPage.Facts(
            offer: try offer(choosing.platform), choices: choosing.choices,
            action: context.path("/connections/choose/\(choosing.id)"), list: context.path("/connections"),
            back: context.path("/connections"), until: choosing.expiresAt)
    }

    private func facts(
        _ connection: Connection, _ context: TenantPageContext
    ) async throws -> ChooseAccountsPage.Facts {
        let base = context.path("/connections/\(connection.id)")
        return ChooseAccountsPage.Facts(
            offer: try offer(connection.platform),
            choices: try await service.accounts(context.scope, connection.id), action: base + "/accounts",
            list: context.path("/connections"), back: base)
    }

    /// What was ticked and can be chosen; anything else is as good as not ticked.
    private func ticked(_ request: Request, among choices: [AccountChoice]) async throws -> [String] {
        let sent = Set(try await Form.read(request).list("account"))
        return choices.filter { $0.isOpen && sent.contains($0.account.id) }.map(\.account.id)
    }

    private func connected(_ all: [Connection], _ context: TenantPageContext) async throws -> Response {
        if all.count == 1, let only = all.first { return try await arrived(only, context) }
        return try await context.redirect(
            to: context.path("/connections"),
            flash: Flash(.success, "choosing.done", ["names": all.map(\.label).joined(separator: ", ")]))
    }
}
