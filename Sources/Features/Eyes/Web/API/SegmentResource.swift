import Web

/// A segment in JSON.
struct SegmentResource: JSONWritable {
    let segment: Segment
    let speech: EyesSpeech
    /// Only these horizons' risks.
    var horizons: [Horizon] = Horizon.allCases
    /// Masked tokens of the sample, by customer id.
    var tokens: [String: String] = [:]
    var isWhole = false

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("segment_id", segment.id)
            json.field("label", speech.name(segment.name))
            json.field("label_source", segment.name.given == nil ? "auto" : "user")
            json.field("kind", segment.kind.rawValue)
            json.field("size", segment.size)
            json.field("percentage", segment.share * 100)
            json.money("value", minor: segment.valueMinor, currency: speech.currency)
            json.array("top_features", segment.topFeatures) { json, top in write(top, to: &json) }
            if isWhole {
                json.array("characteristics", segment.characteristics) { json, line in
                    json.object { json in
                        json.field("feature", line.feature.rawValue)
                        json.field("mean", line.mean)
                        json.field("std", line.std)
                        json.field("median", line.median)
                    }
                }
            }
            json.object("churn_risk") { json in
                for risk in segment.churnRisk where horizons.contains(risk.horizon) { write(risk, to: &json) }
            }
            json.array("sample_user_ids", segment.sampleCustomerIDs.compactMap { tokens[$0] }) { json, token in
                json.value(token)
            }
            json.field("previous_segment_id", segment.previousID)
            json.field("size_change", segment.sizeChange)
        }
    }

    private func write(_ top: TopFeature, to json: inout JSONWriter) {
        json.object { json in
            json.field("feature", top.feature.rawValue)
            json.field("direction", top.direction.rawValue)
            json.field("importance", top.importance)
            json.field("words", speech.difference(top))
        }
    }

    private func write(_ risk: SegmentRisk, to json: inout JSONWriter) {
        json.object(risk.horizon.key) { json in
            json.field("risk_score", risk.riskScore)
            json.field("risk_level", risk.riskLevel?.rawValue)
            json.field("sample_size", risk.sampleSize)
            json.field("expected_leavers", risk.expectedLeavers)
            json.field("value_at_risk_minor", risk.valueAtRiskMinor)
        }
    }
}
