import Customers
import Foundation
import Tenancy
import TestSupport
import Testing
import Vault

@testable import App

@Suite("Merging customers over pages and API")
struct MergeTests {
    /// The organization with a shop's and a mail program's customers: one of them the same person.
    private func fill(_ app: TestApp, _ tenant: TestApp.Tenant) async throws -> (ann: String, ben: String, mail: String)
    {
        let memberships = app.dependencies.memberships
        let scope = try #require(
            try await memberships.jobScope(organizationID: tenant.organizationID, startedBy: nil))
        func writer(_ connection: String) -> CustomerWriter {
            CustomerWriter(
                scope, app.dependencies.database,
                source: WriteSource(connectionID: connection, platform: "csv", label: connection, importID: "imp"),
                keys: app.dependencies.features.customers.keys)
        }
        let day = Date(timeIntervalSince1970: 1_735_732_800)
        let (shop, mail) = (writer("con_shop"), writer("con_mail"))
        _ = try await shop.write(
            WriteBatch(
                orders: [
                    OrderInput(
                        externalID: "1", customerExternalID: "s1", placedAt: day, amountMinor: 500, currency: "EUR"),
                    OrderInput(
                        externalID: "2", customerExternalID: "s2", placedAt: day, amountMinor: 700, currency: "EUR"),
                ],
                customers: [
                    CustomerInput(externalID: "s1", email: "ann@mail.example", sourceCreatedAt: day),
                    CustomerInput(externalID: "s2", email: "ben@mail.example", sourceCreatedAt: day),
                ]))
        try await shop.finish()
        _ = try await mail.write(
            WriteBatch(customers: [
                CustomerInput(externalID: "k1", email: "Ann@mail.example", sourceCreatedAt: day.addingTimeInterval(9))
            ]))
        try await mail.finish()
        return (shop.customerID("s1"), shop.customerID("s2"), mail.customerID("k1"))
    }

    @Test("a preview, a merge and its undo, with the refusals in words")
    func api() async throws {
        try await TestApp.run(worker: false) { app in
            let tenant = try await app.register("mergeshop")
            let ids = try await fill(app, tenant)
            let http = app.http
            let list = try await http.api("GET", "/api/v1/customers", token: tenant.token)
            #expect((list.json?["data"] as? [Any])?.count == 2)
            let known = try await http.api("GET", "/api/v1/customers/\(ids.mail)/identities", token: tenant.token)
            #expect(
                (known.json?["data"] as? [[String: Any]])?.map { $0["customer_id"] as? String } == [ids.ann, ids.mail])
            #expect(!known.text.contains("ann@mail.example"))
            let body = ["survivor_id": ids.ann, "merged_id": ids.ben]
            let preview = try await http.api("POST", "/api/v1/customers/merge/preview", body, token: tenant.token)
            #expect(preview.status == 200)
            #expect((preview.json?["after"] as? [String: Any])?["orders_count"] as? Int == 2)
            #expect((preview.json?["moves"] as? [String: Any])?["orders"] as? Int == 1)
            let merged = try await http.api("POST", "/api/v1/customers/merge", body, token: tenant.token)
            #expect(merged.status == 201)
            let id = try #require(merged.json?["id"] as? String)
            let again = try await http.api("POST", "/api/v1/customers/merge", body, token: tenant.token)
            #expect(again.status == 409 && again.text.contains("already_merged"))
            let shown = try await http.api("GET", "/api/v1/customers/\(ids.ben)", token: tenant.token)
            #expect(shown.json?["id"] as? String == ids.ann && shown.json?["orders_count"] as? Int == 2)
            let undone = try await http.api("POST", "/api/v1/customers/merges/\(id)/undo", token: tenant.token)
            #expect(undone.status == 200 && undone.json?["active"] as? Bool == false)
            let over = try await http.api("POST", "/api/v1/customers/merges/\(id)/undo", token: tenant.token)
            #expect(over.status == 409 && over.text.contains("not_merged"))
            let none = try await http.api(
                "POST", "/api/v1/customers/merge", ["survivor_id": ids.ann, "merged_id": "cus_x"], token: tenant.token)
            #expect(none.status == 404)
            let merges = try await http.api("GET", "/api/v1/customers/merges", token: tenant.token)
            #expect((merges.json?["data"] as? [Any])?.count == 2)
            let log = try await http.api("GET", "/api/v1/audit", token: tenant.token)
            #expect(log.text.contains("customer.merged") && log.text.contains("customer.merge_undone"))
        }
    }

    @Test("a merged customer's page leads to the survivor, who says where they are known; undo is one button")
    func pages() async throws {
        try await TestApp.run(worker: false) { app in
            let tenant = try await app.register("mergepages")
            let ids = try await fill(app, tenant)
            let cookie = try await app.signIn(tenant)
            let base = "/o/\(tenant.slug)/customers"
            let gone = try await app.http.page(base + "/\(ids.mail)", cookie: cookie)
            #expect(gone.status == 303 && gone.header("location") == base + "/\(ids.ann)")
            let page = try await app.http.page(base + "/\(ids.ann)", cookie: cookie)
            #expect(page.text.contains("Known at") && page.text.contains("con_mail") && page.text.contains("/undo"))
            #expect(!page.text.contains("ann@mail.example"))
            let question = base + "/merges/preview?survivor=\(ids.ann)&merged=\(ids.ben)"
            let preview = try await app.http.page(question, cookie: cookie)
            #expect(preview.status == 200 && preview.text.contains("1 order"))
            let merged = try await app.http.form(
                base + "/merges", ["survivor": ids.ann, "merged": ids.ben], cookie: cookie)
            #expect(merged.status == 303 && merged.header("location") == base + "/\(ids.ann)")
            let all = try await app.http.page(base + "/merges", cookie: cookie)
            let undo = try #require(all.text.firstMatch(of: /action="([^"]*\/undo)"/)?.output.1)
            let undone = try await app.http.form(String(undo), [:], cookie: cookie)
            #expect(undone.status == 303 && undone.header("location") == base + "/\(ids.ben)")
            let list = try await app.http.page(base, cookie: cookie)
            #expect(list.text.contains(ids.ben) && !list.text.contains(ids.mail))
            let wrong = try await app.http.page(base + "/merges/preview?survivor=x&merged=y", cookie: cookie)
            #expect(wrong.status == 303)
        }
    }
}
