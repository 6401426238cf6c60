import BSON
import Testing

/// Changes of a schema past the migrations, as a person with a database shell makes them, and the fault each one is.
struct Tampering: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let commands: [BSONDocument]
    let fault: String

    static let all = [
        Tampering(
            testDescription: "an index dropped", commands: [["dropIndexes": "users", "index": "email"]],
            fault: "index email of users is missing"),
        Tampering(
            testDescription: "an index made again without its uniqueness",
            commands: [
                ["dropIndexes": "users", "index": "email"],
                ["createIndexes": "users", "indexes": [["key": ["email": 1], "name": "email"]]],
            ], fault: "index email of users is not as declared"),
        Tampering(
            testDescription: "an index hidden from the planner",
            commands: [["collMod": "users", "index": ["name": "email", "hidden": true]]],
            fault: "index email of users is not as declared"),
        Tampering(
            testDescription: "a validator replaced",
            commands: [["collMod": "customers", "validator": ["organization_id": ["$type": "string"]]]],
            fault: "the validator of customers is not as declared"),
        Tampering(
            testDescription: "a validator removed", commands: [["collMod": "orders", "validator": [:]]],
            fault: "the validator of orders is not as declared"),
        Tampering(
            testDescription: "a validator that looks at new rows only",
            commands: [["collMod": "orders", "validationLevel": "moderate"]],
            fault: "the validator of orders lets some writes pass it"),
        Tampering(
            testDescription: "a validator that only warns",
            commands: [["collMod": "orders", "validationAction": "warn"]],
            fault: "the validator of orders lets some writes pass it"),
        Tampering(
            testDescription: "a collection dropped", commands: [["drop": "heartbeats"]],
            fault: "collection heartbeats is missing"),
    ]
}
