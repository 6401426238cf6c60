import BSON
import Foundation
import Tenancy

/// A part of what a run worked on, packed: part 0 is the head of its archive, the others hold whole customers in canonical
/// form. With it a run of any month can be made again to the byte, whatever has been imported since.
struct StoredInput: TenantDocument, Codable, Sendable {
    let id: String
    let runID: String
    let part: Int
    /// Plain bytes.
    var size: Int
    /// Gzip.
    var packed: Data
    /// People whose lines were taken out since, because they are no longer stored. Such a run cannot be repeated.
    var forgotten: Int

    static let spec = CollectionSpec(
        "eyes_run_inputs", indexes: [IndexSpec("run_part", [("run_id", 1), ("part", 1)], unique: true)],
        validator: .schema(
            required: ["run_id", "part", "size", "packed", "forgotten"],
            properties: ["run_id": ["bsonType": "string"], "packed": ["bsonType": "binData"]]))

    /// A part is closed once it has so many plain bytes.
    static let fullSize = 4 << 20

    static func id(runID: String, part: Int) -> String { "\(runID.dropFirst(4)).\(part)" }

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case runID = "run_id"
        case part, size, packed, forgotten
    }
}
