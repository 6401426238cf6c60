import Web

/// Where a model comes from and what it cannot tell.
extension ModelPageBuilder {
    var dates: SafeHTML {
        let items = [
            Terms.Item(speech.t("model.trained_at"), speech.list(card.cutOffs.training.reversed().map(date))),
            Terms.Item(speech.t("model.tested_at"), date(card.cutOffs.test)),
            Terms.Item(speech.t("model.scores_at"), date(card.cutOffs.score)),
            Terms.Item(
                speech.t("model.rows"),
                speech.t(
                    "model.rows_text",
                    [
                        "training": words.number(card.classes.trainingRows),
                        "test": words.number(card.classes.testRows),
                    ])),
        ]
        return section(speech.t("model.dates"), Terms(items).html)
    }

    var limits: SafeHTML {
        section(
            speech.t("model.limits"),
            HTMLWriter.build { html in
                html.raw("<ul>")
                for limit in card.limits { html.element("li", text: speech.t("limit.\(limit)")) }
                html.raw("</ul>")
            })
    }

    var origin: SafeHTML {
        section(
            speech.t("model.origin"),
            Terms([
                Terms.Item(speech.t("run.id"), run.id),
                Terms.Item(speech.t("model.version"), card.modelVersion),
                Terms.Item(speech.t("run.seed"), "\(run.identity.seed)"),
                Terms.Item(speech.t("run.snapshot"), run.identity.snapshotHash),
                Terms.Item(speech.t("run.code"), run.identity.codeVersion),
                Terms.Item(speech.t("run.config"), run.identity.config.canonical),
                Terms.Item(speech.t("run.duration"), words.duration(seconds: run.attempt.seconds)),
                Terms.Item(speech.t("run.memory"), words.bytes(run.attempt.memoryBytes)),
                Terms.Item(speech.t("run.consent"), ConsentWords(ConsentFigures(run.consent)).sentence(words)),
            ]).html)
    }

    private func section(_ title: String, _ body: SafeHTML) -> SafeHTML {
        HTMLWriter.build { html in
            html.raw("<section class=\"card\"><h2>")
            html.text(title)
            html.raw("</h2>")
            html.html(body)
            html.raw("</section>")
        }
    }
}
