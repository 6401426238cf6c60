import BSON
import Customers
import Foundation
import Learning
import Records
import Testing
import Vault

@testable import Eyes

@Suite("Channels")
struct CrossPlatformTests {
    /// Ann: email → web → shop (order). Bob: email → email. Cyd: shop (order). Dan: web → email → web → email → shop → ads.
    private static let people: [[Touch]] = [
        [step("a1", 1, "email"), step("a2", 2, "web"), order("a3", 3, 5_000)],
        [step("b1", 1, "email"), step("b2", 9, "email")],
        [order("c1", 4, 2_500)],
        [
            step("d1", 1, "web"), step("d2", 2, "email"), step("d3", 3, "web"), step("d4", 4, "email"),
            order("d5", 5, 1_000), step("d6", 6, "ads"),
        ],
    ]

    private static func step(_ id: String, _ at: Int64, _ channel: String) -> Touch {
        Touch(id: id, at: at, channel: channel)
    }

    private static func order(_ id: String, _ at: Int64, _ amount: Int64) -> Touch {
        Touch(id: id, at: at, channel: "shop", amountMinor: amount, isOrder: true)
    }

    private func count(_ people: [[Touch]]) -> CrossPlatform {
        var sum = CrossPlatformCount()
        for (index, touches) in people.enumerated() {
            sum.add(touches, risks: index == 2 ? nil : ["d90": Double(index) / 10])
        }
        return sum.result()
    }

    @Test("a hand-made set gives the counts by hand")
    func byHand() throws {
        let found = count(Self.people)
        #expect(found.users == 4)
        #expect(found.events == 9 && found.orders == 3 && found.touches == 12)
        #expect(found.multiChannelUsers == 2 && found.singleChannelUsers == 2)
        #expect(found.avgChannelsPerUser == 2.25)
        // Ann 2 of 2, Bob 0 of 1, Dan 5 of 5.
        #expect(found.transitions == 8 && found.channelChanges == 7)
        #expect(found.avgSwitchingRate == 0.875)
        #expect(found.channels.map(\.name) == ["email", "shop", "web", "ads"])
        #expect(found.channels.map(\.users) == [3, 3, 2, 1])
        #expect(found.channels.map(\.touches) == [5, 3, 3, 1])
        let dan = try #require(found.topJourneys.first { $0.channels.count == 5 })
        #expect(dan.channels == ["web", "email", "web", "email", "shop"])
        #expect(dan.count == 1 && dan.conversions == 1 && dan.valueMinor == 1_000)
        let bob = try #require(found.topJourneys.first { $0.channels == ["email", "email"] })
        #expect(bob.conversions == 0)
        // email × web: both Ann and Dan, only email Bob, neither Cyd.
        let pair = try #require(found.topCorrelations.first { $0.first == "email" && $0.second == "web" })
        #expect(pair.both == 2 && pair.onlyFirst == 1 && pair.onlySecond == 0 && pair.neither == 1)
        #expect(abs(pair.correlation - 2 / 12.0.squareRoot()) < 1e-12)
        // chi² = 4 · 1/3; upper tail of chi² with one degree of freedom.
        #expect(abs(pair.pValue - 0.248_213_08) < 1e-7)
        #expect(found.churnByChannels.map(\.channels) == [1, 3, 4])
        #expect(found.churnByChannels.map(\.users) == [2, 1, 1])
        #expect(found.churnByChannels.map(\.scored) == [1, 1, 1])
        #expect(found.churnByChannels.first?.meanRisk["d90"] == 0.1)
        #expect(found.matrix.count == 4 && found.matrix[0][0] == 1 && found.matrix[0][2] == found.matrix[2][0])
    }

    @Test("shuffling the steps changes nothing; ties go by id")
    func shuffled() {
        var generator = SeededGenerator(seed: 9)
        let plain = count(Self.people)
        for _ in 0..<20 {
            #expect(count(Self.people.map { generator.shuffled($0) }) == plain)
        }
        let tie = count([[Self.step("2", 1, "web"), Self.step("1", 1, "email")]])
        #expect(tie.topJourneys.first?.channels == ["email", "web"])
    }

    @Test("one channel, no channel: nothing is divided by zero")
    func edges() {
        let none = count([])
        #expect(none.users == 0 && none.avgSwitchingRate == nil && none.avgChannelsPerUser == 0)
        let one = count([[Self.order("x", 1, 100)], [Self.order("y", 2, 100)]])
        #expect(one.topCorrelations.isEmpty && one.singleChannelUsers == 2 && one.avgSwitchingRate == nil)
        #expect(CrossPlatformCount.phi(5, 0, 0, 0) == 0)
    }

    @Test("read from the database: only consenting people, only their own steps, only the last 180 days")
    func read() async throws {
        try await EyesHouse.open { house in
            try await house.fill(300, consent: { $0 % 10 == 0 ? nil : EyesHouse.consent($0) })
            try await house.write(events: [
                (1, "email_click", 5, "Email", false), (1, "email_delivered", 5, "email", false),
                (1, "email_click", 4, "email", true), (10, "email_click", 5, "email", false),
                (2, "page_view", 300, "web", false), (3, "page_view", 2, nil, false),
            ])
            let run = try await house.run()
            try await house.finishInsights()
            let found = try #require(try await house.service.insights(house.scope, run.id)?.crossPlatform)
            // Two steps stand: one click of c1, one view of c3. c10 does not consent.
            #expect(found.events == 2)
            #expect(found.channels.contains { $0.name == "email" && $0.users == 1 })
            #expect(found.channels.contains { $0.name == "other" && $0.users == 1 })
            let reading = try await CustomerStore(house.scope, house.database).open(
                purpose: .marketingAnalytics, consentAt: EyesHouse.now)
            #expect(reading.customers.count < 300)
            #expect(found.users <= reading.customers.count)
            #expect(found.orders > 0 && found.singleChannelUsers + found.multiChannelUsers == found.users)
            #expect(try await house.service.insights(house.other, run.id) == nil)
        }
    }
}
