import Audit
import BSON
import Foundation
import Tenancy
import Vault

/// The name people gave a segment. It goes with the segment from run to run.
struct GivenName: TenantDocument, Codable, Sendable {
    /// The segment's id.
    let id: String
    let runID: String
    let label: String
    let updatedAt: Date

    static let spec = CollectionSpec(
        "eyes_segment_names", indexes: [IndexSpec("run", [("run_id", 1)])],
        validator: .schema(
            required: ["run_id", "label", "updated_at"],
            properties: ["label": ["bsonType": "string"], "updated_at": ["bsonType": "date"]]))

    /// The longest name.
    static let most = 80

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case label
        case runID = "run_id"
        case updatedAt = "updated_at"
    }
}

extension EyesStore {
    private var names: TenantCollection<GivenName> { TenantCollection(scope, database) }

    /// By segment id.
    func names(of runID: String) async throws -> [String: String] {
        let found = try await names.find(.eq("run_id", .string(runID)))
        return Dictionary(found.map { ($0.id, $0.label) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil takes the given name away again.
    func name(_ segmentID: String, of runID: String, _ label: String?, at now: Date) async throws {
        guard let label else {
            _ = try await names.delete(.id(segmentID))
            return
        }
        try await names.replace(
            GivenName(id: segmentID, runID: runID, label: label, updatedAt: now), upsert: true)
    }

    /// Gives the segments of a run the names of those they were found again as. Called before the run is shown.
    func carryNames(to runID: String, at now: Date) async throws {
        let segments = try await segments(of: runID)
        let former = segments.compactMap(\.previousID)
        guard !former.isEmpty else { return }
        let known = Dictionary(
            try await names.find(.in("_id", former.map { .string($0) })).map { ($0.id, $0.label) },
            uniquingKeysWith: { first, _ in first })
        for segment in segments {
            guard let label = segment.previousID.flatMap({ known[$0] }) else { continue }
            try await name(segment.id, of: runID, label, at: now)
        }
    }
}

extension EyesService {
    /// Renames a segment of the published run; an empty name brings back the one made from the profile.
    func rename(
        _ scope: TenantScope, _ published: PublishedRun, _ segment: Segment, to label: String, requestID: String?
    ) async throws {
        try scope.require(.eyesManage)
        try scope.requireWritable()
        let text = label.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.count <= GivenName.most, !text.contains(where: \.isNewline) else {
            throw EyesError.invalidConfig(["label"])
        }
        let runID = published.run.id
        try await store(scope).name(segment.id, of: runID, text.isEmpty ? nil : text, at: clock.now())
        memory.renamed(scope, runID)
        try await audit.record(
            scope,
            AuditEntry(
                .dataModification, "eyes.segment_renamed", on: "eyes_segment", segment.id,
                before: segment.name.given.map { ["label": .string($0)] },
                after: ["label": .string(text)]), requestID: requestID)
    }
}
