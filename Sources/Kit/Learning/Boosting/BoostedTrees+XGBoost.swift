import Foundation

extension BoostedTrees {
    /// A model that XGBoost saved as JSON: binary:logistic, gbtree, numeric splits.
    public init(xgboostJSON bytes: [UInt8]) throws(BoostingError) {
        guard let file = try? JSONDecoder().decode(ModelFile.self, from: Data(bytes)) else { throw .malformedModel }
        let learner = file.learner
        guard learner.objective.name == "binary:logistic", let share = Double(learner.parameters.baseScore),
            share > 0, share < 1, let columns = Int(learner.parameters.columns)
        else { throw .malformedModel }
        var trees: [RegressionTree] = []
        for tree in learner.booster.model.trees { trees.append(try tree.compact()) }
        try self.init(featureCount: columns, base: Learning.logit(Double(Float(share))), trees: trees)
    }
}

/// The part of XGBoost's file that matters here.
private struct ModelFile: Decodable {
    let learner: Learner

    struct Learner: Decodable {
        let booster: Booster
        let parameters: Parameters
        let objective: Objective

        enum CodingKeys: String, CodingKey {
            case objective
            case booster = "gradient_booster"
            case parameters = "learner_model_param"
        }
    }

    struct Objective: Decodable { let name: String }

    struct Parameters: Decodable {
        let baseScore: String
        let columns: String

        enum CodingKeys: String, CodingKey {
            case baseScore = "base_score"
            case columns = "num_feature"
        }
    }

    struct Booster: Decodable {
        let model: Model

        struct Model: Decodable { let trees: [Tree] }
    }

    struct Tree: Decodable {
        let left: [Int]
        let right: [Int]
        let features: [Int]
        /// Thresholds of splits, values of leaves.
        let conditions: [Float]
        let covers: [Float]

        enum CodingKeys: String, CodingKey {
            case left = "left_children"
            case right = "right_children"
            case features = "split_indices"
            case conditions = "split_conditions"
            case covers = "sum_hessian"
        }

        /// The nodes that can be reached, parents first: pruned ones stay in the file.
        func compact() throws(BoostingError) -> RegressionTree {
            let count = left.count
            guard count > 0, [right.count, features.count, conditions.count, covers.count].allSatisfy({ $0 == count })
            else { throw .malformedModel }
            var order = [0]
            var nodes: [RegressionTree.Node] = []
            while nodes.count < order.count {
                let index = order[nodes.count]
                let cover = Double(covers[index])
                if left[index] < 0 {
                    nodes.append(.leaf(Double(conditions[index]), cover: cover))
                    continue
                }
                let known = 0..<count
                guard known.contains(left[index]), known.contains(right[index]), features[index] >= 0,
                    order.count + 2 <= count
                else { throw .malformedModel }
                nodes.append(
                    RegressionTree.Node(
                        feature: features[index], threshold: conditions[index], left: order.count,
                        right: order.count + 1, value: 0, cover: cover))
                order += [left[index], right[index]]
            }
            return try RegressionTree(nodes: nodes)
        }
    }
}
