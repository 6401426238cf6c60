import BSON
import Mongo

/// The one way to an organization's documents.
///
/// Every filter, insert, update, index and pipeline begins with the organization of the scope it was made with, and
/// nothing it accepts can name another. What comes back is checked to belong to the scope, and the organization is
/// stripped. All calls take `in:` last, to take part in a transaction.
public struct TenantCollection<Document: TenantDocument>: Sendable {
    public let scope: TenantScope
    let collection: MongoCollection

    /// Stops when the document type's collection is declared global: then the wrong type was used.
    public init(_ scope: TenantScope, _ database: MongoDatabase) {
        precondition(Document.spec.tenantOwned, "\(Document.spec.name) is not owned by organizations")
        self.scope = scope
        self.collection = database.collection(Document.spec.name)
    }

    /// The filter with the organization in front.
    func scoped(_ filter: Filter) throws -> BSONDocument {
        var document: BSONDocument = [Tenancy.organizationField: .string(scope.organizationID)]
        document.appendElements(of: try filter.document())
        return document
    }

    /// The document as stored: checked, with the organization in front.
    func owned(_ document: Document) throws -> (id: String, stored: BSONDocument) {
        let bson = try document.bson()
        try DocumentGuard.checkStored(bson)
        guard let id = bson["_id"]?.stringValue else {
            throw TenancyError.refused("a stored document needs a text _id")
        }
        return (id, bson.prepending(Tenancy.organizationField, .string(scope.organizationID)))
    }

    /// A document as read: checked to be ours, without the organization.
    func stripped(_ document: BSONDocument) throws -> BSONDocument {
        try Self.stripped(document, organizationID: scope.organizationID)
    }

    func decoded(_ document: BSONDocument) throws -> Document { try Document(bson: stripped(document)) }

    static func stripped(_ document: BSONDocument, organizationID: String) throws -> BSONDocument {
        guard let field = try document.field(Tenancy.organizationField) else { return document }
        guard field.type == .string, try field.string() == organizationID else {
            throw TenancyError.refused("a document of another organization came back")
        }
        return document.cutting(field)
    }
}
