import Web

/// What people read as the name of a source of data: the label of its connection. Labels that the service itself gave
/// are put into the reader's language; whatever a person wrote stays as it is.
public enum SourceName {
    /// The label of the door for files that every organization has.
    public static let files = "CSV import"
    /// The label of the made-up shop's connection.
    public static let demo = "Demo shop"
    /// The label of the door for rows that an organization's own programs send.
    public static let ingest = "Ingest API"

    public static func text(_ label: String, _ words: Localizer) -> String {
        switch label {
        case files: words.t("customers.source_name.files")
        case demo: words.t("customers.source_name.demo")
        case ingest: words.t("customers.source_name.ingest")
        default: label
        }
    }
}

extension SourceState {
    /// The source's name in the reader's language.
    public func name(_ words: Localizer) -> String { SourceName.text(label, words) }
}
