import Foundation
import NIOSSL

/// A certificate for `localhost` that only these tests trust, and its key, which protects nothing.
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBQDCB6KADAgECAgEHMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
        dDAgFw0yNDAxMDEwMDAwMDBaGA8yMTI0MDEwMTAwMDAwMFowFDESMBAGA1UEAwwJ
        bG9jYWxob3N0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAq+xOWMItMvHSUi7
        4ONR/3s5OAuwbVl+RNlVW7HelFUFzBOy1xzAuFyN8dPpdQ/b1Wr6DKLMyiKu2gAc
        YV94JqMpMCcwFAYDVR0RBA0wC4IJbG9jYWxob3N0MA8GA1UdEwEB/wQFMAMBAf8w
        CgYIKoZIzj0EAwIDRwAwRAIgYlNulzDX9PN+5yfZYtiNT3syIur5SAg1cUZnwg5+
        HZkCIHsA5SqLhRUFhgPMfRaWrv7AsFD7q9P5H4ZidS/MKq+z
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3TQy27mPc62UkiDW
        0v+GDLfUe2xujzaJryHz2H5fU0mhRANCAAQCr7E5Ywi0y8dJSLvg41H/ezk4C7Bt
        WX5E2VVbsd6UVQXME7LXHMC4XI3x0+l1D9vVavoMoszKIq7aABxhX3gm
        -----END PRIVATE KEY-----
        """

    static func server() throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
    }

    /// The certificate as a file, as an operator names it.
    static func file() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("smtp-\(UUID().uuidString).pem").path
        try certificate.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
