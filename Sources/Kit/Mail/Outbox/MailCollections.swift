import BSON
import Jobs

/// The collection this room owns. `partition` holds the organization's id, or ``Heartbeats/system``.
public enum MailCollections {
    public static let outbox = CollectionDeclaration(
        name: "mail_outbox",
        indexes: [
            IndexDeclaration("key", [("partition", 1), ("key", 1)], isUnique: true),
            IndexDeclaration("state_next", [("state", 1), ("next_at", 1)]),
            IndexDeclaration("partition_state", [("partition", 1), ("state", 1)]),
            IndexDeclaration("expires", [("expires_at", 1)], expireAfterSeconds: 0),
        ])

    public static let all = [outbox]
}
