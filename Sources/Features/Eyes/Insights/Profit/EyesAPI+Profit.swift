import Accounts
import Learning
import Tenancy
import Web

/// What the slider is asked over JSON; what is missing is as the organization keeps it.
struct ProfitBody: Decodable, Sendable {
    var horizon: String?
    var contactCostMinor: Int64?
    var successRate: Double?
    var grossMargin: Double?
    /// One value for everybody; left out for the margin of each one's expected spend.
    var valueMinor: Int64?
    /// How many to write to; the best cut where it is left out.
    var n: Int?
    /// Keeps the figures for the organization; needs `eyes:run`.
    var keep: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case horizon, n, keep
        case contactCostMinor = "contact_cost_minor"
        case successRate = "success_rate"
        case grossMargin = "gross_margin"
        case valueMinor = "value_minor"
    }

    func choice(kept: ProfitChoice) throws -> ProfitChoice {
        var choice = kept
        if let contactCostMinor { choice.contactCostMinor = contactCostMinor }
        if let successRate { choice.successRate = successRate }
        if let grossMargin {
            choice.margin = grossMargin
            choice.fixedValueMinor = nil
        }
        if let valueMinor { choice.fixedValueMinor = valueMinor }
        var wrong = choice.problems
        if let n, n < 0 { wrong.append("n") }
        guard wrong.isEmpty else {
            throw Problem.validation(
                wrong.map { FieldProblem(field: $0, code: "range", message: "Out of range.") })
        }
        return choice
    }
}

extension EyesAPI {
    @Sendable func profit(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.decode(ProfitBody.self, request, context)
        guard let horizon = Horizon(timeframe: body.horizon ?? "90d") else {
            throw Problem.badRequest("eyes_timeframe", "The horizon is 30d, 60d or 90d.")
        }
        let choice = try body.choice(kept: try await service.profitChoice(context.scope))
        if body.keep == true {
            try context.scope.require(.eyesRun)
            try await service.keep(choice, context.scope, requestID: context.requestID)
        }
        let overview = try await service.overview(context.scope)
        var answer: ProfitAnswer?
        if let published = overview.published {
            answer = try await service.profit(context.scope, published, horizon, choice, cut: body.n)
        }
        let speech = self.speech(context)
        return .json { json in
            json.object { json in
                EyesEnvelope(overview: overview, speech: speech).write(to: &json)
                json.field("timeframe", horizon.timeframe)
                json.field("data", answer.map { ProfitResource(answer: $0, currency: speech.currency) })
            }
        }
    }
}

/// The slider in JSON.
struct ProfitResource: JSONWritable {
    let answer: ProfitAnswer
    let currency: String

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.object("terms") { json in
                json.money("contact_cost", minor: answer.choice.contactCostMinor, currency: currency)
                json.field("success_rate", answer.choice.successRate)
                json.field("gross_margin", answer.choice.margin)
                json.field("value_minor", answer.choice.fixedValueMinor)
            }
            json.field("customers", answer.customers)
            json.field("held_out_rows", answer.heldOutRows)
            json.field("resamples", answer.resamples)
            json.key("chosen")
            write(answer.chosen, to: &json)
            json.key("best")
            write(answer.best, to: &json)
            json.array("curve", answer.curve) { json, cut in write(cut, to: &json) }
        }
    }

    private func write(_ cut: ProfitCut, to json: inout JSONWriter) {
        json.object { json in
            json.field("n", cut.reached)
            json.field("leaving", cut.right)
            json.field("wasted", cut.wasted)
            json.field("saved", cut.saved)
            json.money("profit", minor: Int64(cut.profit.rounded()), currency: currency)
            guard let held = cut.held else { return }
            json.object("held_out") { json in
                write("leaving", held.right, to: &json)
                write("wasted", held.wasted, to: &json)
                write("profit_minor", held.profit, to: &json)
            }
        }
    }

    private func write(_ name: String, _ interval: Interval, to json: inout JSONWriter) {
        json.object(name) { json in
            json.field("estimate", interval.estimate)
            json.field("lower", interval.lower)
            json.field("upper", interval.upper)
        }
    }
}
