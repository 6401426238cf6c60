import Web

/// Rows that were, or would be, left out.
struct ProblemTable {
    let words: Localizer

    func html(_ problems: [RowProblem], caption: String, note: String? = nil) -> SafeHTML {
        let rows = problems.map { problem -> [TableCell] in
            [
                .text(words.number(problem.line)), .text(problem.column),
                .text(words.t("imports.problem.\(problem.code.rawValue)")), .text(problem.value),
            ]
        }
        return DataTable(
            id: "problems", caption: caption, note: note,
            columns: [
                .init(words.t("imports.problem_table.line"), shrinks: true),
                .init(words.t("imports.problem_table.column")),
                .init(words.t("imports.problem_table.reason"), wraps: true),
                .init(words.t("imports.problem_table.value"), wraps: true),
            ], rows: rows, compact: true, stacks: true
        ).html(words)
    }
}
