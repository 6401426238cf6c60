import Foundation
import Tenancy
import Web

/// How accounts' things look in JSON, with the schema of each beside its writer.
struct UserResource: JSONWritable {
    let user: User
    let role: Role
    var joinedAt: Date?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("user_id", user.id)
            json.field("email", user.email)
            json.field("name", user.name)
            json.field("role", role.rawValue)
            json.field("status", user.status.rawValue)
            json.field("email_verified", user.emailVerified)
            json.field("mfa", "none")
            json.field("locale", user.locale)
            json.field("theme", user.theme.rawValue)
            json.field("last_login_at", user.lastLoginAt)
            if let joinedAt { json.field("joined_at", joinedAt) }
        }
    }

    static let schema = Schema.ref(
        "User",
        .object([
            .init("user_id", .string), .init("email", .string), .init("name", .string),
            .init("role", .enumeration(RoleRules.order.map(\.rawValue))),
            .init("status", .enumeration(["active", "disabled"])), .init("email_verified", .boolean),
            .init("mfa", .enumeration(["none"])), .init("locale", .nullable(.string)),
            .init("theme", .enumeration(User.Theme.allCases.map(\.rawValue))),
            .init("last_login_at", .nullable(.dateTime)), .optional("joined_at", .dateTime),
        ]))
}

struct OrganizationResource: JSONWritable {
    let organization: Organization
    let role: Role

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("organization_id", organization.id)
            json.field("name", organization.name)
            json.field("slug", organization.slug)
            json.field("kind", organization.kind.rawValue)
            json.field("status", organization.status.rawValue)
            json.field("trial_ends_at", organization.trialEndsAt)
            json.field("time_zone", organization.timeZone)
            json.field("currency", organization.currency)
            json.field("locale", organization.locale)
            json.field("week_start", organization.weekStart.rawValue)
            json.field("role", role.rawValue)
            json.field("created_at", organization.createdAt)
        }
    }

    static let schema = Schema.ref(
        "Organization",
        .object([
            .init("organization_id", .string), .init("name", .string), .init("slug", .string),
            .init("kind", .enumeration(["normal", "demo"])),
            .init("status", .enumeration(["trial", "active", "past_due", "suspended", "closing", "closed"])),
            .init("trial_ends_at", .nullable(.dateTime)), .init("time_zone", .string), .init("currency", .string),
            .init("locale", .enumeration(OrganizationSettings.locales)),
            .init("week_start", .enumeration(OrganizationSettings.weekStarts)),
            .init("role", .enumeration(RoleRules.order.map(\.rawValue))), .init("created_at", .dateTime),
        ]))
}

/// The answer to registration, sign-in, refresh and switch.
struct TokenResource: JSONWritable {
    let pair: TokenPair

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("access_token", pair.accessToken)
            json.field("token_type", "Bearer")
            json.field("expires_in", pair.expiresIn)
            json.field("refresh_token", pair.refreshToken)
            json.field("organization_id", pair.scope.organizationID)
            json.field(
                "organization", OrganizationResource(organization: pair.scope.organization, role: pair.scope.role))
            json.field("user", UserResource(user: pair.user, role: pair.scope.role))
        }
    }

    static let schema = Schema.ref(
        "Tokens",
        .object([
            .init("access_token", .string, "JWT, ES256, 15 minutes."), .init("token_type", .enumeration(["Bearer"])),
            .init("expires_in", .integer, "Seconds."),
            .init("refresh_token", .string, "Good once; a second use ends the whole family."),
            .init("organization_id", .string), .init("organization", OrganizationResource.schema),
            .init("user", UserResource.schema),
        ]))
}

struct SessionResource: JSONWritable {
    let session: Session
    let isCurrent: Bool

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("session_id", session.id)
            json.field("kind", session.kind.rawValue)
            json.field("device", DeviceLabel.text(session.userAgent))
            json.field("ip", session.ip)
            json.field("user_agent", session.userAgent)
            json.field("created_at", session.createdAt)
            json.field("last_activity", session.lastActivity)
            json.field("expires_at", session.expiresAt)
            json.field("current", isCurrent)
        }
    }

    static let schema = Schema.ref(
        "Session",
        .object([
            .init("session_id", .string), .init("kind", .enumeration(["browser", "api"])), .init("device", .string),
            .init("ip", .string), .init("user_agent", .string), .init("created_at", .dateTime),
            .init("last_activity", .dateTime), .init("expires_at", .dateTime), .init("current", .boolean),
        ]))
}

struct InvitationResource: JSONWritable {
    let invitation: Invitation
    /// Only in the answer that makes the invitation.
    var link: String?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("invitation_id", invitation.id)
            json.field("email", invitation.email)
            json.field("role", invitation.role.rawValue)
            json.field("invited_by", invitation.invitedBy)
            json.field("created_at", invitation.createdAt)
            json.field("expires_at", invitation.expiresAt)
            if let link { json.field("link", link) }
        }
    }

    static let schema = Schema.ref(
        "Invitation",
        .object([
            .init("invitation_id", .string), .init("email", .string),
            .init("role", .enumeration(RoleRules.order.map(\.rawValue))), .init("invited_by", .string),
            .init("created_at", .dateTime), .init("expires_at", .dateTime),
            .optional("link", .string, "Shown once, when the invitation is made."),
        ]))
}

/// A list that is always whole: the envelope of big lists with everything on one page.
struct WholeList<Item: JSONWritable>: JSONWritable {
    let items: [Item]

    func write(to json: inout JSONWriter) {
        ListEnvelope(items, page: PageInfo(limit: max(items.count, 1), nextCursor: nil, total: items.count))
            .write(to: &json)
    }
}
