import BSON
import Foundation
import Tenancy

/// The one small document that says which run an organization sees. Changing it is the switch that publishes a run.
public struct EyesState: TenantDocument, Codable, Sendable {
    public let id: String
    public var publishedRunID: String?
    public var publishedAt: Date?
    public var previousRunID: String?
    /// The last accepted model of each horizon: what scores when a later one is rejected.
    public var models: [AcceptedModel]
    /// Horizons whose accepted model stays, whatever later runs find; nil: none.
    public var frozen: [Horizon]?
    public var config: EyesConfig
    public var configVersion: Int64

    public struct AcceptedModel: Sendable, Codable, Equatable {
        public let horizon: Horizon
        public let model: ServingModel
    }

    /// Versions that were frozen, for the name of a run: other models, other scores.
    var frozenVersions: [String] {
        models.filter { (frozen ?? []).contains($0.horizon) }.map(\.model.version).sorted()
    }

    static func empty(_ scope: TenantScope) -> EyesState {
        EyesState(
            id: id(scope), publishedRunID: nil, publishedAt: nil, previousRunID: nil, models: [], config: .standard,
            configVersion: 1)
    }

    /// One per organization.
    static func id(_ scope: TenantScope) -> String { "eys_" + scope.organizationID.dropFirst(4) }

    public static let spec = CollectionSpec(
        "eyes_state",
        validator: .schema(
            required: ["models", "config", "config_version"], properties: ["config": ["bsonType": "object"]]))

    enum CodingKeys: String, CodingKey {
        case id = "_id"
        case publishedRunID = "published_run_id"
        case publishedAt = "published_at"
        case previousRunID = "previous_run_id"
        case models, frozen, config
        case configVersion = "config_version"
    }
}
