/// What the rows of a file are.
public enum ImportTemplate: String, Sendable, Codable, CaseIterable {
    case orders, customers, events
    case metricDays = "metric_days"
    case products, payments, usage, benchmarks

    /// What a column can mean, in the order a person reads it.
    public var fields: [ImportField] {
        switch self {
        case .orders:
            [
                .customer, .date, .amount, .quantity, .currency, .email, .orderID, .refunded, .product, .country,
                .consentPurpose, .consentExpiry,
            ]
        case .customers:
            [
                .customer, .email, .phone, .firstName, .lastName, .country, .region, .language, .lifecycleStage, .tags,
                .date, .consentPurpose, .consentExpiry,
            ]
        case .events:
            [
                .eventType, .date, .customer, .email, .id, .channel, .contentID, .campaign, .url, .amount, .currency,
                .consentPurpose, .consentExpiry,
            ]
        case .metricDays:
            [
                .date, .level, .entity, .source, .currency, .spend, .impressions, .clicks, .conversions,
                .conversionValue, .reach, .videoViews, .sends, .opens, .unsubscribes, .orders, .revenue, .refunded,
                .sessions,
            ]
        case .products: [.id, .title, .sku, .variant, .price, .cost, .currency, .stock, .status, .category]
        case .payments:
            [
                .date, .amount, .currency, .id, .kind, .status, .fee, .net, .method, .orderID, .customer, .email,
            ]
        case .usage:
            [
                .account, .date, .until, .logins, .featuresUsed, .sessionMinutes, .tickets, .daysActive, .nps, .csat,
            ]
        case .benchmarks:
            [.vertical, .metric, .date, .source, .p50, .p10, .p25, .p75, .p90, .unit, .country, .sampleSize]
        }
    }

    /// Without these there are no rows. An e-mail address can stand for the customer, a SKU for the product's id.
    public var required: [ImportField] {
        switch self {
        case .orders: [.customer, .date, .amount]
        case .customers: [.customer]
        case .events: [.eventType, .date]
        case .metricDays: [.date, .entity]
        case .products: [.id, .title]
        case .payments: [.date, .amount, .kind]
        case .usage: [.account, .date, .until]
        case .benchmarks: [.vertical, .metric, .date, .source, .p50]
        }
    }

    /// Whether rows carry people's consent, and a person may state it for all.
    public var hasConsent: Bool { fields.contains(.consentPurpose) }

    /// Whether rows name people, who become customers.
    public var namesPeople: Bool { fields.contains(.customer) }

    /// The field whose column holds the main amount, if rows have one.
    var numberField: ImportField? {
        [.amount, .spend, .price, .sessionMinutes, .p50].first { fields.contains($0) }
    }

    /// What the file most likely holds: of the templates whose required columns are all there by name, the one that
    /// knows the most columns; orders where none does.
    static func guess(_ names: [String]) -> ImportTemplate {
        var best: (template: ImportTemplate, known: Int)?
        for template in allCases {
            let known = Set(names.compactMap { ImportField.known(as: $0, in: template) })
            let missing = template.required.filter { !known.contains($0) && !template.canStandFor($0, known) }
            guard missing.isEmpty, known.count > best?.known ?? 0 else { continue }
            best = (template, known.count)
        }
        return best?.template ?? .orders
    }

    /// Whether another column that is there can stand for a required one.
    func canStandFor(_ field: ImportField, _ there: Set<ImportField>) -> Bool {
        switch field {
        case .customer: there.contains(.email)
        case .id: self == .products && there.contains(.sku)
        default: false
        }
    }

    /// A small file that shows how rows are written.
    public var sample: String {
        switch self {
        case .orders:
            """
            customer_id,date,amount,currency,order_id,product,quantity,email,country,consent_purpose,consent_expiry
            c-1001,2026-01-05,49.90,EUR,o-1,LS-01-M,1,ana@example.com,ES,marketing_analytics,2027-01-05
            c-1001,2026-01-05,49.90,EUR,o-1,WS-02,2,ana@example.com,ES,marketing_analytics,2027-01-05
            c-1002,2026-01-06,12.50,EUR,o-2,WS-02,1,,FR,,
            """
        case .customers:
            """
            customer_id,email,phone,first_name,last_name,country,language,tags,created_at,consent_purpose,consent_expiry
            c-1001,ana@example.com,+34600000001,Ana,Prieto,ES,es,vip;newsletter,2025-03-01,email_marketing,2027-01-05
            c-1002,,,Luc,Morel,FR,fr,,2025-04-12,,
            """
        case .events:
            """
            user_id,event_type,ts,channel,spend,content_id,consent_purpose,consent_expiry
            c-1001,email_open,2026-01-05T10:00:00Z,email,,spring-1,,
            c-1001,order_placed,2026-01-05T10:12:00Z,web,49.90,,marketing_analytics,2027-01-05
            """
        case .metricDays:
            """
            day,level,entity_id,source,currency,spend,impressions,clicks,conversions,conversion_value
            2026-01-05,campaign,cmp-7,podcast,EUR,120.00,54000,830,21,1049.00
            2026-01-06,campaign,cmp-7,podcast,EUR,118.40,51200,791,18,902.50
            """
        case .products:
            """
            product_id,title,sku,variant,price,cost,currency,stock,status,category
            p-1,Linen shirt,LS-01-M,M,49.90,18.20,EUR,112,active,shirts
            p-2,Wool scarf,WS-02,,29.00,9.75,EUR,0,archived,scarves
            """
        case .payments:
            """
            payment_id,kind,date,amount,currency,status,fee,method,order_id,customer_id
            pay-1,charge,2026-01-05,49.90,EUR,succeeded,1.12,card,o-1,c-1001
            pay-2,refund,2026-01-09,10.00,EUR,succeeded,,card,o-1,c-1001
            """
        case .usage:
            """
            account_id,from,to,logins,features_used,session_minutes,tickets,days_active,nps,csat
            acc-1,2026-01-01,2026-01-31,118,14,2210,2,21,40,88
            acc-2,2026-01-01,2026-01-31,3,2,41,5,2,,55
            """
        case .benchmarks:
            """
            vertical,metric,day,source,p25,p50,p75,unit,country,sample_size
            ecommerce,conversion_rate,2026-01-01,Retail study 2026,0.012,0.021,0.034,share,,412
            ecommerce,average_order,2026-01-01,Retail study 2026,41.50,62.00,97.30,EUR,ES,87
            """
        }
    }
}
