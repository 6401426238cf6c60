import Crypto
import Foundation
import TestSupport
import Testing
import VendorServers
import Waiting

@testable import App

@Suite("A person's removal, asked for at Meta")
struct DeletionStatusTests {
    private func letter(_ user: String, secret: String) -> String {
        func coded(_ bytes: Data) -> String {
            bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        let json = coded(Data("{\"algorithm\":\"HMAC-SHA256\",\"issued_at\":1,\"user_id\":\"\(user)\"}".utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Data(json.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return coded(Data(code)) + "." + json
    }

    @Test("Meta gets an address and a code; the page behind them says how far it is, in the reader's language")
    func callback() async throws {
        let world = VendorWorld(SeededCompany(size: .init(customers: 2, orders: 2, campaigns: 2, days: 5)))
        try await VendorHost(MetaAdsServer(world), world).whileRunning { host in
            let variables = host.settings.map { (PlatformConfiguration.variable("meta_ads", $0.key), $0.value) }
            try await TestApp.run(settings: Dictionary(uniqueKeysWithValues: variables)) { app in
                let shop = try await app.register("deletionshop")
                let made = try await app.http.api(
                    "POST", "/platforms/connect",
                    [
                        "platform": "meta_ads", "method": "system_user",
                        "credentials": ["access_token": "EAAsystemuser", "account_id": "1008800"],
                    ], token: shop.token)
                #expect(made.status == 201)
                let secret = try #require(host.settings["client_secret"])
                func ask(_ user: String, _ secret: String) async throws -> HTTP.Answer {
                    try await app.http.form(
                        "/webhooks/meta_ads?event=data_deletion",
                        ["signed_request": self.letter(user, secret: secret)], cookie: "")
                }
                #expect(try await ask("55", "forged").status == 401)
                let answer = try await ask("55", secret)
                #expect(answer.status == 200)
                let code = try #require(answer.json?["confirmation_code"] as? String)
                #expect((answer.json?["url"] as? String)?.hasSuffix("/privacy/deletion/" + code) == true)
                let path = "/privacy/deletion/" + code
                #expect(
                    try await eventually {
                        try await app.http.page(path, cookie: "").text.contains("Your data are being removed")
                    })
                let page = try await app.http.page(path, cookie: "")
                #expect(page.status == 200 && page.text.contains(code))
                #expect(page.header("cache-control") == "no-store")
                #expect(!page.text.contains("deletionshop") && !page.text.contains("meta_ads"))
                let stranger = try #require(
                    try await ask("99", secret).json?["confirmation_code"] as? String)
                let nothing = try await app.http.page("/privacy/deletion/" + stranger, cookie: "")
                #expect(nothing.status == 200 && nothing.text.contains("Nothing is kept"))
                let unknown = "/privacy/deletion/" + String(repeating: "a", count: 40)
                #expect(try await app.http.page(unknown, cookie: "").status == 404)
                var last = 200
                for _ in 0..<40 where last != 429 { last = try await app.http.page(unknown, cookie: "").status }
                #expect(last == 429)
            }
        }
    }
}
