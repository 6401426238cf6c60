import Foundation
import Records
import Vault
import Web

extension GoogleAdsConnector {
    /// The code inside the failure says what to do; the HTTP status only says that something is wrong.
    public func fault(in response: VendorResponse) -> VendorFault? {
        guard !response.isSuccess else { return nil }
        let error = response.json.at("error") ?? response.json.at("0.error") ?? .null
        let message = error.at("message")?.text ?? response.excerpt
        for failure in error.at("details")?.list ?? [] {
            for item in failure.at("errors")?.list ?? [] {
                guard case .object(let codes)? = item.at("errorCode"), let code = codes.first else { continue }
                let words = item.at("message")?.text ?? message
                let known = Self.fault(code.name, code.value.text ?? "", item, words, status: response.status)
                if let known { return known }
            }
        }
        return .standard(response, message: message)
    }

    private static func fault(
        _ kind: String, _ code: String, _ item: JSONValue, _ message: String, status: Int
    ) -> VendorFault? {
        switch (kind, code) {
        case ("quotaError", "RESOURCE_EXHAUSTED"): .rateLimited(wait: retryDelay(item) ?? 3600, policy: code)
        case ("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED"): .rateLimited(wait: retryDelay(item) ?? 5, policy: code)
        case ("quotaError", "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION"),
            ("quotaError", "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION"):
            .permanent(status: status, message: message)
        case ("internalError", _), ("databaseError", "CONCURRENT_MODIFICATION"): .retry(code)
        case ("authenticationError", "OAUTH_TOKEN_EXPIRED"), ("authenticationError", "OAUTH_TOKEN_INVALID"):
            .authExpired
        case ("authenticationError", "OAUTH_TOKEN_REVOKED"): .actionRequired(.reconnect, message: message)
        case ("authenticationError", "NOT_ADS_USER"), ("authenticationError", "CUSTOMER_NOT_FOUND"),
            ("authorizationError", "USER_PERMISSION_DENIED"):
            .actionRequired(.chooseAccount, message: message)
        case (_, "TWO_STEP_VERIFICATION_NOT_ENROLLED"), ("authorizationError", "CUSTOMER_NOT_ENABLED"):
            .actionRequired(.fixAtVendor, message: message)
        case ("authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"):
            .actionRequired(.configure, message: message)
        case ("queryError", _): .schema(field: code, message: message)
        default: nil
        }
    }

    /// `"30s"`, also with a fraction.
    private static func retryDelay(_ item: JSONValue) -> TimeInterval? {
        guard let text = item.at("details.quotaErrorDetails.retryDelay")?.text, text.hasSuffix("s") else { return nil }
        return Double(text.dropLast())
    }

    // MARK: Actions

    /// With `validate_only` set to `true` Google checks the change and leaves everything as it is.
    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        guard let account = Self.digits(fields["account"] ?? fields["customer_id"]) else { return nil }
        func mutate(_ service: String, _ id: String, _ field: String, mask: String, _ value: JSONValue) -> VendorRequest
        {
            let update: JSONValue = [
                "resourceName": .string("customers/\(account)/\(service)/\(id)"), field: value,
            ]
            var request = VendorRequest.post(
                "/customers/\(account)/\(service):mutate",
                [
                    "operations": [["updateMask": .string(mask), "update": update]], "partialFailure": false,
                    "validateOnly": .bool(settings.values["validate_only"] == "true"),
                ], endpoint: "write")
            request.headers.add("login-customer-id", Self.digits(fields["login_customer_id"]))
            return request
        }
        switch action {
        case .setStatus(let entity, let id, let active):
            let services = ["campaign": "campaigns", "ad_group": "adGroups", "ad": "adGroupAds"]
            guard let service = services[entity], !id.hasPrefix("asset_group:") else { return nil }
            return mutate(service, id, "status", mask: "status", active ? "ENABLED" : "PAUSED")
        case .setBudget(let id, let minor, let currency):
            let micros = JSONValue.string(String(Amount.micros(minor: minor, currency)))
            return mutate("campaignBudgets", id, "amountMicros", mask: "amount_micros", micros)
        case .setBid(let id, let minor, let currency):
            guard !id.hasPrefix("asset_group:") else { return nil }
            let micros = JSONValue.string(String(Amount.micros(minor: minor, currency)))
            return mutate("adGroups", id, "cpcBidMicros", mask: "cpc_bid_micros", micros)
        default: return nil
        }
    }
}
