import Customers
import Foundation
import Records
import Web

/// PayPal's transactions and subscriptions as ours.
enum PayPalMapping {
    static func transaction(_ record: JSONValue, _ batch: inout CanonicalBatch) throws {
        let info = record.at("transaction_info") ?? .null
        guard let id = info.at("transaction_id")?.text else { throw MappingProblem("transaction_id") }
        guard let currency = info.at("transaction_amount.currency_code")?.text,
            let amount = Amount.major(info.at("transaction_amount.value"), currency)
        else { throw MappingProblem("transaction_amount") }
        guard let at = info.at("transaction_initiation_date")?.time else {
            throw MappingProblem("transaction_initiation_date")
        }
        guard let kind = kind(info.at("transaction_event_code")?.text ?? "", amount) else {
            return batch.skip("transfer")
        }
        let states = ["S": "succeeded", "P": "pending", "D": "failed", "V": "cancelled"]
        var payment = PaymentInput(
            externalID: id, kind: kind, status: states[info.at("transaction_status")?.text ?? ""] ?? "pending", at: at,
            amountMinor: abs(amount), currency: currency)
        if let fee = Amount.major(info.at("fee_amount.value"), currency) {
            payment.feeMinor = abs(fee)
            payment.netMinor = amount + fee
        }
        payment.method = info.at("instrument_type")?.text ?? "paypal"
        payment.orderExternalID =
            info.at("paypal_reference_id_type")?.text == "SUB"
            ? info.at("invoice_id")?.text : info.firstText("invoice_id", "paypal_reference_id")
        payment.updatedAt = info.at("transaction_updated_date")?.time
        let payer = record.at("payer_info") ?? .null
        payment.customerExternalID = payer.firstText("account_id", "email_address")
        batch.payments.append(payment)
        if kind == .charge { customer(payer, &batch) }
    }

    /// `T00…` is a payment, `T11…` gives it back, `T12…` disputes it; fees are `T01…`. Everything else moves our own
    /// money.
    private static func kind(_ code: String, _ amount: Int64) -> PaymentInput.Kind? {
        switch code.prefix(3) {
        case "T00": amount > 0 ? .charge : nil
        case "T01": .fee
        case "T11": amount >= 0 ? nil : code == "T1106" ? .dispute : .refund
        case "T12": amount < 0 ? .dispute : nil
        default: nil
        }
    }

    private static func customer(_ payer: JSONValue, _ batch: inout CanonicalBatch) {
        guard let id = payer.firstText("account_id", "email_address") else { return }
        batch.customers.append(
            CustomerInput(
                externalID: id, email: payer.at("email_address")?.text,
                firstName: payer.at("payer_name.given_name")?.text, lastName: payer.at("payer_name.surname")?.text,
                country: payer.at("country_code")?.text.flatMap { $0.count == 2 ? $0 : nil }))
    }

    static func subscription(
        _ record: JSONValue, _ context: MappingContext, _ batch: inout CanonicalBatch
    ) throws {
        guard let id = record.at("id")?.text else { throw MappingProblem("id") }
        let money = record.at("billing_info.last_payment.amount") ?? record.at("billing_info.outstanding_balance")
        let currency = money?.at("currency_code")?.text ?? context.currency
        let states = [
            "APPROVAL_PENDING": "incomplete", "APPROVED": "incomplete", "ACTIVE": "active", "SUSPENDED": "paused",
            "CANCELLED": "canceled", "EXPIRED": "canceled",
        ]
        var row = BillingSubscriptionInput(
            externalID: id, status: states[record.at("status")?.text ?? ""] ?? "incomplete",
            amountMinor: Amount.major(money?.at("value"), currency) ?? 0, currency: currency,
            interval: interval(record))
        if row.status == "active", (record.at("billing_info.failed_payments_count")?.whole ?? 0) > 0 {
            row.status = "past_due"
        }
        row.plan = record.at("plan_id")?.text
        row.customerExternalID = record.firstText("subscriber.payer_id", "subscriber.email_address")
        row.startedAt = record.at("start_time")?.time
        row.currentPeriodEnd = record.at("billing_info.next_billing_time")?.time
        row.updatedAt = record.firstText("update_time", "create_time").flatMap(VendorTime.parse)
        if row.status == "active" || row.status == "past_due" {
            let months: [String: Double] = ["day": 12 / 365.0, "week": 12 / 52.0, "month": 1, "year": 12]
            row.mrrMinor = Int64((Double(row.amountMinor) / (months[row.interval] ?? 1)).rounded())
        }
        if row.status == "canceled" { row.canceledAt = record.at("status_update_time")?.time ?? row.updatedAt }
        batch.subscriptions.append(row)
    }

    /// The plan is another resource; the time between two payments tells its length.
    private static func interval(_ record: JSONValue) -> String {
        guard let last = record.at("billing_info.last_payment.time")?.time,
            let next = record.at("billing_info.next_billing_time")?.time
        else { return "month" }
        switch next.timeIntervalSince(last) / 86_400 {
        case ..<2: return "day"
        case ..<15: return "week"
        case ..<180: return "month"
        default: return "year"
        }
    }
}
