import Connectors
import Foundation
import Records
import Testing
import VendorServers
import Web

/// YouTube's hub: asks back, forgets after the lease, and asks back again at the end.
@Suite struct WebSubTests {
    @Test("subscribed, confirmed for our topic only, renewed before it ends, ended")
    func lease() async throws {
        try await WebhookLab.open(YouTubeConnector(), YouTubeServer.self) { lab in
            let connection = try await lab.connect()
            let address = try #require(lab.server.book.hooks.all.first?.address)
            #expect(try await lab.registration(connection)?.state == .asked)

            let other =
                "hub.mode=subscribe&hub.challenge=x&hub.lease_seconds=60&hub.topic="
                + "https%3A%2F%2Fwww.youtube.com%2Fxml%2Ffeeds%2Fvideos.xml%3Fchannel_id%3DUCother"
            #expect(try await lab.ask(address, other).status == 404)
            let question = try #require(lab.server.question(to: address))
            // What we did not ask for: an end.
            let end = question.replacing("hub.mode=subscribe", with: "hub.mode=unsubscribe")
            #expect(try await lab.ask(address, end).status == 404)
            let answer = try await lab.ask(address, question)
            #expect(lab.server.hears(answer.body, from: address))
            let confirmed = try #require(try await lab.registration(connection))
            #expect(confirmed.state == .registered)
            #expect(confirmed.endsAt == lab.time.now.addingTimeInterval(432_000))

            // A video's title changes.
            let signed = try #require(lab.server.webhook(customer: 0, url: address))
            #expect(try await lab.deliver(signed, to: address, altered: [0x20]) == 401)
            let before = lab.lab.host.calls("/videos")
            #expect(try await lab.deliver(signed, to: address) == 200)
            await lab.work()
            #expect(lab.lab.host.calls("/videos") > before)

            // Renewed while some of it is left.
            lab.time.advance(by: 432_000 * 0.9 + 60)
            #expect(try await lab.service.enqueueWebhookChecks(lab.scope) == 1)
            await lab.work()
            let again = try #require(lab.server.question(to: address))
            let renewed = try await lab.ask(address, again).body
            #expect(lab.server.hears(renewed, from: address))
            #expect(try await lab.registration(connection)?.endsAt == lab.time.now.addingTimeInterval(432_000))

            try await lab.service.disconnect(lab.scope, connection.id, erasesData: false)
            let last = try #require(lab.server.question(to: address))
            #expect(last.contains("hub.mode=unsubscribe"))
            let ended = try await lab.ask(address, last).body
            #expect(lab.server.hears(ended, from: address))
            #expect(lab.server.book.hooks.all.isEmpty)
            #expect(try await lab.ask(address, last).status == 404)
        }
    }
}
