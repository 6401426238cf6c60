import Vault

/// Makes secrets for the configuration.
public enum KeyGenerator {
    /// A new 256-bit master key as `id:base64url`, the form that OMNIFY_MASTER_KEYS takes.
    public static func masterKey(id: String) -> String {
        id + ":" + RandomToken.make(bytes: 32)
    }
}
