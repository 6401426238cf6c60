import Foundation
import Waiting

extension VendorHost {
    /// `POST /_bench/<what>` breaks or mends the server, so that a person with a browser can see what follows:
    /// `revoke`, `renew`, `expire`, `tired/<seconds>` (429), `down` (500), `down/<end of a path>`, `slow`, `stall` (in the
    /// middle of a body), `cut`, `quiet` (an error in a 200), `page` (a web page in a 200), `rename/<field>`, `heal`; and
    /// `change` lets something happen to the first rows of every list. Nil for every other address.
    func control(_ call: VendorCall) -> VendorReply? {
        guard call.method == "POST", call.path.hasPrefix("/_bench/") else { return nil }
        let many = 1_000_000
        let what = call.path.dropFirst("/_bench/".count)
        switch what {
        case "revoke": server.revoke()
        case "renew": server.renew()
        case "expire": server.expireTokens()
        case _ where what.hasPrefix("tired/"):
            guard let seconds = Int(what.dropFirst("tired/".count)) else { return VendorReply(404) }
            inject(Fault(.tooMany(retryAfter: seconds), times: many))
        case "down": inject(Fault(.error(500), times: many))
        case _ where what.hasPrefix("down/"):
            inject(Fault(.error(503), on: String(what.dropFirst("down/".count)), times: many))
        case "stall": inject(Fault(.stall(Gate()), times: many))
        case "change": world.touch(row: 1, at: world.clock.now())
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
