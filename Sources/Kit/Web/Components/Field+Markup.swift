extension Field {
    var id: String { "field-\(name)" }

    /// Writes the field into markup that is being built.
    public func write(to html: inout HTMLWriter, _ l: Localizer) {
        switch control {
        case .radios(let options): writeRadios(options, to: &html)
        case .checkbox(let isOn): writeCheckbox(isOn: isOn, to: &html)
        case .file(let accept): writeFile(accept: accept, to: &html)
        case .input, .area, .select: writeLabelled(to: &html, l)
        }
    }

    private func writeLabelled(to html: inout HTMLWriter, _ l: Localizer) {
        html.raw(isShort ? "<div class=\"field short\"><label" : "<div class=\"field\"><label")
        html.attribute("for", id)
        html.raw(">")
        html.text(label)
        if !isRequired, saysOptional {
            html.raw(" <span class=\"optional\">(")
            html.text(l.t("shell.form.optional"))
            html.raw(")</span>")
        }
        html.raw("</label>")
        writeControl(to: &html)
        writeNotes(to: &html)
        html.raw("</div>")
    }

    private func writeControl(to html: inout HTMLWriter) {
        switch control {
        case .input(let kind):
            html.raw("<input")
            writeCommon(to: &html)
            html.attribute("type", kind.rawValue)
            html.attribute("autocomplete", autocomplete)
            if !value.isEmpty { html.attribute("value", value) }
            html.raw(">")
        case .area:
            html.raw("<textarea")
            writeCommon(to: &html)
            html.raw(">\n")
            html.text(value)
            html.raw("</textarea>")
        case .select(let options):
            html.raw("<select")
            writeCommon(to: &html)
            html.raw(">")
            for option in options {
                html.raw("<option")
                html.attribute("value", option.value)
                html.attribute("selected", if: option.value == value)
                html.raw(">")
                html.text(option.text)
                html.raw("</option>")
            }
            html.raw("</select>")
        case .radios, .checkbox, .file: break
        }
    }

    private func writeCommon(to html: inout HTMLWriter) {
        html.attribute("id", id)
        html.attribute("name", name)
        html.attribute("required", if: isRequired)
        writeTies(to: &html)
    }

    private func writeTies(to html: inout HTMLWriter) {
        if error != nil { html.raw(" aria-invalid=\"true\"") }
        let ties = [error.map { _ in "\(id)-error" }, help.map { _ in "\(id)-help" }].compactMap { $0 }
        if !ties.isEmpty { html.attribute("aria-describedby", ties.joined(separator: " ")) }
    }

    private func writeNotes(to html: inout HTMLWriter) {
        if let error {
            html.raw("<p class=\"error\"")
            html.attribute("id", "\(id)-error")
            html.raw(">")
            html.text(error)
            html.raw("</p>")
        }
        if let help {
            html.raw("<p class=\"help\"")
            html.attribute("id", "\(id)-help")
            html.raw(">")
            html.text(help)
            html.raw("</p>")
        }
    }

    private func writeRadios(_ options: [Option], to html: inout HTMLWriter) {
        html.raw("<fieldset class=\"field\"")
        html.attribute("id", id)
        writeTies(to: &html)
        html.raw(">")
        html.element("legend", text: label)
        for (index, option) in options.enumerated() {
            html.raw("<div class=\"choice\"><input type=\"radio\"")
            html.attribute("id", "\(id)-\(index)")
            html.attribute("name", name)
            html.attribute("value", option.value)
            html.attribute("checked", if: option.value == value)
            html.raw("><label")
            html.attribute("for", "\(id)-\(index)")
            html.raw(">")
            html.text(option.text)
            html.raw("</label>")
            if let help = option.help { html.element("p", class: "help", text: help) }
            html.raw("</div>")
        }
        writeNotes(to: &html)
        html.raw("</fieldset>")
    }

    private func writeCheckbox(isOn: Bool, to html: inout HTMLWriter) {
        html.raw("<div class=\"field\"><div class=\"choice\"><input type=\"checkbox\"")
        html.attribute("id", id)
        html.attribute("name", name)
        html.attribute("value", value)
        html.attribute("checked", if: isOn)
        writeTies(to: &html)
        html.raw("><label")
        html.attribute("for", id)
        html.raw(">")
        html.text(label)
        html.raw("</label></div>")
        writeNotes(to: &html)
        html.raw("</div>")
    }

    private func writeFile(accept: String?, to html: inout HTMLWriter) {
        html.raw("<div class=\"field\"><div class=\"drop\"><label")
        html.attribute("for", id)
        html.raw(">")
        html.text(label)
        html.raw("</label><input type=\"file\"")
        html.attribute("accept", accept)
        writeCommon(to: &html)
        html.raw("></div>")
        writeNotes(to: &html)
        html.raw("</div>")
    }
}
