import Customers
import Foundation
import Web

extension ImportPage {
    /// The file waits for a person's word on how to read it.
    init(
        mapping record: ImportRecord, check: DryRun?, earlier: ImportRecord?, error: ImportError?, currency: String,
        frame: ImportFrame
    ) {
        self.init(frame: frame)
        let view = MappingView(record: record, frame: frame)
        alerts = view.alerts(earlier: earlier, error: error, check: check)
        mapAction = frame.base + "/mapping"
        template = view.templateField()
        templateName = record.mapping.template.rawValue
        fields = view.columnFields()
        settings = view.settingFields()
        preview = view.preview()
        guard record.obstacles.isEmpty, let check else { return }
        self.check = view.checkTable(check)
        guard check.accepted > 0 else { return }
        runAction = frame.base + "/run"
        consent = record.mapping.template.hasConsent ? view.consentFields() : nil
        let words = frame.words
        runButton =
            check.isPartial
            ? words.t("imports.run.button_all")
            : words.t("imports.run.button" + record.mapping.template.suffix, count: check.accepted)
    }
}

extension ImportTemplate {
    /// Behind the key of a sentence that says orders, where the rows are others.
    var suffix: String { self == .orders ? "" : "_rows" }
}
