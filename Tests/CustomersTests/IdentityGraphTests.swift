import Foundation
import Testing

@testable import Customers

@Suite("Who is the same person")
struct IdentityGraphTests {
    static let at = Date(timeIntervalSince1970: 1_767_225_600)

    static func row(
        _ id: String, at connection: String = "a", email: String? = nil, phone: String? = nil, shared: Bool = false,
        links: [String] = [], since: Double? = nil, gone: Bool = false, into root: String? = nil
    ) -> IdentityRow {
        IdentityRow(
            id: id, connectionID: connection, externalID: id, emailToken: email, isShared: shared, phoneToken: phone,
            links: links, sourceCreatedAt: since.map { Date(timeIntervalSince1970: $0) }, isDeleted: gone,
            mergedInto: root)
    }

    static func event(
        _ merged: String, into survivor: String, _ rule: MergeRule = .email, sides: ([String], [String])? = nil
    ) -> MergeEvent {
        MergeEvent(
            id: "mrg_\(merged)", survivorID: survivor, mergedID: merged, rule: rule, keys: [], actor: "x", at: at,
            survivorMembers: sides?.0 ?? [survivor], mergedMembers: sides?.1 ?? [merged])
    }

    static func proposals(_ rows: [IdentityRow], _ platforms: [String: String] = [:]) -> [String] {
        IdentityGraph(rows: rows, platforms: platforms).plan().proposals.map {
            "\($0.mergedID)>\($0.survivorID) \($0.key.rule.rawValue)"
        }
    }

    @Test("a link counts for more than an address, an address for more than a number")
    func rules() {
        let rows = [
            Self.row("s1", at: "shop", email: "e", phone: "p", since: 1),
            Self.row("t1", at: "triple", email: "e", phone: "p", links: ["shopify/s1"], since: 2),
            Self.row("k1", at: "klaviyo", email: "e", phone: "p", since: 3),
            Self.row("h1", at: "hubspot", phone: "p", since: 4), Self.row("x1", at: "hubspot", phone: "q", since: 5),
        ]
        #expect(
            Self.proposals(rows, ["shop": "shopify", "triple": "triplewhale"])
                == ["t1>s1 external_id", "k1>s1 email", "h1>s1 phone"])
    }

    @Test("a link that fits two shops says nothing")
    func ambiguousLink() {
        let rows = [
            Self.row("t1", at: "triple", links: ["shopify/7"]),
            IdentityRow(id: "a", connectionID: "s1", externalID: "7"),
            IdentityRow(id: "b", connectionID: "s2", externalID: "7"),
        ]
        #expect(Self.proposals(rows, ["s1": "shopify", "s2": "shopify", "triple": "triplewhale"]) == [])
    }

    @Test("the oldest that still exists stands for the person, whatever order they come in")
    func survivor() {
        let rows = [
            Self.row("a", at: "1", email: "e"), Self.row("b", at: "2", email: "e", since: 9),
            Self.row("c", at: "3", email: "e", since: 5), Self.row("d", at: "4", email: "e", since: 1, gone: true),
        ]
        for order in [rows, rows.reversed(), [rows[2], rows[0], rows[3], rows[1]]] {
            #expect(Set(IdentityGraph(rows: order).plan().roots.values) == ["c"])
        }
    }

    @Test("an address on more than five customers of one source joins nobody, and is shown")
    func quarantine() {
        let six = (0..<6).map { Self.row("c\($0)", email: "e") }
        let plan = IdentityGraph(rows: six + [Self.row("x", at: "b", email: "e")]).plan()
        #expect(plan.proposals.isEmpty)
        #expect(plan.reviews.map(\.key) == [IdentityKey(.email, "e")] && plan.reviews.first?.customers == 7)
        #expect(Self.proposals(Array(six.prefix(5))).count == 4)
        // The same person on eight platforms is no crowd.
        #expect(Self.proposals((0..<8).map { Self.row("c\($0)", at: "con\($0)", email: "e") }).count == 7)
    }

    @Test("a number that more than five people with different addresses share joins nobody")
    func sharedPhone() {
        func rows(_ people: Int) -> [IdentityRow] {
            (0..<people).flatMap { person in
                (0..<2).map { Self.row("c\(person)\($0)", at: "con\(person)\($0)", email: "e\(person)", phone: "p") }
            }
        }
        #expect(Self.proposals(rows(5)).filter { $0.hasSuffix("phone") }.count == 4)
        #expect(Self.proposals(rows(6)).allSatisfy { $0.hasSuffix("email") })
    }

    @Test("a team's address never joins")
    func sharedAddress() {
        #expect(
            Self.proposals([
                Self.row("a", at: "1", email: "e", shared: true), Self.row("b", at: "2", email: "e", shared: true),
            ]) == [])
        #expect(PersonKeys.isShared("Info@Shop.example") && PersonKeys.isShared("test+1@shop.example"))
        #expect(!PersonKeys.isShared("information@shop.example") && !PersonKeys.isShared("ann.test@shop.example"))
    }

    @Test("after ten merges on a day the rest waits for a person")
    func limit() {
        let rows = (["e", "f"] as [String]).flatMap { (key: String) -> [IdentityRow] in
            (0..<8).map { Self.row("\(key)\($0)", at: "con\(key)\($0)", email: key, phone: $0 == 0 ? "p" : nil) }
        }
        let plan = IdentityGraph(rows: rows).plan()
        #expect(plan.proposals.count == 10)
        #expect(Set(plan.proposals.map(\.survivorID)) == ["e0"])
        #expect(plan.reviews.count == 5 && plan.reviews.allSatisfy { $0.kind == .limit })
        let used = IdentityGraph(
            rows: [Self.row("a", at: "1", email: "e"), Self.row("b", at: "2", email: "e")], mergesToday: ["a": 10]
        ).plan()
        #expect(used.proposals.isEmpty && used.reviews.count == 1)
    }

    @Test("what a person has kept apart stays apart, and nobody else moves")
    func apart() {
        var undone = Self.event("a", into: "r", sides: (["r"], ["a"]))
        undone.keepsApart = true
        let rows = [
            Self.row("a", at: "1", email: "e"), Self.row("b", at: "2", email: "e", into: "r"),
            Self.row("r", at: "3", email: "e", since: 1),
        ]
        let plan = IdentityGraph(rows: rows, events: [Self.event("b", into: "r")], apart: [undone]).plan()
        #expect(plan.roots == ["a": "a", "b": "r", "r": "r"])
        #expect(plan.proposals.isEmpty && plan.endings.isEmpty)
    }

    @Test("a merge ends when its key is gone, and one by hand does not")
    func unsupported() {
        let rows = [
            Self.row("a", at: "1", email: "e1", into: "b"), Self.row("b", at: "2", email: "e2"),
            Self.row("m", at: "3", into: "b"),
        ]
        let plan = IdentityGraph(
            rows: rows, events: [Self.event("a", into: "b"), Self.event("m", into: "b", .manual)]
        ).plan()
        #expect(plan.endings.map(\.event.mergedID) == ["a"] && plan.endings.first?.end == .unsupported)
        #expect(plan.roots == ["a": "a", "b": "b", "m": "b"])
    }

    @Test("whoever was chosen by hand stays the survivor when an older row turns up")
    func chosen() {
        let rows = [
            Self.row("a", at: "1", email: "e", since: 1), Self.row("b", at: "2", email: "e", since: 5),
            Self.row("m", at: "3", since: 0, into: "b"),
        ]
        let plan = IdentityGraph(rows: rows, events: [Self.event("m", into: "b", .manual)]).plan()
        #expect(Set(plan.roots.values) == ["b"])
    }

    @Test("an older row that turns up takes over, and the old survivor becomes one of its rows")
    func replaced() {
        let rows = [
            Self.row("a", at: "1", email: "e", since: 5), Self.row("b", at: "2", email: "e", since: 6, into: "a"),
            Self.row("n", at: "3", email: "e", since: 1),
        ]
        let plan = IdentityGraph(rows: rows, events: [Self.event("b", into: "a")]).plan()
        #expect(plan.roots == ["a": "n", "b": "n", "n": "n"])
        #expect(plan.proposals.map(\.mergedID) == ["a"] && plan.endings.isEmpty)
    }
}

@Suite("Phone numbers in E.164 form")
struct PhoneNumberTests {
    @Test(
        "with a plus or a country; without either there is no number",
        arguments: [
            ("+34 612 345 678", nil, "+34612345678"), ("0034 612345678", nil, "+34612345678"),
            ("612 345 678", "ES", "+34612345678"), ("(415) 555-2671", "US", "+14155552671"),
            ("1 415 555 2671", "us", "+14155552671"), ("020 7946 0958", "GB", "+442079460958"),
            ("06 12345678", "IT", "+390612345678"), ("080-1234-5678", "JP", "+818012345678"),
            ("612 345 678", nil, nil), ("612 345 678", "XX", nil), ("12", "ES", nil), ("", "ES", nil),
        ] as [(String, String?, String?)])
    func normalised(text: String, country: String?, expected: String?) {
        #expect(PhoneNumber.e164(text, country: country) == expected)
    }
}
