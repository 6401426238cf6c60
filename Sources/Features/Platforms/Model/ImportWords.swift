/// The words that headers use for fields.
enum ImportWords {
    static func of(_ template: ImportTemplate) -> [String: ImportField] { byTemplate[template] ?? [:] }

    private static let byTemplate = Dictionary(
        uniqueKeysWithValues: ImportTemplate.allCases.map { ($0, synonyms($0)) })

    /// Words that mean something special in one kind of file win over what they mean in all.
    private static func synonyms(_ template: ImportTemplate) -> [String: ImportField] {
        var result: [String: ImportField] = [:]
        for field in template.fields {
            for word in common[field] ?? [] { result[word] = field }
        }
        for (field, words) in special[template] ?? [:] {
            for word in words { result[word] = field }
        }
        return result
    }

    private static let common: [ImportField: [String]] = [
        .customer: [
            "customerid", "customer", "userid", "user", "clientid", "client", "custid", "buyerid", "buyer", "contactid",
            "memberid", "profileid", "cliente", "clienteid", "idcliente", "idusuario", "customernumber", "customerno",
        ],
        .date: ["date", "ts", "timestamp", "datetime", "time", "day", "fecha"],
        .amount: ["amount", "value", "amountusd", "amounteur", "importe", "monto", "valor"],
        .quantity: ["quantity", "qty", "items", "units", "count", "cantidad", "unidades", "itemcount"],
        .currency: ["currency", "currencycode", "moneda", "divisa"],
        .email: ["email", "emailaddress", "mail", "customeremail", "correo", "correoelectronico", "correoelectrónico"],
        .orderID: [
            "orderid", "order", "ordernumber", "orderno", "orderref", "invoice", "invoiceno", "invoiceid", "receiptid",
            "pedido", "idpedido", "numeropedido", "factura",
        ],
        .refunded: [
            "refunded", "refund", "refunds", "refundamount", "refundedamount", "reembolso", "reembolsado", "reembolsos",
        ],
        .country: ["country", "countrycode", "pais", "país"],
        .consentPurpose: ["consentpurpose", "consentpurposes", "purpose", "consent", "consentimiento"],
        .consentExpiry: [
            "consentexpiry", "consentexpires", "consentexpiresat", "consentuntil", "vencimientoconsentimiento",
        ],
        .phone: ["phone", "phonenumber", "mobile", "telefono", "teléfono", "movil", "móvil"],
        .firstName: ["firstname", "givenname", "nombre"],
        .lastName: ["lastname", "surname", "familyname", "apellido", "apellidos"],
        .region: ["region", "state", "province", "región", "provincia"],
        .language: ["language", "locale", "lang", "idioma"],
        .lifecycleStage: ["lifecyclestage", "stage", "etapa"],
        .tags: ["tags", "labels", "etiquetas"],
        .eventType: ["eventtype", "event", "eventname", "action", "activity", "evento", "tipoevento"],
        .channel: ["channel", "medium", "canal"],
        .contentID: ["contentid", "content", "contenido"],
        .campaign: ["campaign", "campaignid", "campaignref", "utmcampaign", "campaña"],
        .url: ["url", "pageurl", "link", "page"],
        .level: ["level", "nivel"],
        .entity: [
            "entityid", "entity", "entityref", "campaignid", "campaign", "campaignname", "adid", "ad", "adgroupid",
            "accountid", "campaña",
        ],
        .source: ["source", "platform", "fuente", "plataforma"],
        .spend: ["spend", "cost", "amountspent", "adspend", "gasto", "coste"],
        .impressions: ["impressions", "impr", "impresiones"],
        .clicks: ["clicks", "clics"],
        .conversions: ["conversions", "purchases", "results", "conversiones"],
        .conversionValue: ["conversionvalue", "conversionsvalue", "purchasevalue", "valorconversiones"],
        .reach: ["reach", "alcance"],
        .videoViews: ["videoviews", "views", "visualizaciones"],
        .sends: ["sends", "sent", "delivered", "envios", "envíos"],
        .opens: ["opens", "opened", "aperturas"],
        .unsubscribes: ["unsubscribes", "unsubscribed", "bajas"],
        .orders: ["orders", "pedidos"],
        .revenue: ["revenue", "sales", "ingresos", "ventas"],
        .sessions: ["sessions", "visits", "sesiones", "visitas"],
        .title: ["title", "name", "productname", "producttitle", "titulo", "título", "nombre", "producto"],
        .sku: ["sku", "articleno", "articlenumber", "itemnumber", "referencia"],
        .variant: ["variant", "varianttitle", "option", "size", "variante"],
        .price: ["price", "unitprice", "precio"],
        .cost: ["cost", "unitcost", "costperitem", "coste", "costo"],
        .stock: ["stock", "inventory", "inventoryquantity", "available", "existencias"],
        .status: ["status", "state", "estado"],
        .category: ["category", "producttype", "type", "categoria", "categoría"],
        .kind: ["kind", "type", "transactiontype", "paymenttype", "tipo"],
        .fee: ["fee", "fees", "comision", "comisión"],
        .net: ["net", "netamount", "neto"],
        .method: ["method", "paymentmethod", "metodo", "método"],
        .account: ["accountid", "account", "accountref", "clientaccount", "cuenta", "idcuenta"],
        .until: ["to", "until", "periodend", "enddate", "hasta"],
        .logins: ["logins", "signins", "accesos"],
        .featuresUsed: ["featuresused", "features", "funciones"],
        .sessionMinutes: ["sessionminutes", "minutes", "minutos"],
        .tickets: ["tickets", "supporttickets", "incidencias"],
        .daysActive: ["daysactive", "activedays", "diasactivos", "díasactivos"],
        .nps: ["nps"],
        .csat: ["csat", "satisfaction", "satisfaccion", "satisfacción"],
        .vertical: ["vertical", "industry", "sector"],
        .metric: ["metric", "measure", "metrica", "métrica"],
        .unit: ["unit", "unidad"],
        .p10: ["p10"], .p25: ["p25", "lowerquartile", "q1"], .p75: ["p75", "upperquartile", "q3"], .p90: ["p90"],
        .p50: ["p50", "median", "mediana"],
        .sampleSize: ["samplesize", "sample", "n", "muestra"],
    ]

    private static let special: [ImportTemplate: [ImportField: [String]]] = [
        .orders: [
            .date: [
                "orderdate", "placedat", "createdat", "purchasedate", "invoicedate", "transactiondate", "paidat",
                "orderedat", "fechapedido", "fechadepedido", "fechadecompra",
            ],
            .amount: [
                "total", "spend", "revenue", "price", "ordertotal", "totalprice", "grandtotal", "sales", "totalamount",
                "ordervalue", "precio", "ventas",
            ],
            .orderID: ["transactionid"],
            .product: [
                "product", "productid", "productname", "sku", "item", "itemid", "article", "stockcode", "lineitemsku",
                "lineitemname", "producto", "idproducto", "articulo", "artículo", "referencia",
            ],
            .quantity: ["lineitemquantity"],
        ],
        .customers: [
            .customer: ["id"],
            .date: ["createdat", "signupdate", "registered", "registeredat", "since", "fechadealta"],
        ],
        .events: [
            .date: ["occurredat", "eventtime", "createdat"],
            .amount: ["spend", "revenue", "gasto"],
            .id: ["id", "eventid", "messageid"],
            .eventType: ["type", "tipo"],
        ],
        .metricDays: [.date: ["reportdate", "metricday"]],
        .products: [.id: ["id", "productid", "itemid", "idproducto"]],
        .payments: [
            .id: ["id", "paymentid", "transactionid", "chargeid", "idpago"],
            .date: ["occurredat", "createdat", "paidat", "paymentdate", "transactiondate", "fechadepago"],
            .amount: ["total", "gross", "grossamount"],
        ],
        .usage: [.date: ["from", "periodstart", "startdate", "desde"]],
        .benchmarks: [.date: ["asof", "published", "publishedat"], .source: ["study", "estudio"]],
    ]
}
