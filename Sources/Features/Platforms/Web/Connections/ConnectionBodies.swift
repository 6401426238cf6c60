import Connectors
import Foundation
import Web

/// The body of `POST /platforms/connect`.
struct ConnectBody: Decodable, Sendable {
    var platform: String
    var label: String?
    /// Which way to sign in; the best one with the fields that were sent unless said.
    var method: String?
    /// What the way asks for, by name.
    var credentials: [String: String]?

    /// - Throws: 422 for a label that is none.
    func checkedLabel() throws -> String? {
        guard let label = label?.trimmingCharacters(in: .whitespacesAndNewlines) else { return nil }
        guard 1...80 ~= label.count else {
            throw Problem.validation([.init(field: "label", code: "invalid", message: "1 to 80 characters.")])
        }
        return label
    }

    /// The way that is meant: the one named, or the first whose required fields are all there.
    func chosen(_ offer: PlatformOffer) -> AuthMethod? {
        if let method { return offer.methods.first { $0.id == method } }
        let given = credentials ?? [:]
        return offer.methods.first { method in
            !method.isRedirect && method.fields.allSatisfy { !$0.isRequired || given[$0.name] != nil }
        }
    }
}

/// The body of `POST /connections/{id}/reauthorize`.
struct ReauthorizeBody: Decodable, Sendable {
    var credentials: [String: String]?
}

/// The body of `PUT /connections/{id}/consent-policy`.
struct ConsentPolicyBody: Decodable, Sendable {
    var purposes: [String: [String]]
    var days: Int
}
