import Foundation
import TestSupport
import Testing
import Waiting

@testable import App

@Suite("Files over the API and in the browser")
struct ImportRoutesTests {
    @Test("a file of JSON lines: upload, look, dry run, run, undo; and its people within a distance")
    func lines() async throws {
        try await TestApp.run { app in
            let shop = try await app.register("lineshop")
            let text = """
                {"id":"c1","email":"ana@example.com","country":"ES"}
                {"id":"c2","country":"JP"}
                {"id":"c3","country":"Spain"}
                """
            let upload = try await app.http.send(
                "POST", "/api/v1/imports?file_name=people.jsonl&template=customers",
                headers: ["Authorization": "Bearer " + shop.token, "Content-Type": "application/x-ndjson"],
                body: Array(text.utf8))
            #expect(upload.status == 201, "\(upload.text)")
            let id = try #require(upload.json?["id"] as? String)
            #expect((upload.json?["detected"] as? [String: Any])?["form"] as? String == "jsonl")
            #expect((upload.json?["mapping"] as? [String: Any])?["template"] as? String == "customers")
            let check = try await app.http.api("POST", "/api/v1/imports/\(id)/dry-run", token: shop.token)
            #expect(check.json?["accepted"] as? Int == 2)
            #expect(((check.json?["problems"] as? [[String: Any]])?.first)?["code"] as? String == "bad_country")
            let run = try await app.http.api("POST", "/api/v1/imports/\(id)/run", [:], token: shop.token)
            #expect(run.status == 202)
            func state() async throws -> String {
                let answer = try await app.http.api("GET", "/api/v1/imports/\(id)", token: shop.token)
                return answer.json?["state"] as? String ?? ""
            }
            #expect(try await eventually { try await state() == "finished" })
            for (query, names) in [
                ("near=ES&within_km=300", ["c1"]), ("near=40.46,-3.75&within_km=20000", ["c1", "c2"]),
            ] {
                let near = try await app.http.api("GET", "/api/v1/customers?\(query)", token: shop.token)
                let found = (near.json?["data"] as? [[String: Any]] ?? []).compactMap { $0["external_id"] as? String }
                #expect(Set(found) == Set(names), "\(near.text)")
            }
            let nowhere = try await app.http.api("GET", "/api/v1/customers?near=moon", token: shop.token)
            #expect(nowhere.status == 400)
            _ = try await app.http.api("POST", "/api/v1/imports/\(id)/undo", [:], token: shop.token)
            #expect(try await eventually { try await state() == "undone" })
            let left = try await app.http.api("GET", "/api/v1/customers", token: shop.token)
            #expect((left.json?["data"] as? [Any])?.isEmpty == true)
        }
    }

    @Test("templates are listed, their samples downloaded, and the page says what the rows are")
    func templates() async throws {
        try await TestApp.run(worker: false) { app in
            let shop = try await app.register("sampleshop")
            let list = try await app.http.api("GET", "/api/v1/imports/templates", token: shop.token)
            let names = (list.json?["data"] as? [[String: Any]] ?? []).compactMap { $0["template"] as? String }
            #expect(names.contains("orders") && names.contains("metric_days") && names.count == 8)
            let cookie = try await app.signIn(shop)
            let index = try await app.http.page("/o/sampleshop/imports", cookie: cookie)
            #expect(index.status == 200)
            for name in names {
                #expect(index.text.contains("/o/sampleshop/imports/samples/\(name).csv"))
                let sample = try await app.http.page("/o/sampleshop/imports/samples/\(name).csv", cookie: cookie)
                #expect(sample.status == 200 && sample.header("content-type")?.hasPrefix("text/csv") == true)
                let upload = try await app.http.send(
                    "POST", "/api/v1/imports?file_name=\(name).csv",
                    headers: ["Authorization": "Bearer " + shop.token, "Content-Type": "text/csv"], body: sample.bytes)
                let id = try #require(upload.json?["id"] as? String)
                let page = try await app.http.page("/o/sampleshop/imports/\(id)", cookie: cookie)
                #expect(page.status == 200 && page.text.contains("value=\"\(name)\" selected"), "\(name)")
                #expect(!page.text.contains("imports."), "\(name) shows a key of the catalogue")
            }
            let none = try await app.http.page("/o/sampleshop/imports/samples/spaceships.csv", cookie: cookie)
            #expect(none.status == 404)
        }
    }
}
