import Foundation

/// Leaves the key out when there is no value, as the Codable bridge does.
extension BSONWriter {
    public mutating func appendIfPresent(_ key: String, _ value: String?) {
        if let value { append(key, value) }
    }

    public mutating func appendIfPresent(_ key: String, _ value: Int?) {
        if let value { append(key, value) }
    }

    public mutating func appendIfPresent(_ key: String, _ value: Int64?) {
        if let value { append(key, value) }
    }

    public mutating func appendIfPresent(_ key: String, _ value: Double?) {
        if let value { append(key, value) }
    }

    public mutating func appendIfPresent(_ key: String, _ value: Bool?) {
        if let value { append(key, value) }
    }

    public mutating func appendIfPresent(_ key: String, _ value: Date?) {
        if let value { append(key, value) }
    }

    public mutating func appendIfPresent(_ key: String, _ value: BSONDocument?) {
        if let value { append(key, value) }
    }
}
