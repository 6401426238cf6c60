import BSON
import Customers
import Foundation
import Jobs
import Mongo
import Records
import Tenancy
import Testing

@testable import Platforms

@Suite("Files of other rows than orders")
struct TemplateTests {
    @Test("each template's sample is known by its header, reads without a problem, and lacks no column")
    func samples() async throws {
        try await Office.open { office in
            for template in ImportTemplate.allCases {
                let record = try await office.upload(template.sample + "\n", name: "\(template).csv")
                #expect(record.mapping.template == template, "\(template) was taken for \(record.mapping.template)")
                #expect(record.obstacles.isEmpty, "\(template): \(record.obstacles)")
                let check = try await office.imports.dryRun(office.scope, record.id)
                #expect(check.accepted == 2 && check.problems.isEmpty, "\(template): \(check.problems)")
            }
        }
    }

    static let guesses: [(String, ImportTemplate)] = [
        ("user_id,event_type,ts,channel,spend,content_id,profile_id,consent_purpose,consent_expiry", .events),
        ("customer,date,amount", .orders), ("Order ID,Customer,Order date,Total,Currency", .orders),
        ("email,first name,last name,country", .customers), ("day,campaign,impressions,clicks,spend", .metricDays),
        ("sku,title,price,stock", .products), ("industry,metric,published,study,median", .benchmarks),
        ("transaction id,type,amount,date,fee", .payments),
        ("a,b,c", .orders),
    ]

    @Test("the header tells what the rows are", arguments: guesses.indices)
    func guess(index: Int) {
        let (header, template) = Self.guesses[index]
        #expect(ImportTemplate.guess(header.split(separator: ",").map(String.init)) == template)
    }

    private func fingerprint(_ office: Office) async throws -> [String] {
        var lines: [String] = []
        for name in [
            "customers", "consent_records", "events", "metric_days", "products", "payments", "orders", "usage_periods",
            "benchmarks", "replaced_orders", "replaced_profiles", "replaced_records",
        ] {
            for document in try await office.database.collection(name).find([:]) {
                let told = document.elements().filter { !Self.passing.contains($0.key) }
                lines.append(name + " " + told.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " "))
            }
        }
        return lines.sorted()
    }

    /// Moves with each derivation, whatever it finds.
    private static let passing: Set = ["updated_at", "version"]

    private func undo(_ office: Office, _ id: String) async throws {
        _ = try await office.imports.startUndo(office.scope, id)
        #expect(try await office.work(until: id).state == .undone)
    }

    static let changes: [(ImportTemplate, String, String)] = [
        (.customers, "ana@example.com", "maria@example.com"), (.events, "spring-1", "summer-9"),
        (.metricDays, "54000", "55000"), (.products, "112", "7"), (.payments, "1.12", "1.15"),
        (.usage, "118", "119"), (.benchmarks, "0.021", "0.022"), (.orders, "49.90", "59.90"),
    ]

    @Test(
        "run, run again, run changed, undo: counted, nothing doubled, everything as it was", arguments: changes.indices)
    func life(index: Int) async throws {
        let (template, old, new) = Self.changes[index]
        var text = template.sample + "\n"
        if template == .events { text = text.replacing("user_id,", with: "event_id,user_id,") }
        if template == .events { text = text.replacing("\nc-1001", with: "\ne-1,c-1001") }
        if template == .events, let last = text.range(of: "e-1,c-1001", options: .backwards) {
            text.replaceSubrange(last, with: "e-2,c-1001")
        }
        let source = text
        try await Office.open { office in
            let first = try await office.run(try await office.upload(source).id, consent: false)
            #expect(first.state == .finished && first.counts.new == 2 && first.counts.quarantined == 0)
            let before = try await fingerprint(office)
            let again = try await office.run(try await office.upload(source).id, consent: false)
            #expect(again.counts.new == 0 && again.counts.updated == 0 && again.counts.unchanged == 2)
            #expect(try await fingerprint(office) == before)
            let changed = source.replacing(old, with: new)
            let third = try await office.upload(changed)
            let done = try await office.run(third.id, consent: false)
            #expect(done.counts.updated == 1 && done.counts.new == 0 && done.counts.unchanged == 1)
            #expect(try await fingerprint(office) != before)
            try await undo(office, third.id)
            #expect(try await fingerprint(office) == before)
            try await undo(office, first.id)
            #expect(try await fingerprint(office).isEmpty)
        }
    }

    @Test("events make their people, and carry their consents")
    func people() async throws {
        try await Office.open { office in
            let text = """
                user_id,event_type,ts,channel,consent_purpose,consent_expiry
                u1,Add to cart,2026-01-05T10:00:00Z,web,marketing_analytics,2027-01-05
                u1,login,2026-01-06T10:00:00Z,web,,
                u2,email open,2026-01-06T11:00:00Z,email,,
                u2,email open,2026-01-06T11:00:00Z,email,,
                u3,???,2026-01-06T11:00:00Z,email,,

                """
            let record = try await office.upload(text)
            let check = try await office.imports.dryRun(office.scope, record.id)
            #expect(check.accepted == 4 && check.customers == 2 && check.rowsWithConsent == 1)
            #expect(check.problems.map(\.code) == [.badEventType] && check.problems.first?.line == 6)
            let done = try await office.run(record.id, consent: false)
            #expect(done.counts.new == 4 && done.counts.customersNew == 2 && done.counts.consentsNew == 1)
            let types = try await office.database.collection("events").find([:]).compactMap {
                $0["event_type"]?.stringValue
            }
            #expect(Set(types) == ["add_to_cart", "login", "email_open"])
            let granted = try await office.database.collection("customers").count(["consent_state": "granted"])
            #expect(granted == 1)
            try await undo(office, record.id)
            #expect(try await fingerprint(office).isEmpty)
        }
    }

    @Test("customers whom other rows name stay when their own file is undone")
    func shared() async throws {
        try await Office.open { office in
            let people = try await office.run(try await office.upload("customer_id,country\nu1,ES\nu2,FR\n").id)
            let events = "user_id,event_type,ts\nu1,login,2026-01-06T10:00:00Z\n"
            _ = try await office.run(try await office.upload(events).id)
            try await undo(office, people.id)
            let left = try await office.database.collection("customers").find([:]).compactMap {
                $0["external_id"]?.stringValue
            }
            #expect(left == ["u1"])
        }
    }

    @Test("another template proposes the columns anew, and the mapping is not taken as confirmed")
    func switching() async throws {
        try await Office.open { office in
            let record = try await office.upload("payment_id,date,amount,type\n1,2026-01-01,5,charge\n")
            #expect(record.mapping.template == .payments)
            let mapped = try await office.imports.map(office.scope, record.id, MappingChange(template: .events))
            #expect(
                mapped.mapping.template == .events && mapped.mapping[.eventType] == 3 && mapped.mapping[.kind] == nil)
            #expect(!mapped.isMappingConfirmed && mapped.mapping.missing.isEmpty)
        }
    }

    @Test(
        "rows that cannot be are left out with their field",
        arguments: [
            ("day,level,entity,spend\n2026-01-01,planet,7,1\n", RowProblemCode.badChoice, "level"),
            ("day,entity,clicks,spend\n2026-01-01,7,-1,1\n", .badFigure, "clicks"),
            ("product_id,title,price\np1,,4\n", .missingValue, "title"),
            ("kind,amount,date\nrefund,x,2026-01-01\n", .badAmount, "amount"),
            ("customer_id,country\nc1,Spain\n", .badCountry, "country"),
            ("customer_id,country\nc1,ES\nc1,FR\n", .idReused, "customer_id"),
            ("vertical,metric,day,source,p50\nmining,margin,2026-01-01,x,1\n", .badChoice, "vertical"),
            ("vertical,metric,day,source,p25,p50\nsaas,margin,2026-01-01,x,2,1\n", .badFigure, "p50"),
        ])
    func problems(text: String, code: RowProblemCode, column: String) async throws {
        try await Office.open { office in
            let record = try await office.upload(text)
            let check = try await office.imports.dryRun(office.scope, record.id)
            #expect(check.problems.map(\.code) == [code] && check.problems.first?.column == column)
        }
    }
}
