import Tenancy
import Web

/// People, sign-ins, teams and organizations' settings.
public enum Accounts {
    /// The collections this feature owns. All are global: a person, their sessions and tokens belong to no single
    /// organization, and an invitation is opened by somebody who is not a member yet.
    public static let collections: [CollectionSpec] = [
        UserStore.spec, SessionStore.spec, RefreshTokenStore.spec, LoginAttemptStore.spec, InvitationStore.spec,
        SigningKeyStore.spec,
    ]

    /// Every page, for the template lint.
    public static let pages: [any Page.Type] = [
        LoginPage.self, SignupPage.self, TeamPage.self, RemoveMemberPage.self, OrganizationPage.self, ProfilePage.self,
        OrganizationsPage.self, JoinPage.self, ForbiddenPage.self,
    ]
}
