import Crypto
import Foundation
import Vault
import Web

/// The token calls of OAuth 2: for a code, for a refresh token, with client credentials.
struct TokenExchange: Sendable {
    let builder: RequestBuilder
    let transport: VendorTransport

    private var settings: PlatformSettings { builder.settings }

    /// Where the browser is sent.
    func authorizeURL(_ oauth: OAuth2, redirectURI: String, state: String, verifier: String?) throws -> String {
        guard let address = settings.addresses["authorize"], let clientID = settings.clientID else {
            throw VendorFault.actionRequired(.configure, message: "client_id is not set")
        }
        var query: Pairs = oauth.leavesOut.contains("response_type") ? [:] : ["response_type": "code"]
        query.add(name("client_id", oauth), clientID)
        query.add("redirect_uri", redirectURI)
        if !settings.scopes.isEmpty { query.add("scope", settings.scopes.joined(separator: oauth.scopeSeparator)) }
        query.add("state", state)
        if let verifier {
            query.add("code_challenge", Base64URL.encode(SHA256.hash(data: Array(verifier.utf8))))
            query.add("code_challenge_method", "S256")
        }
        for item in oauth.authorizeParameters.items { query.set(item.name, item.value) }
        let url = try builder.filled(address)
        return url + (url.contains("?") ? "&" : "?") + query.encoded
    }

    /// The time at the vendor, as its replies to token calls tell it.
    func vendorTime() throws -> Date {
        transport.clocks.now(at: try builder.filled(settings.addresses["token"] ?? ""))
    }

    func exchange(
        code: String, _ oauth: OAuth2, redirectURI: String, verifier: String?, into credentials: Credentials
    ) async throws -> Credentials {
        var form: Pairs = ["grant_type": "authorization_code"]
        form.add(name("code", oauth), code)
        form.add("redirect_uri", redirectURI)
        form.add("code_verifier", verifier)
        return try await ask(form, oauth, credentials)
    }

    func refresh(_ credentials: Credentials, _ method: AuthMethod) async throws -> Credentials {
        switch method.kind {
        case .oauth2(let oauth, _, _): return try await refresh(credentials, oauth)
        case .clientCredentials(let id, let secret, let clientAuth):
            let oauth = OAuth2(refresh: .none, clientAuth: clientAuth)
            let client = (
                credentials.secrets[id] ?? settings.clientID,
                credentials.secrets[secret] ?? settings.clientSecret?.reveal()
            )
            return try await ask(["grant_type": "client_credentials"], oauth, credentials, client: client)
        case .header, .basic, .oauth1:
            throw VendorFault.actionRequired(.reconnect, message: "The key is no longer accepted.")
        }
    }

    private func refresh(_ credentials: Credentials, _ oauth: OAuth2) async throws -> Credentials {
        switch oauth.refresh {
        case .none: throw VendorFault.actionRequired(.reconnect, message: "The access has ended.")
        case .exchange(let grant, let parameter):
            guard let token = credentials.accessToken else { throw VendorFault.authExpired }
            var form: Pairs = ["grant_type": grant]
            form.add(parameter, token)
            var own = oauth
            own.leavesOut.remove("grant_type")
            return try await ask(form, own, credentials)
        case .kept, .rotating:
            guard let token = credentials.refreshToken else {
                throw VendorFault.actionRequired(.reconnect, message: "There is no refresh token.")
            }
            return try await ask(["grant_type": "refresh_token", "refresh_token": token], oauth, credentials)
        }
    }

    private func name(_ standard: String, _ oauth: OAuth2) -> String { oauth.parameterNames[standard] ?? standard }

    private func ask(
        _ parameters: Pairs, _ oauth: OAuth2, _ old: Credentials, client: (String?, String?)? = nil
    ) async throws -> Credentials {
        let (id, secret) = client ?? (settings.clientID, settings.clientSecret?.reveal())
        guard let id, let secret else { throw VendorFault.actionRequired(.configure, message: "client_id is not set") }
        let kept = parameters.items.filter { !oauth.leavesOut.contains($0.name) }.map { ($0.name, $0.value) }
        var form = Pairs(kept) + oauth.tokenParameters
        var request = VendorRequest(.post, "", base: "token", isSigned: false)
        switch oauth.clientAuth {
        case .basic: request.headers.set("Authorization", Signer.basic(id, secret))
        case .body:
            form.add(name("client_id", oauth), id)
            form.add(name("client_secret", oauth), secret)
        }
        switch oauth.encoding {
        case .form: request.body = .form(form)
        case .json: request.body = .json(.object(form.items.map { .init($0.name, .string($0.value)) }))
        case .query:
            request.method = .get
            request.query = form
        }
        let response = try await send(request)
        return try credentials(response, oauth, old)
    }

    /// Twice more when the line fails: a code or a rotating token that has been used answers for itself.
    private func send(_ request: VendorRequest) async throws -> VendorResponse {
        let message = try builder.unsigned(request)
        let response = try await transport.send(message, timeout: settings.breaker.timeout)
        if response.status == 429 || response.status >= 500 {
            throw VendorFault.standard(response) ?? .retry("token call")
        }
        return response
    }

    private func credentials(_ response: VendorResponse, _ oauth: OAuth2, _ old: Credentials) throws -> Credentials {
        guard response.isSuccess, let access = response.json.at(oauth.accessTokenPath)?.text else {
            let message = response.json.firstText("error_description", "message", "error") ?? "HTTP \(response.status)"
            throw VendorFault.actionRequired(.reconnect, message: message)
        }
        var fresh = old
        fresh.accessToken = access
        fresh.refreshToken = response.json.at(oauth.refreshTokenPath)?.text ?? old.refreshToken
        // Seconds from now, or a moment.
        let expiry = response.json.at(oauth.expiresInPath)
        fresh.expiresAt = expiry?.number.map { response.receivedAt.addingTimeInterval($0) } ?? expiry?.time
        fresh.refreshExpiresAt =
            response.json.firstText("refresh_token_expires_in").flatMap(Double.init)
            .map { response.receivedAt.addingTimeInterval($0) } ?? old.refreshExpiresAt
        let scopes = response.json.at(oauth.scopePath)
        let listed =
            scopes?.arrayValue?.compactMap(\.text)
            ?? scopes?.text?.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
        if let listed, !listed.isEmpty { fresh.scopes = listed }
        let told = oauth.fieldPaths.compactMapValues { response.json.at($0)?.text }
        if !told.isEmpty { fresh.fields = (old.fields ?? [:]).merging(told) { $1 } }
        return fresh
    }
}
