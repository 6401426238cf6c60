import BSON
import Foundation
import Mongo
import TestMongo

@testable import Tenancy

extension TenantScope {
    /// A scope as only this room and its tests can make one.
    static func test(_ organizationID: String, role: Role = .owner, status: Organization.Status = .active)
        -> TenantScope
    {
        let organization = Organization(
            id: organizationID, name: "Acme", slug: "acme", status: status, createdAt: Date(timeIntervalSince1970: 0))
        return TenantScope(organization: organization, actor: .user(id: "usr_1", name: "Ann"), role: role)
    }
}

/// A stored thing for these tests.
struct Note: TenantDocument, Codable, Equatable {
    static let spec = CollectionSpec(
        "notes", indexes: [IndexSpec("text", [("text", 1)]), IndexSpec("number", [("number", 1)], unique: true)])

    var id: String
    var text: String
    var number: Int

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case text, number
    }
}

/// A second collection to join with.
struct Remark: TenantDocument, Codable, Equatable {
    static let spec = CollectionSpec("remarks", indexes: [IndexSpec("note", [("note", 1)])])

    var id: String
    var note: String

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case note
    }
}

/// A document that tries to be whatever it is told to be.
struct Raw: TenantDocument {
    static let spec = Note.spec
    var document: BSONDocument
    init(_ document: BSONDocument) { self.document = document }
    init(bson: BSONDocument) { document = bson }
    func bson() -> BSONDocument { document }
}

func withDatabase<R: Sendable>(_ body: (MongoDatabase) async throws -> R) async throws -> R {
    try await TestMongo.shared().withDatabase(body)
}
