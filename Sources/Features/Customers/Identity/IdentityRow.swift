import BSON
import Foundation

/// A customer as one source knows them: the part that says who it could be.
struct IdentityRow: BSONConvertible, Equatable {
    static let fields = [
        "connection_id", "external_id", "email_token", "email_shared", "phone_token", "links", "source_created_at",
        "deleted_at", "merged_into",
    ]

    var id: String
    var connectionID: String
    var externalID: String
    var emailToken: String?
    /// The address is a team's, such as `info@`: it says nothing about who somebody is.
    var isShared: Bool
    var phoneToken: String?
    /// `platform/id` of the same person elsewhere, as the source says.
    var links: [String]
    var sourceCreatedAt: Date?
    var isDeleted: Bool
    var mergedInto: String?

    init(
        id: String, connectionID: String, externalID: String = "", emailToken: String? = nil, isShared: Bool = false,
        phoneToken: String? = nil, links: [String] = [], sourceCreatedAt: Date? = nil, isDeleted: Bool = false,
        mergedInto: String? = nil
    ) {
        self.id = id
        self.connectionID = connectionID
        self.externalID = externalID
        self.emailToken = emailToken
        self.isShared = isShared
        self.phoneToken = phoneToken
        self.links = links
        self.sourceCreatedAt = sourceCreatedAt
        self.isDeleted = isDeleted
        self.mergedInto = mergedInto
    }

    init(bson: BSONDocument) throws {
        self.init(
            id: try bson.string("_id"), connectionID: try bson.string("connection_id"),
            externalID: try bson.string("external_id"), emailToken: bson["email_token"]?.stringValue,
            isShared: bson["email_shared"]?.boolValue ?? false, phoneToken: bson["phone_token"]?.stringValue,
            links: (bson["links"]?.arrayValue ?? []).compactMap(\.stringValue),
            sourceCreatedAt: bson["source_created_at"]?.dateValue, isDeleted: bson["deleted_at"]?.dateValue != nil,
            mergedInto: bson["merged_into"]?.stringValue)
    }

    func bson() -> BSONDocument { [:] }

    /// Under whom the person is counted now.
    var root: String { mergedInto ?? id }

    /// The keys that may join the row to others.
    var keys: [IdentityKey] {
        var keys: [IdentityKey] = []
        if let emailToken, !isShared { keys.append(IdentityKey(.email, emailToken)) }
        if let phoneToken { keys.append(IdentityKey(.phone, phoneToken)) }
        return keys
    }

    /// Who of several rows stands for the person: one that still exists, the oldest at its source, and of equals the
    /// one with the smaller id there, so that it never depends on what came first.
    static func standsBefore(_ left: IdentityRow, _ right: IdentityRow) -> Bool {
        if left.isDeleted != right.isDeleted { return !left.isDeleted }
        let (old, new) = (left.sourceCreatedAt ?? .distantFuture, right.sourceCreatedAt ?? .distantFuture)
        if old != new { return old < new }
        return (left.externalID, left.id) < (right.externalID, right.id)
    }
}
