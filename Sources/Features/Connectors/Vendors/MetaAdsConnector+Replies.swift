import Crypto
import Foundation
import Records
import Vault
import Web

extension MetaAdsConnector {
    /// Meta's own code decides, never the HTTP status. A report that is still being made is waited for here too.
    public func fault(in response: VendorResponse) -> VendorFault? {
        guard let error = response.json.at("error"), error.isObject else {
            return Self.unfinished(response.json) ?? .standard(response)
        }
        let code = error.at("code")?.whole ?? 0
        let subcode = error.at("error_subcode")?.whole ?? 0
        let message = error.firstText("error_user_msg", "message") ?? "code \(code)"
        return limit(code, subcode, response) ?? Self.signIn(code, message) ?? Self.other(code, subcode, message, error)
            ?? .permanent(status: response.status, message: "\(message) (code \(code))")
    }

    private static func unfinished(_ reply: JSONValue) -> VendorFault? {
        let waiting = ["Job Not Started", "Job Started", "Job Running"]
        guard let status = reply.at("async_status")?.text else { return nil }
        let isWhole = reply.at("async_percent_completion")?.number ?? 100 >= 100
        guard waiting.contains(status) || status == "Job Completed" && !isWhole else { return nil }
        return .unfinished
    }

    private func limit(_ code: Int64, _ subcode: Int64, _ response: VendorResponse) -> VendorFault? {
        switch code {
        case 4, 17, 32, 613, 80_000...80_099:
            .rateLimited(wait: Self.usage(response)?.wait ?? 300, policy: "code \(code)")
        default: nil
        }
    }

    private static func signIn(_ code: Int64, _ message: String) -> VendorFault? {
        switch code {
        case 102, 190: .authExpired
        case 10, 200...299: .actionRequired(.addScope, message: message)
        case 368: .actionRequired(.fixAtVendor, message: message)
        case 2635: .actionRequired(.configure, message: message)
        default: nil
        }
    }

    private static func other(_ code: Int64, _ subcode: Int64, _ message: String, _ error: JSONValue) -> VendorFault? {
        if code == 100, subcode == 1_504_018 || subcode == 1_487_534 {
            return .permanent(status: 400, message: message)
        }
        if code == 100, subcode == 33 { return .retry("object missing") }
        if code == 294 { return .actionRequired(.addScope, message: message) }
        if code == 1 || code == 2 || subcode == 99 || error.at("is_transient")?.flag == true {
            return .retry("code \(code)")
        }
        return nil
    }

    // MARK: Limits

    /// The fullest of the usages a reply tells, in percent, and how long until there is room again.
    static func usage(_ response: VendorResponse) -> (percent: Double, wait: TimeInterval?)? {
        var percent = -1.0
        var wait: TimeInterval?
        func take(_ value: JSONValue, _ names: [String], _ seconds: TimeInterval?) {
            for name in names { percent = max(percent, value.at(name)?.number ?? -1) }
            if let seconds, seconds > 0 { wait = max(wait ?? 0, seconds) }
        }
        if case .object(let cases)? = header("X-Business-Use-Case-Usage", response) {
            for item in cases.flatMap(\.value.list) {
                let minutes = item.at("estimated_time_to_regain_access")?.number
                take(item, ["call_count", "total_cputime", "total_time"], minutes.map { $0 * 60 })
            }
        }
        if let account = header("X-Ad-Account-Usage", response) {
            take(account, ["acc_id_util_pct"], account.at("reset_time_duration")?.number)
        }
        if let app = header("X-App-Usage", response) { take(app, ["call_count", "total_cputime", "total_time"], nil) }
        if let insights = header("X-FB-Ads-Insights-Throttle", response) {
            take(insights, ["app_id_util_pct", "acc_id_util_pct"], nil)
        }
        return percent < 0 ? nil : (percent, wait)
    }

    private static func header(_ name: String, _ response: VendorResponse) -> JSONValue? {
        response.headers[name].flatMap { try? JSONParser.parse(Array($0.utf8)) }
    }

    /// From three quarters on call by call, from 95 % on not at all until there is room.
    public func allowance(in response: VendorResponse) -> Allowance? {
        guard let usage = Self.usage(response) else { return nil }
        if usage.percent >= 95 { return Allowance(remaining: 0, limit: 100, resetAfter: usage.wait ?? 300) }
        return Allowance(remaining: usage.percent >= 75 ? 1 : 100 - usage.percent, limit: 100)
    }

    // MARK: Webhooks

    /// The verify token to enter at Meta is the last part of the address, which nobody else knows.
    public var webhooks: WebhookScheme? {
        WebhookScheme(
            .hmac(header: "X-Hub-Signature-256", .hex, prefix: "sha256="),
            challenge: { delivery, secrets in
                guard delivery.method == "GET", let parts = URLComponents(string: delivery.url) else { return nil }
                func value(_ name: String) -> String? { parts.queryItems?.first { $0.name == name }?.value }
                guard value("hub.mode") == "subscribe", let token = value("hub.verify_token"),
                    let own = parts.path.split(separator: "/").last, Self.isVerifyToken(token, of: own, secrets)
                else { return nil }
                return value("hub.challenge")
            }, letter: Self.letter)
    }

    public func events(in delivery: WebhookDelivery) throws -> [WebhookEvent] {
        let object = delivery.json.at("object")?.text ?? ""
        return (delivery.json.at("entry")?.list ?? []).flatMap { entry in
            (entry.at("changes")?.list ?? []).map { change in
                let field = change.at("field")?.text ?? ""
                let value = Hex.encode(SHA256.hash(data: (change.at("value") ?? .null).bytes).prefix(8))
                let id = [object, entry.at("id")?.text ?? "", entry.at("time")?.text ?? "", field, value]
                let touches = object == "ad_account" && field.hasSuffix("_ad_objects")
                return WebhookEvent(
                    id: id.joined(separator: "-"), topic: "\(object).\(field)",
                    touches ? .changed(streams: ["campaigns", "ad_groups", "creatives"]) : .ignored,
                    account: object == "ad_account" ? entry.at("id")?.text.map { .id(Self.number($0)) } : nil)
            }
        }
    }

    // MARK: Actions

    /// With `validate_only` set to `true` Meta checks the change and leaves everything as it is.
    public func request(
        for action: PlatformAction, fields: [String: String], settings: PlatformSettings
    ) -> VendorRequest? {
        func change(_ id: String, _ values: Pairs) -> VendorRequest {
            var form = values
            if settings.values["validate_only"] == "true" { form.add("execution_options", #"["validate_only"]"#) }
            return VendorRequest(.post, "/\(id)", body: .form(form), endpoint: "write")
        }
        func users(_ method: VendorRequest.Method, _ id: String, _ hashes: [String]) -> VendorRequest? {
            guard !hashes.isEmpty, hashes.count <= 10_000 else { return nil }
            let rows = JSONValue.array(hashes.map { .array([.string($0)]) })
            let payload = Self.text(["schema": ["EMAIL"], "data": rows])
            return VendorRequest(method, "/\(id)/users", body: .form(["payload": payload]), endpoint: "write")
        }
        switch action {
        case .setStatus(let entity, let id, let active):
            guard ["campaign", "ad_group", "ad"].contains(entity) else { return nil }
            return change(id, ["status": active ? "ACTIVE" : "PAUSED"])
        case .setBudget(let id, let minor, _): return change(id, ["daily_budget": String(minor)])
        case .setBid(let id, let minor, _): return change(id, ["bid_amount": String(minor)])
        case .uploadAudience(let id, let hashes): return users(.post, id, hashes)
        case .removeFromList(let id, let hashes): return users(.delete, id, hashes)
        default: return nil
        }
    }
}
