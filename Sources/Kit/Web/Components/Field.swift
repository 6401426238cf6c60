/// A field of a form: label above, help and error below, tied together for readers of screens.
public struct Field: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case text, email, password, search, number, date, tel, url
    }

    public struct Option: Sendable, Equatable {
        public let value: String
        public let text: String
        public let help: String?

        public init(_ value: String, _ text: String, help: String? = nil) {
            self.value = value
            self.text = text
            self.help = help
        }
    }

    enum Control: Sendable, Equatable {
        case input(Kind)
        case area
        case select([Option])
        case radios([Option])
        case checkbox(isOn: Bool)
        case file(accept: String?)
    }

    let control: Control
    /// The name it is sent under.
    public let name: String
    /// What stands above it.
    public let label: String
    let value: String
    let help: String?
    let error: String?
    let autocomplete: String?
    let isRequired: Bool
    let isShort: Bool
    /// Whether a field that may stay empty says so; off where its help says it better.
    var saysOptional = true

    public static func text(
        _ name: String, label: String, value: String = "", type: Kind = .text, help: String? = nil,
        error: String? = nil, autocomplete: String? = nil, required: Bool = true, short: Bool = false
    ) -> Field {
        Field(
            control: .input(type), name: name, label: label, value: type == .password ? "" : value, help: help,
            error: error, autocomplete: autocomplete, isRequired: required, isShort: short)
    }

    public static func textarea(
        _ name: String, label: String, value: String = "", help: String? = nil, error: String? = nil,
        required: Bool = true
    ) -> Field {
        Field(
            control: .area, name: name, label: label, value: value, help: help, error: error, autocomplete: nil,
            isRequired: required, isShort: false)
    }

    public static func select(
        _ name: String, label: String, options: [Option], selected: String = "", help: String? = nil,
        error: String? = nil, required: Bool = true, short: Bool = false, saysOptional: Bool = true
    ) -> Field {
        Field(
            control: .select(options), name: name, label: label, value: selected, help: help, error: error,
            autocomplete: nil, isRequired: required, isShort: short, saysOptional: saysOptional)
    }

    public static func radios(
        _ name: String, label: String, options: [Option], selected: String = "", help: String? = nil,
        error: String? = nil
    ) -> Field {
        Field(
            control: .radios(options), name: name, label: label, value: selected, help: help, error: error,
            autocomplete: nil, isRequired: true, isShort: false)
    }

    public static func checkbox(
        _ name: String, label: String, isOn: Bool = false, help: String? = nil, error: String? = nil
    ) -> Field {
        Field(
            control: .checkbox(isOn: isOn), name: name, label: label, value: "yes", help: help, error: error,
            autocomplete: nil, isRequired: false, isShort: false)
    }

    public static func file(
        _ name: String, label: String, accept: String? = nil, help: String? = nil, error: String? = nil
    ) -> Field {
        Field(
            control: .file(accept: accept), name: name, label: label, value: "", help: help, error: error,
            autocomplete: nil, isRequired: true, isShort: false)
    }

    public func html(_ l: Localizer) -> SafeHTML {
        HTMLWriter.build(capacity: 768) { write(to: &$0, l) }
    }
}
