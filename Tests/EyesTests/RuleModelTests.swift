import BSON
import Foundation
import Learning
import Testing
import Web

@testable import Eyes

@Suite("Rules")
struct RuleModelTests {
    @Test("each comparison answers as it reads; about what is not known the answer is no")
    func comparisons() {
        let late = RuleCondition(.daysSinceOrder, .atLeast, .number(60))
        #expect(late.holds(.number(60)) && !late.holds(.number(59)) && !late.holds(.unknown))
        let few = RuleCondition(.orders, .atMost, .number(1), days: 90)
        #expect(few.holds(.number(0)) && few.holds(.number(1)) && !few.holds(.number(2)))
        #expect(RuleCondition(.ordersCount, .is, .number(3)).holds(.number(3)))
        let spain = RuleCondition(.country, .is, .text("es"))
        #expect(spain.holds(.text("ES")) && !spain.holds(.text("FR")) && !spain.holds(.unknown))
        let notSpain = RuleCondition(.country, .isNot, .text("ES"))
        #expect(!notSpain.holds(.text("es")) && notSpain.holds(.text("FR")) && notSpain.holds(.unknown))
        #expect(
            RuleCondition(.country, .isKnown).holds(.text("FR")) && !RuleCondition(.country, .isKnown).holds(.unknown))
        #expect(RuleCondition(.country, .isUnknown).holds(.unknown))
        #expect(RuleCondition(.tag, .is, .text("vip")).holds(.texts(["new", "VIP"])))
        let notHigh = RuleCondition(.riskLevel, .isNot, .text("high"), horizon: .days90)
        #expect(notHigh.holds(.text("low")) && !notHigh.holds(.text("high")))
        #expect(!notHigh.holds(.unknown), "somebody without a score has no level that is not this one")
        #expect(RuleCondition(.segment, .isNot, .text("seg_1")).holds(.unknown))
    }

    /// a and (b or c), over facts that are 1 or 0.
    @Test(
        "groups join as their words say, for every combination of facts", arguments: RuleMatch.allCases,
        RuleMatch.allCases)
    func groups(_ outer: RuleMatch, _ inner: RuleMatch) {
        func condition() -> RuleCondition { RuleCondition(.orders, .atLeast, .number(1), days: 30) }
        let rule = Rule(
            outer, [condition()], groups: [RuleGroup(inner, [condition(), condition()])])
        for bits in 0..<8 {
            let (a, b, c) = (bits & 1 == 1, bits & 2 == 2, bits & 4 == 4)
            let group = inner == .all ? b && c : b || c
            let expected = outer == .all ? a && group : a || group
            let facts = [a, b, c].map { RuleFact.number($0 ? 1 : 0) }
            #expect(rule.holds(facts) == expected)
            let reasons = rule.reasons(facts)
            #expect(reasons.isEmpty != expected)
            #expect(reasons.allSatisfy { rule.leaves[$0].holds(facts[$0]) }, "a reason is true")
        }
    }

    @Test("a rule that cannot be asked says where and why")
    func check() {
        func codes(_ rule: Rule) -> [String] { RuleCheck.problems(rule).map { "\($0.field) \($0.code)" } }
        #expect(codes(Rule()) == ["rule required"])
        #expect(codes(Rule(.all, [RuleCondition(.country, .is, .text("ES"))])).isEmpty)
        #expect(
            codes(Rule(.all, [RuleCondition(.country, .atLeast, .text("ES"))])) == ["conditions.0.comparison unknown"])
        #expect(
            codes(Rule(.all, [RuleCondition(.event, .atLeast, .number(1))]))
                == ["conditions.0.days required", "conditions.0.event required"])
        #expect(
            codes(Rule(.all, [RuleCondition(.event, .atLeast, .number(1.5), days: 9_999, event: "$where")]))
                == ["conditions.0.days range", "conditions.0.event unknown", "conditions.0.value range"])
        #expect(
            codes(Rule(.any, [], groups: [RuleGroup(.all, [RuleCondition(.riskScore, .atLeast, .number(2))])]))
                == ["groups.0.conditions.0.horizon required", "groups.0.conditions.0.value range"])
        #expect(codes(Rule(.all, [RuleCondition(.ordersCount, .is, .text("3"))])) == ["conditions.0.value required"])
        let many = Rule(.all, Array(repeating: RuleCondition(.country, .isKnown), count: Rule.mostConditions + 1))
        #expect(codes(many) == ["rule too_many"])
        #expect(RuleCheck.problems(name: "").first?.code == "required")
        #expect(RuleCheck.problems(name: "a\nb").first?.code == "range")
    }

    @Test("rules are built after those they name; circles and towers are refused")
    func order() {
        func stored(_ id: String, _ named: [String]) -> StoredRule {
            StoredRule(
                id: "rul_\(id)", name: id,
                rule: Rule(.all, named.map { RuleCondition(.segment, .is, .text("rul_\($0)")) }), createdBy: "Ann",
                createdAt: Date(timeIntervalSince1970: 0), updatedAt: Date(timeIntervalSince1970: 0), version: 1)
        }
        let tower = [stored("a", ["b"]), stored("b", ["c"]), stored("c", []), stored("d", [])]
        let order = RuleOrder.sorted(tower).map(\.name)
        #expect(order.firstIndex(of: "c")! < order.firstIndex(of: "b")!)
        #expect(order.firstIndex(of: "b")! < order.firstIndex(of: "a")!)
        #expect(!RuleOrder.hasCircle(tower))
        #expect(RuleOrder.withDependents(["rul_c"], tower) == ["rul_a", "rul_b", "rul_c"])
        #expect(RuleOrder.hasCircle([stored("a", ["b"]), stored("b", ["a"])]))
        #expect(RuleOrder.hasCircle([stored("a", ["a"])]))
        let high = (0...RuleOrder.deepest).map { stored("\($0)", $0 == 0 ? [] : ["\($0 - 1)"]) }
        #expect(RuleOrder.hasCircle(high), "deeper than allowed")
    }

    @Test("the interval of an estimate holds the true size in about 95 of 100 draws", arguments: [0.01, 0.2, 0.7])
    func interval(_ share: Double) {
        let population = 20_000
        let truth = Int(Double(population) * share)
        var covered = 0
        for seed in 0..<400 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let held = generator.sample(2_000, from: population).count { $0 < truth }
            let found = RuleEstimate.interval(held: held, asked: 2_000, population: population)
            #expect(found.low <= found.size && found.size <= found.high)
            if (found.low...found.high).contains(truth) { covered += 1 }
        }
        #expect(covered >= 368, "\(covered) of 400")
        #expect(RuleEstimate.interval(held: 7, asked: 50, population: 50) == (7, 7, 7))
        #expect(RuleEstimate.interval(held: 0, asked: 0, population: 0) == (0, 0, 0))
    }

    @Test("the builder's form gives back the rule it was made from, through every button")
    func form() throws {
        var form = RuleForm()
        form.apply("add.", Form(["new": "days_since_order"]))
        form.own.lines[0].value = "60"
        form.own.lines[0].comparison = .atLeast
        form.apply("group", Form(["group.new": "country"]))
        form.groups[0].lines[0].value = "ES"
        form.apply("add.g0", Form(["g0.new": "spend"]))
        form.groups[0].lines[1].value = "120.50"
        form.apply("add.g0", Form(["g0.new": "risk_score"]))
        form.groups[0].lines[2].value = "70"
        let rule = form.rule(currency: "USD")
        #expect(
            rule
                == Rule(
                    .all, [RuleCondition(.daysSinceOrder, .atLeast, .number(60))],
                    groups: [
                        RuleGroup(
                            .any,
                            [
                                RuleCondition(.country, .is, .text("ES")),
                                RuleCondition(.spend, .atLeast, .number(12_050), days: 90),
                                RuleCondition(.riskScore, .atLeast, .number(0.7), horizon: .days90),
                            ])
                    ]))
        #expect(RuleCheck.problems(rule).isEmpty)
        let stored = StoredRule(
            id: "rul_1", name: "Quiet", rule: rule, createdBy: "Ann", createdAt: .now, updatedAt: .now, version: 3)
        let again = RuleForm(stored, currency: "USD")
        #expect(again.rule(currency: "USD") == rule && again.version == "3")
        #expect(try BSONDecoder().decode(Rule.self, from: BSONEncoder().encode(rule)) == rule)
        form.apply("drop.g0.c1", Form())
        #expect(form.groups[0].lines.map(\.field) == [.country, .riskScore])
        form.apply("drop.g0", Form())
        form.apply("drop.c0", Form())
        form.apply("drop.c7", Form())
        #expect(form.lineCount == 0)
        for _ in 0..<20 { form.apply("add.", Form(["new": "country"])) }
        #expect(form.lineCount == Rule.mostConditions, "buttons end at the limit")
    }

    @Test("every field and comparison is a sentence in both languages", arguments: [AppLocale.en, .es])
    func words(_ locale: AppLocale) throws {
        let words = try Localizer(locale, catalogue: Catalogue.load(directory: EyesHouse.root + "/Locales"))
        let speech = RuleSpeech(speech: EyesSpeech(words, currency: "EUR"), names: ["seg_1": "Loyal"])
        for field in RuleField.allCases {
            for comparison in field.comparisons {
                var condition = RuleCondition(
                    field, comparison, nil, days: 90, event: "page_view", horizon: .days60)
                if comparison.needsValue {
                    condition.value =
                        switch field.kind {
                        case .text: .text("ES")
                        case .level: .text("high")
                        case .segment: .text("seg_1")
                        case .share: .number(0.7)
                        default: .number(12)
                        }
                }
                let text = speech.sentence(condition)
                #expect(!text.contains("eyes.") && !text.contains("{") && !text.contains("shell."), "\(text)")
                #expect(!speech.reason(condition, .unknown).contains("eyes."))
            }
        }
        let page = RuleBuilderPage(
            form: {
                var form = RuleForm()
                for field in RuleField.allCases.prefix(11) { form.own.lines.append(.init(field)) }
                form.groups = [.init(match: .any, lines: [.init(.segment)])]
                return form
            }(), stored: nil, speech: speech, paths: EyesPaths(slug: "shop"), segments: [("seg_1", "Loyal")],
            problems: [RuleProblem(field: "conditions.0.value", code: "required")], answer: .empty
        ).page
        #expect(!page.main.html.contains("eyes.rule") && !page.title.contains("eyes."))
        #expect(page.main.html.contains("aria-invalid=\"true\""))
    }
}
