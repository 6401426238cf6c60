import BSON
import Foundation
import Mail
import Tenancy
import Testing
import Vault
import Web

@testable import Alerts

@Suite("Alerts")
struct AlertsTests {
    @Test("one mail for each cause and person, not for each time it is seen")
    func once() async throws {
        try await AlertBench.run { bench in
            try await bench.join("bob@shop.example", "Bob", .admin, locale: "en")
            try await bench.join("vera@shop.example", "Vera", .viewer)
            for _ in 0..<5 { try await bench.service.raise(bench.scope, bench.draft()) }
            let alerts = try await bench.service.list(bench.scope, AlertFilter(), after: nil, limit: 10)
            #expect(alerts.count == 1 && alerts[0].occurrences == 5 && alerts[0].mails == 2)
            let mails = try await bench.mails()
            #expect(mails.map(\.to.email).sorted() == ["ana@shop.example", "bob@shop.example"])
            let spanish = try #require(mails.first { $0.to.email == "ana@shop.example" })
            #expect(spanish.subject == "HubSpot va con retraso (Shop)" && spanish.language == "es")
            #expect(spanish.text.contains("https://omnify.example/o/shop/connections/con_1"))
            let english = try #require(mails.first { $0.to.email == "bob@shop.example" })
            #expect(english.subject == "HubSpot is late (Shop)" && english.text.contains("took too long to answer"))
        }
    }

    @Test("twenty who see the same cause at once tell people once")
    func race() async throws {
        try await AlertBench.run { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { try await bench.service.raise(bench.scope, bench.draft()) } }
                try await group.waitForAll()
            }
            #expect(try await bench.mails().count == 1)
            let alerts = try await bench.service.list(bench.scope, AlertFilter(), after: nil, limit: 10)
            #expect(alerts.map(\.occurrences) == [20])
        }
    }

    @Test("another cause or another subject is another alert")
    func distinct() async throws {
        try await AlertBench.run { bench in
            try await bench.service.raise(bench.scope, bench.draft())
            try await bench.service.raise(bench.scope, bench.draft(id: "con_2", label: "Stripe"))
            try await bench.service.raise(bench.scope, bench.draft("connection_action"))
            #expect(try await bench.mails().count == 3)
            #expect(try await bench.service.pressing(bench.scope).count == 3)
            try await bench.service.settleAll(bench.scope, about: bench.draft().subject)
            #expect(try await bench.service.pressing(bench.scope).count == 1)
        }
    }

    @Test("what went away and is soon back goes on without a second mail; later it is a new cause")
    func relapse() async throws {
        try await AlertBench.run { bench in
            let first = try await bench.service.raise(bench.scope, bench.draft())
            try await bench.service.settle(bench.scope, kind: first.kind, about: first.subject)
            #expect(try await bench.service.get(bench.scope, first.id).state == .resolved)
            bench.time.advance(by: 1800)
            let again = try await bench.service.raise(bench.scope, bench.draft())
            #expect(again.id == first.id && again.state == .open && again.occurrences == 2)
            try await bench.service.settle(bench.scope, kind: first.kind, about: first.subject)
            bench.time.advance(by: 7200)
            let later = try await bench.service.raise(bench.scope, bench.draft())
            #expect(later.id != first.id)
            #expect(try await bench.mails().count == 2)
        }
    }

    @Test("acknowledged leaves the pages and stays open; resolved by a person comes back as a new one")
    func states() async throws {
        try await AlertBench.run { bench in
            let first = try await bench.service.raise(bench.scope, bench.draft())
            let taken = try await bench.service.acknowledge(bench.scope, first.id, requestID: "r")
            #expect(taken.acknowledgedBy == "Ana")
            #expect(try await bench.service.pressing(bench.scope).count == 0)
            await #expect(throws: Problem.self) {
                try await bench.service.acknowledge(bench.scope, first.id, requestID: "r")
            }
            #expect(try await bench.service.raise(bench.scope, bench.draft()).state == .acknowledged)
            #expect(try await bench.service.resolve(bench.scope, first.id, requestID: "r").resolvedBy == "Ana")
            #expect(try await bench.service.raise(bench.scope, bench.draft()).id != first.id)
            #expect(try await bench.mails().count == 2)
        }
    }

    @Test("a muted cause is quiet, also when it comes back, until its time is over")
    func muted() async throws {
        try await AlertBench.run { bench in
            let first = try await bench.service.raise(bench.scope, bench.draft())
            let until = bench.time.now.addingTimeInterval(86_400)
            _ = try await bench.service.mute(bench.scope, first.id, until: until, requestID: "r")
            #expect(try await bench.service.pressing(bench.scope).count == 0)
            _ = try await bench.service.resolve(bench.scope, first.id, requestID: "r")
            bench.time.advance(by: 7200)
            let back = try await bench.service.raise(bench.scope, bench.draft())
            #expect(back.id != first.id && back.mutedUntil == until)
            #expect(try await bench.mails().count == 1)
            bench.time.advance(by: 86_400)
            try await bench.service.raise(bench.scope, bench.draft())
            #expect(try await bench.mails().count == 2)
        }
    }

    @Test("mails that could not be put away are put away the next time")
    func mended() async throws {
        try await AlertBench.run { bench in
            let record = AlertRecord(bench.draft(), id: ID.make("alt"), at: bench.time.now)
            try await bench.service.rows(bench.scope).insert(record)
            try await bench.service.raise(bench.scope, bench.draft())
            #expect(try await bench.mails().count == 1)
            #expect(try await bench.service.get(bench.scope, record.id).toldAt != nil)
        }
    }

    @Test("the list goes on from its cursor and the two languages have words for everything")
    func paging() async throws {
        try await AlertBench.run { bench in
            for number in 0..<5 {
                try await bench.service.raise(bench.scope, bench.draft(id: "con_\(number)"))
                if number % 2 == 0 { bench.time.advance(by: 1) }
            }
            var seen: [String] = []
            var after: AlertPlace?
            repeat {
                let page = try await bench.service.list(bench.scope, AlertFilter(), after: after, limit: 2)
                seen += page.map(\.subject.id)
                after = page.count == 2 ? page.last.map { AlertPlace($0) } : nil
            } while after != nil
            #expect(seen.count == 5 && Set(seen).count == 5)
        }
    }
}
