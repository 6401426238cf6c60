/// Who is asking: a person and the sign-in they use. Made only by looking up a live session.
public final class Identity: Sendable {
    public let user: User
    public let session: Session

    init(user: User, session: Session) {
        self.user = user
        self.session = session
    }
}
