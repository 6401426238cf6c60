import Foundation

extension VendorHost {
    /// `POST /_bench/<what>` breaks or mends the server, so that a person with a browser can see what follows:
    /// `revoke`, `renew`, `expire`, `tired` (429), `down` (500), `slow`, `cut`, `quiet` (an error in a 200), `page` (a web
    /// page in a 200), `rename/<field>`, `heal`. Nil for every other address.
    func control(_ call: VendorCall) -> VendorReply? {
        guard call.method == "POST", call.path.hasPrefix("/_bench/") else { return nil }
        let many = 1_000_000
        let what = call.path.dropFirst("/_bench/".count)
        switch what {
        case "revoke": server.revoke()
        case "renew": server.renew()
        case "expire": server.expireTokens()
        case "tired": inject(Fault(.tooMany(retryAfter: 60), times: many))
        case "down": inject(Fault(.error(500), times: many))
        case "slow": inject(Fault(.slow(.seconds(120)), times: many))
        case "cut": inject(Fault(.cut, times: many))
        case "page": inject(Fault(.reply(Self.maintenance), times: many))
        case _ where what.hasPrefix("rename/"):
            let field = what.dropFirst("rename/".count)
            inject(Fault(.replacing("\"\(field)\"", with: "\"renamed_field\""), times: many))
        case "quiet": inject(Fault(.reply(server.quietFailure()), times: many))
        case "heal": heal()
        default: return VendorReply(404)
        }
        return VendorReply(204)
    }

    private static let maintenance = VendorReply(
        200, headers: [("Content-Type", "text/html")],
        body: Array("<!doctype html><title>Maintenance</title><p>We will be back soon.</p>".utf8))
}
