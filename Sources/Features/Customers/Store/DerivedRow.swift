import BSON
import Foundation
import Tenancy

/// What is derived about a customer, as it is or as it should be.
struct DerivedRow: BSONConvertible, Equatable {
    var id = ""
    var counters = CustomerCounters()
    var consent = ConsentVerdict(.missing)

    init(id: String, counters: CustomerCounters, consent: ConsentVerdict) {
        self.id = id
        self.counters = counters
        self.consent = consent
    }

    init(bson: BSONDocument) throws {
        var reader = BSONReader(bson)
        while let field = try reader.next() {
            if try counters.read(field) { continue }
            switch field.key {
            case "_id": id = try field.string()
            case "consent_state": consent.standing = ConsentStanding(rawValue: try field.string()) ?? .missing
            case "consent_until": consent.until = field.isNull ? nil : try field.date()
            default: break
            }
        }
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter()
        counters.write(to: &writer)
        writer.append("consent_state", consent.standing.rawValue)
        writer.appendIfPresent("consent_until", consent.until)
        return writer.finish()
    }

    func update(now: Date) -> Update {
        var update = Update.setting(bson(), clearing: ["consent_until"])
        update.append(.set("updated_at", .date(now)))
        update.append(.inc("version", 1))
        return update
    }
}
