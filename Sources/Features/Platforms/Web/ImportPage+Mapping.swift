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
        fields = view.columnFields()
        settings = view.settingFields()
        preview = view.preview()
        guard record.obstacles.isEmpty, let check else { return }
        self.check = view.checkTable(check)
        guard check.orders > 0 else { return }
        runAction = frame.base + "/run"
        consent = view.consentFields()
        let words = frame.words
        runButton =
            check.isPartial
            ? words.t("imports.run.button_all") : words.t("imports.run.button", count: check.orders)
    }
}
