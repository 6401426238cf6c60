import FaultLab
import Records
import Testing
import VendorServers

@testable import Connectors

extension Lab {
    /// The exact request a connector makes of an act by itself, from the parts a dry run takes: without looks, consent
    /// and approval, which ``ActionTests`` walk through.
    func request(_ action: PlatformAction, at connection: Connection) throws -> ExactRequest {
        let (connector, calls) = (bench.connector, try service.calls(scope, connection, for: bench.connector))
        let fields = calls.client.actionFields
        let request = try #require(connector.request(for: action, fields: fields, settings: calls.settings))
        let builder = RequestBuilder(
            connector: connector, settings: calls.settings, fields: fields, account: calls.account)
        return ExactRequest(try builder.unsigned(request))
    }
}
