import Foundation

extension VendorHost {
    /// `POST /_bench/<what>` breaks or mends the server, so that a person with a browser can see what follows:
    /// `revoke`, `renew`, `expire`, `tired` (429), `down` (500), `cut`, `quiet` (an error in a 200), `heal`. Nil for
    /// every other address.
    func control(_ call: VendorCall) -> VendorReply? {
        guard call.method == "POST", call.path.hasPrefix("/_bench/") else { return nil }
        let many = 1_000_000
        switch call.path.dropFirst("/_bench/".count) {
        case "revoke": server.revoke()
        case "renew": server.renew()
        case "expire": server.expireTokens()
        case "tired": inject(Fault(.tooMany(retryAfter: 60), times: many))
        case "down": inject(Fault(.error(500), times: many))
        case "cut": inject(Fault(.cut, times: many))
        case "quiet": inject(Fault(.reply(server.quietFailure()), times: many))
        case "heal": heal()
        default: return VendorReply(404)
        }
        return VendorReply(204)
    }
}
