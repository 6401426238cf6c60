import BSON
import CMongoC

extension MongoError {
    init(message: String, code: Int, fault: omc_fault, reply: BSONDocument) {
        let writeErrors = Self.writeErrors(in: reply)
        let detail = reply["writeErrors"]?.arrayValue?.first?.documentValue ?? reply
        let labels = Set((reply["errorLabels"]?.arrayValue ?? []).compactMap(\.stringValue))
        self.init(
            Self.kind(code, fault, message: message, detail: detail, isWrite: !writeErrors.isEmpty),
            Self.withoutValues(message), code: code,
            codeName: detail["codeName"]?.stringValue ?? reply["codeName"]?.stringValue ?? "",
            labels: labels, writeErrors: writeErrors)
    }

    static func writeErrors(in reply: BSONDocument) -> [WriteError] {
        (reply["writeErrors"]?.arrayValue ?? []).compactMap(\.documentValue).map {
            WriteError(
                index: $0["index"]?.intValue ?? 0, code: $0["code"]?.intValue ?? 0,
                message: withoutValues($0["errmsg"]?.stringValue ?? ""))
        }
    }

    private static func kind(
        _ code: Int, _ fault: omc_fault, message: String, detail: BSONDocument, isWrite: Bool
    ) -> Kind {
        if fault == OMC_FAULT_UNREACHABLE { return .unavailable }
        if fault == OMC_FAULT_CALLER { return .invalid }
        switch code {
        case 11000, 11001, 12582: return .duplicateKey(index: indexName(message), keys: keys(detail))
        case 50, 262, 202: return .timeout
        // Not primary, stepping down, shutting down, host unreachable: the server's "try elsewhere or later".
        case 6, 7, 89, 91, 189, 9001, 10107, 11600, 11602, 13435, 13436: return .unavailable
        default: return isWrite || code == 121 ? .write : .command
        }
    }

    private static func keys(_ detail: BSONDocument) -> [String] { detail["keyPattern"]?.documentValue?.keys ?? [] }

    /// From "E11000 duplicate key error collection: db.name index: slug_1 dup key: …".
    private static func indexName(_ message: String) -> String {
        guard let start = message.firstRange(of: "index: ") else { return "" }
        return String(message[start.upperBound...].prefix { $0 != " " })
    }

    /// The server repeats stored values after "dup key:"; they may be personal data.
    private static func withoutValues(_ message: String) -> String {
        guard let start = message.firstRange(of: " dup key:") else { return message }
        return String(message[..<start.lowerBound])
    }
}
