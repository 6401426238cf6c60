/// How a language writes days and months.
struct DateStyle: Sendable {
    private let locale: AppLocale

    init(_ locale: AppLocale) { self.locale = locale }

    private static let shortMonths: [AppLocale: [String]] = [
        .en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        .es: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"],
    ]

    private static let longMonths: [AppLocale: [String]] = [
        .en: [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ],
        .es: [
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
            "noviembre", "diciembre",
        ],
    ]

    func day(_ time: CivilTime) -> String { "\(dayAndMonth(time)) \(time.year)" }

    func dayAndMonth(_ time: CivilTime) -> String {
        "\(time.day) \(DateStyle.shortMonths[locale]?[time.month - 1] ?? "")"
    }

    func month(_ time: CivilTime) -> String {
        let name = DateStyle.longMonths[locale]?[time.month - 1] ?? ""
        return locale == .es ? "\(name) de \(time.year)" : "\(name) \(time.year)"
    }

    func time(_ time: CivilTime) -> String {
        DecimalText.padded(time.hour, width: 2) + ":" + DecimalText.padded(time.minute, width: 2)
    }
}
