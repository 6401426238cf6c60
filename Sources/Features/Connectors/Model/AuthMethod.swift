import Foundation

/// Something a person fills in to connect, besides or instead of signing in at the vendor.
public struct CredentialField: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// Never shown again, sealed.
        case secret
        /// An account id, kept in the clear with the connection.
        case text
        /// A host name, such as a shop's domain; checked against `pattern` and kept in the clear.
        case host
        /// A whole base address the customer owns (WooCommerce, Magento): https, not a private address.
        case url
    }

    public let name: String
    public let kind: Kind
    /// A regular expression the whole value has to match.
    public let pattern: String?
    public let isRequired: Bool

    public init(_ name: String, _ kind: Kind, pattern: String? = nil, isRequired: Bool = true) {
        self.name = name
        self.kind = kind
        self.pattern = pattern
        self.isRequired = isRequired
    }
}

/// The OAuth 2 authorization code grant as one vendor does it.
public struct OAuth2: Sendable, Equatable {
    public enum Refresh: Sendable, Equatable {
        /// The same refresh token serves for ever.
        case kept
        /// Every refresh gives a new one and kills the old.
        case rotating
        /// No refresh token: the access token itself is exchanged for a fresh one, with this grant (Meta).
        case exchange(grant: String, parameter: String)
        /// The token does not expire.
        case none
    }

    public enum ClientAuth: Sendable, Equatable { case body, basic }
    /// `query`: a GET with everything in the address (Meta).
    public enum Encoding: Sendable, Equatable { case form, json, query }

    public var refresh: Refresh
    public var usesPKCE: Bool
    public var clientAuth: ClientAuth
    public var encoding: Encoding
    public var scopeSeparator: String
    /// Further parameters of the authorization address.
    public var authorizeParameters: Pairs
    /// Further parameters of the token call.
    public var tokenParameters: Pairs
    /// Dotted paths in the token reply, where they differ from RFC 6749 (TikTok: `data.access_token`).
    public var accessTokenPath: String
    public var refreshTokenPath: String
    public var expiresInPath: String
    public var scopePath: String
    /// Replaces `client_id` (TikTok: `app_id`), `client_secret` and `code`.
    public var parameterNames: [String: String]
    /// Fields of the connection that come with the token reply, by their dotted paths in it (a location, a store).
    public var fieldPaths: [String: String]
    /// Standard parameters this vendor does not have, by their RFC names: `response_type` of the authorization address,
    /// anything in the token call.
    public var leavesOut: Set<String>
    /// Seconds before its end at which a token is replaced. Where the token itself is exchanged it has to be alive then.
    public var renewAhead: TimeInterval

    public init(
        refresh: Refresh, usesPKCE: Bool = false, clientAuth: ClientAuth = .body, encoding: Encoding = .form,
        scopeSeparator: String = " ", authorizeParameters: Pairs = [:], tokenParameters: Pairs = [:],
        accessTokenPath: String = "access_token", refreshTokenPath: String = "refresh_token",
        expiresInPath: String = "expires_in", scopePath: String = "scope", parameterNames: [String: String] = [:],
        fieldPaths: [String: String] = [:], leavesOut: Set<String> = [], renewAhead: TimeInterval = 120
    ) {
        self.refresh = refresh
        self.usesPKCE = usesPKCE
        self.clientAuth = clientAuth
        self.encoding = encoding
        self.scopeSeparator = scopeSeparator
        self.authorizeParameters = authorizeParameters
        self.tokenParameters = tokenParameters
        self.accessTokenPath = accessTokenPath
        self.refreshTokenPath = refreshTokenPath
        self.expiresInPath = expiresInPath
        self.scopePath = scopePath
        self.parameterNames = parameterNames
        self.fieldPaths = fieldPaths
        self.leavesOut = leavesOut
        self.renewAhead = renewAhead
    }
}

/// One way to sign in to a platform. Addresses, client ids and scopes are in ``PlatformSettings``.
public struct AuthMethod: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// A header with a secret field in it: `Authorization: Klaviyo-API-Key {key}`.
        case header(String, prefix: String = "", field: String)
        /// HTTP Basic with two fields.
        case basic(user: String, password: String)
        /// OAuth 2 with a code; the access token goes into `header` behind `prefix`.
        case oauth2(OAuth2, header: String = "Authorization", prefix: String = "Bearer ")
        /// OAuth 2 client credentials from two fields of the customer (PayPal) or from configuration.
        case clientCredentials(id: String, secret: String, clientAuth: OAuth2.ClientAuth = .basic)
        /// OAuth 1.0a, HMAC-SHA256, with the four fields of an integration (Magento).
        case oauth1(consumerKey: String, consumerSecret: String, token: String, tokenSecret: String)
    }

    /// `oauth`, `key`, …; stored with the connection.
    public let id: String
    public let kind: Kind
    /// What a person fills in before (OAuth) or instead of signing in.
    public let fields: [CredentialField]
    /// A query parameter with the hex HMAC-SHA256 of the token under the client secret: proof that the caller is the
    /// app the token was made for (Meta's `appsecret_proof`). Left out while no client secret is configured.
    public let tokenProof: String?

    public init(_ id: String, _ kind: Kind, fields: [CredentialField] = [], tokenProof: String? = nil) {
        self.id = id
        self.kind = kind
        self.fields = fields
        self.tokenProof = tokenProof
    }

    /// Whether a person leaves for the vendor's page.
    public var isRedirect: Bool { if case .oauth2 = kind { true } else { false } }

    /// Whether a refresh token is good once, so that it cannot be kept in two places.
    public var rotates: Bool {
        if case .oauth2(let oauth, _, _) = kind, case .rotating = oauth.refresh { true } else { false }
    }
}
