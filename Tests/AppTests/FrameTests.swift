import Foundation
import TestSupport
import Testing
import Web

@testable import App

/// What surrounds the features: system routes, error pages and the front door.
@Suite("Frame")
struct FrameTests {
    @Test("what anyone may ask is declared like every other route")
    func systemRoutes() throws {
        let routes = try ReferenceText.mounted().registry.routes
        for path in [
            "/", "/health", "/health/live", "/health/ready", "/metrics", "/api/openapi.json", "/docs/problems",
        ] {
            let route = try #require(routes.first { $0.path == path && $0.method == .get }, "\(path)")
            #expect(route.access == .open)
        }
        let described = try ReferenceText.openAPI()
        #expect(described.contains("getHealth") && described.contains("getDescription"))
    }

    @Test("they answer as they say")
    func systemAnswers() async throws {
        try await TestApp.run { app in
            let health = try await app.http.send("GET", "/health")
            #expect(health.status == 200 && health.json?["status"] as? String == "ok")
            #expect(try await app.http.send("GET", "/health/live").status == 200)
            #expect(try await app.http.send("GET", "/health/ready").json?["ready"] as? Bool == true)
            let metrics = try await app.http.send("GET", "/metrics")
            #expect(metrics.header("content-type")?.hasPrefix("text/plain") == true)
            #expect(metrics.text.contains("http_requests_total"))
            #expect(try await app.http.send("GET", "/api/openapi.json").json?["openapi"] as? String == "3.1.0")
            #expect(try await app.http.page("/docs/problems").text.contains("rate_limited"))
            #expect(try await app.http.send("POST", "/health").status == 405)
        }
    }

    @Test("an error page knows who is signed in, and where")
    func errorPages() async throws {
        try await TestApp.run { app in
            let tenant = try await app.register("aaatenant")
            let other = try await app.register("bbbtenant")
            let cookie = try await app.signIn(tenant)
            let visitor = try await app.http.page("/nothing")
            #expect(visitor.status == 404 && visitor.text.contains("href=\"/login\""))
            for path in ["/nothing", "/o/\(other.slug)/home", "/o/nowhere/home"] {
                let page = try await app.http.page(path, cookie: cookie)
                #expect(page.status == 404)
                #expect(!page.text.contains("href=\"/login\""), "\(path)")
                #expect(page.text.contains("href=\"/o/\(tenant.slug)/home\""), "\(path)")
                #expect(!page.text.contains("class=\"side\""), "\(path)")
            }
            for path in ["/nothing", "/customers/cus_nothing", "/eyes/segments/seg_nothing"] {
                let page = try await app.http.page("/o/\(tenant.slug)" + path, cookie: cookie)
                #expect(page.status == 404)
                #expect(page.text.contains("class=\"side\"") && page.text.contains("Owner aaatenant"), "\(path)")
                #expect(page.text.contains("href=\"/o/\(tenant.slug)/home\""), "\(path)")
            }
            let foreign = try await app.http.page("/nothing", cookie: "__Host-sid=" + String(repeating: "x", count: 43))
            #expect(foreign.text.contains("href=\"/login\""))
        }
    }

    @Test("the front door shows no figure where there is none")
    func frontDoor() async throws {
        try await TestApp.run { app in
            let page = try await app.http.page("/")
            #expect(page.status == 200 && page.text.contains("What every answer carries"))
            #expect(!page.text.contains("class=\"landing-figure\""))
        }
    }
}
