/// What a column of an order file can mean to us.
public enum ImportField: String, Sendable, Codable, CaseIterable {
    case customer, date, amount, quantity, currency, email
    case orderID = "order_id"
    case refunded
    case country
    case consentPurpose = "consent_purpose"
    case consentExpiry = "consent_expiry"

    /// An order needs somebody, a day and an amount; an e-mail address can stand for the customer.
    public static let required: [ImportField] = [.customer, .date, .amount]

    /// The field a header's word stands for, in English and Spanish.
    public static func known(as name: String) -> ImportField? {
        let word = String(decoding: name.lowercased().utf8.filter { Self.isLetter($0) }, as: UTF8.self)
        return synonyms[word]
    }

    /// Letters and digits; bytes above ASCII stay, so that accents are part of the word.
    private static func isLetter(_ byte: UInt8) -> Bool {
        0x61...0x7A ~= byte || 0x30...0x39 ~= byte || byte >= 0x80
    }

    private static let words: [ImportField: [String]] = [
        .customer: [
            "customerid", "customer", "userid", "user", "clientid", "client", "custid", "buyerid", "buyer", "contactid",
            "memberid", "profileid", "cliente", "clienteid", "idcliente", "idusuario", "customernumber", "customerno",
        ],
        .date: [
            "date", "orderdate", "placedat", "createdat", "ts", "timestamp", "purchasedate", "invoicedate", "datetime",
            "transactiondate", "paidat", "orderedat", "time", "day", "fecha", "fechapedido", "fechadepedido",
            "fechadecompra",
        ],
        .amount: [
            "amount", "total", "spend", "revenue", "price", "value", "ordertotal", "totalprice", "grandtotal", "sales",
            "amountusd", "amounteur", "totalamount", "ordervalue", "importe", "monto", "precio", "valor", "ventas",
        ],
        .quantity: ["quantity", "qty", "items", "units", "count", "cantidad", "unidades", "itemcount"],
        .currency: ["currency", "currencycode", "moneda", "divisa"],
        .email: ["email", "emailaddress", "mail", "customeremail", "correo", "correoelectronico", "correoelectrónico"],
        .orderID: [
            "orderid", "order", "ordernumber", "orderno", "invoice", "invoiceno", "invoiceid", "transactionid",
            "receiptid", "pedido", "idpedido", "numeropedido", "factura",
        ],
        .refunded: ["refunded", "refund", "refundamount", "refundedamount", "reembolso", "reembolsado"],
        .country: ["country", "countrycode", "pais", "país"],
        .consentPurpose: ["consentpurpose", "consentpurposes", "purpose", "consent", "consentimiento"],
        .consentExpiry: [
            "consentexpiry", "consentexpires", "consentexpiresat", "consentuntil", "vencimientoconsentimiento",
        ],
    ]

    private static let synonyms: [String: ImportField] = {
        var result: [String: ImportField] = [:]
        for (field, names) in words {
            for name in names { result[name] = field }
        }
        return result
    }()
}
