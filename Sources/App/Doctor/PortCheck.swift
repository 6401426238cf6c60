#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whether the service can listen where it is told to.
struct PortCheck {
    enum Finding: Equatable {
        case free
        /// This program's service answers there.
        case ours
        case taken
        case forbidden
        case unknownHost
    }

    let host: String
    let port: Int

    func find() -> Finding {
        guard port != 0 else { return .free }
        guard
            let refusal = withSocket({ descriptor, address, length in
                var yes: Int32 = 1
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
                return bind(descriptor, address, length) == 0 && listen(descriptor, 1) == 0 ? 0 : errno
            })
        else { return .unknownHost }
        switch refusal {
        case 0: return .free
        case EACCES, EPERM: return .forbidden
        case EADDRINUSE: return answersAsOurs() ? .ours : .taken
        default: return .unknownHost
        }
    }

    /// What is in the way of listening, with what to do; nil where nothing is.
    func obstacle() -> (words: String, remedy: String)? {
        switch find() {
        case .free: nil
        case .ours:
            ("port \(port) is already served by this program", "End the one that runs, or choose another OMNIFY_PORT.")
        case .taken:
            ("port \(port) is taken by another program", "End it, or choose another port with OMNIFY_PORT.")
        case .forbidden:
            ("no right to listen on port \(port)", "Choose a port above 1023 with OMNIFY_PORT.")
        case .unknownHost:
            ("\(host) is no address of this machine", "Name one with OMNIFY_HOST: 127.0.0.1, or 0.0.0.0 for all.")
        }
    }

    /// Asks whoever listens there for its health, as our service tells it.
    private func answersAsOurs() -> Bool {
        let answer = withSocket { descriptor, address, length -> String in
            // The one for sending also ends an attempt to connect to somebody who never accepts.
            for side in [SO_RCVTIMEO, SO_SNDTIMEO] {
                var patience = timeval(tv_sec: 2, tv_usec: 0)
                setsockopt(descriptor, SOL_SOCKET, side, &patience, socklen_t(MemoryLayout<timeval>.size))
            }
            guard connect(descriptor, address, length) == 0 else { return "" }
            let request = Array("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
            guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return "" }
            var text: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while text.count < 65_536 {
                let count = recv(descriptor, &chunk, chunk.count, 0)
                guard count > 0 else { break }
                text += chunk[..<count]
            }
            return String(decoding: text, as: UTF8.self)
        }
        return answer.map { $0.contains("\"uptime_s\"") && $0.contains("\"migrations\"") } ?? false
    }

    /// Lends a stream socket and the address; nil where the host has none.
    private func withSocket<R>(_ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> R) -> R? {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = list else { return nil }
        defer { freeaddrinfo(list) }
        let descriptor = socket(first.pointee.ai_family, first.pointee.ai_socktype, first.pointee.ai_protocol)
        guard descriptor >= 0, let address = first.pointee.ai_addr else { return nil }
        defer { close(descriptor) }
        return body(descriptor, address, first.pointee.ai_addrlen)
    }
}
