/// Why something of an organization was not done. Web maps these to status codes in one table.
public enum TenancyError: Error, Equatable, Sendable {
    /// Unknown or another organization's: the two look the same on purpose (404).
    case notFound
    /// The role lacks this permission (403).
    case forbidden(Permission)
    /// The organization is read-only (403 on writes).
    case suspended
    case invalidSlug(SlugProblem)
    /// Another organization has this slug, or had it until recently (409, field `slug`).
    case slugTaken
    /// The last owner cannot be removed or demoted (409).
    case lastOwner
    /// The person already belongs to the organization (409).
    case alreadyMember
    /// A query or document that must not reach the database: an operator in a key, a field that is not ours to name,
    /// a stage that leaves the organization. Always a programming error or an attack.
    case refused(String)
}

/// What is wrong with a wished-for slug.
public enum SlugProblem: String, Sendable, Equatable, Codable {
    case tooShort = "too_short"
    case tooLong = "too_long"
    case characters
    case reserved
}
