import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// How the server listens.
public struct WebServerConfiguration: Sendable {
    public var host: String
    /// 0 takes any free port.
    public var port: Int
    /// Connections the kernel may queue before we accept them.
    public var backlog: Int
    /// Silent connections are closed after this; streams being written are not silent.
    public var idleTimeout: Duration

    public init(
        host: String = "127.0.0.1", port: Int = 8080, backlog: Int = 1024, idleTimeout: Duration = .seconds(60)
    ) {
        self.host = host
        self.port = port
        self.backlog = backlog
        self.idleTimeout = idleTimeout
    }
}

/// Makes the HTTP server as a service for the process's one service group: on graceful shutdown it stops accepting,
/// lets requests finish and ends streams.
public enum WebServer {
    /// - Parameters:
    ///   - onRunning: called with the port once the server listens
    public static func application(
        _ router: Router<BasicWebContext>, _ configuration: WebServerConfiguration, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> Application<RouterResponder<BasicWebContext>> {
        let seconds = configuration.idleTimeout.components.seconds
        return Application(
            router: router,
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(seconds),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16_384, maxHeaderListSize: 32_768, maxHeaderFieldCount: 100))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                backlog: configuration.backlog),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) },
            logger: logger)
    }
}
