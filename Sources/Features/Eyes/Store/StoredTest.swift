import BSON
import Tenancy

/// The test rows behind a model card, so that its figures can be recounted: probabilities and outcomes, nobody's name.
struct StoredTest: TenantDocument, Sendable, Equatable {
    let id: String
    let runID: String
    let horizon: Horizon
    let probabilities: [Double]
    let labels: [Bool]
    /// Spend of 90 days expected at the test cut-off, in minor units; empty in runs from before these were kept.
    let spends: [Double]

    static let spec = CollectionSpec(
        "eyes_model_tests", indexes: [IndexSpec("run", [("run_id", 1)])],
        validator: .schema(required: ["run_id", "horizon"], properties: ["run_id": ["bsonType": "string"]]))

    init(_ test: TestPredictions, runID: String) {
        id = EyesPipeline.modelVersion(runID: runID, horizon: test.horizon)
        self.runID = runID
        horizon = test.horizon
        probabilities = test.probabilities
        labels = test.labels
        spends = test.spends
    }

    func bson() -> BSONDocument {
        var writer = BSONWriter(capacity: 16 * probabilities.count + labels.count + 300)
        writer.append("_id", id)
        writer.append("run_id", runID)
        writer.append("horizon", Int32(horizon.rawValue))
        writer.append("probabilities", Self.packed(probabilities))
        writer.append("labels", labels.map { $0 ? UInt8(1) : 0 })
        if !spends.isEmpty { writer.append("spends", Self.packed(spends)) }
        return writer.finish()
    }

    init(bson: BSONDocument) throws {
        id = try bson.string("_id")
        runID = try bson.string("run_id")
        guard let horizon = Horizon(rawValue: try bson.int("horizon")) else { throw EyesError.damagedRow(id) }
        self.horizon = horizon
        probabilities = Self.unpacked(bson["probabilities"])
        spends = Self.unpacked(bson["spends"])
        labels = (bson["labels"]?.binaryValue?.bytes ?? []).map { $0 == 1 }
    }

    private static func packed(_ values: [Double]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 8)
        for value in values {
            let bits = value.bitPattern
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        return bytes
    }

    private static func unpacked(_ value: BSONValue?) -> [Double] {
        let bytes = value?.binaryValue?.bytes ?? []
        return stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            var bits: UInt64 = 0
            for place in 0..<8 { bits |= UInt64(bytes[start + place]) << UInt64(8 * place) }
            return Double(bitPattern: bits)
        }
    }
}
