/// Everything the accounts feature refuses, closed, so that one table in `Web` can say status, code and words for each.
public enum AccountError: Error, Sendable, Equatable {
    /// The command breaks rules of its fields.
    case invalid([FieldIssue])
    /// Another account uses this e-mail address.
    case emailTaken
    /// Another organization uses this slug.
    case slugTaken
    /// Unknown e-mail, wrong password, disabled person or locked account: never told apart.
    case invalidCredentials
    /// The token, session or refresh token is not, or no longer, good.
    case unauthenticated
    /// A used refresh token came back; its family has been ended.
    case refreshReplayed
    /// The person has no place in that organization, or the thing does not exist in this one.
    case notFound
    /// The role lacks a right; carries the permission's name.
    case forbidden(String)
    /// The last owner of an organization can be neither removed nor demoted.
    case lastOwner
    /// Nobody hands out a role above their own.
    case roleAboveOwn
    /// The invitation is unknown, used, revoked or past its seven days.
    case invitationInvalid
    /// The invitation was made out to another e-mail address.
    case invitationForAnother
    /// That address already belongs to a member, or has an open invitation.
    case alreadyMember
    /// The demo organization's people, name and settings are fixed.
    case demoFixed
}
