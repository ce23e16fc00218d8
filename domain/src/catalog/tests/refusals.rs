//! Lists that must be refused: each is the built-in one with one thing changed.

use super::super::*;
use super::TEXT;

struct Changed {
    from: &'static str,
    to: &'static str,
    /// Text of the changed list on whose line the fault must point.
    at: &'static str,
    rule: &'static str,
}

const fn changed(from: &'static str, to: &'static str, at: &'static str, rule: &'static str) -> Changed {
    Changed { from, to, at, rule }
}

/// A change whose own line is the one the fault points at.
const fn here(from: &'static str, to: &'static str, rule: &'static str) -> Changed {
    Changed { from, to, at: to, rule }
}

const FORM: &[Changed] = &[
    here("id = \"2022-07\"", "id = 2022-07\"", "syntax"),
    changed("currency = \"CNY\"", "currency = \"CNY\"\ncurrency_symbol = \"¥\"", "currency_symbol", "form"),
    here("validity_end = \"end_of_day\"\n", "validity_end = \"sometime\"\n", "form"),
    changed("validity_end = \"end_of_day\"\n", "", "[policies]", "form"),
    here("expiry_grace_days = 7\n", "expiry_grace_days = -7\n", "form"),
    here("expiry_grace_days = 7\n", "expiry_grace_days = 7.5\n", "form"),
    here("push_all                           = { trial = \"no\"", "push_all = { trial = \"maybe\"", "form"),
    here("users_max                = { trial = 100", "users_max = { trial = -100", "form"),
    here("users_max                = { trial = 100", "users_max = { trial = \"many\"", "form"),
    here("users_max                = { trial = 100, pro", "users_max = { pro", "form"),
    here("variant = \"basic\"\nplans = [\"pro\"]", "variant = \"silver\"\nplans = [\"pro\"]", "form"),
    here("price_percent = 10\n", "price_percent = \"10\"\n", "form"),
    changed(
        "user_status                        =",
        "push_all = { trial = \"no\", pro = \"no\", flagship = \"no\" }\nuser_status =",
        "push_all = { trial",
        "syntax",
    ),
];

const HEADER: &[Changed] = &[
    here("id = \"2022-07\"", "id = \"Juli 2022\"", "id"),
    here("effective_from = 2022-07-01", "effective_from = 2022-07-01T00:00:00+08:00", "effective_from"),
    here("currency = \"CNY\"", "currency = \"USD\"", "currency"),
    here("time_zone = \"Asia/Shanghai\"", "time_zone = \"Europe/Berlin\"", "time_zone"),
    here("source = \"269/11673; docs:2购买指南/价格说明.md@0047475\"", "source = \" \"", "source"),
    changed("korea = \"overseas\"\n", "", "[sites.region]", "site_without_region"),
    changed("india = \"overseas\"", "india = \"overseas\"\nmars = \"overseas\"", "mars", "site"),
    here("korea = \"overseas\"", "korea = \"asia\"", "region"),
    here("months_min = 1\n", "months_min = 0\n", "months_range"),
    here("months_max = 24\n", "months_max = 0\n", "months_range"),
    here("applications_max = 300", "applications_max = 0", "applications_max"),
];

const MATRIX: &[Changed] = &[
    changed(
        "users_max                = { trial = 100, pro = \"unlimited\", flagship = \"unlimited\" }\n",
        "",
        "[matrix.quotas]",
        "row_missing",
    ),
    changed(
        "user_status                        = { trial = \"no\", pro = \"no\", flagship = \"yes\" }\n",
        "",
        "[matrix.features]",
        "row_missing",
    ),
    changed(
        "[matrix.features]\n",
        "[matrix.features]\ntelepathy = { trial = \"no\", pro = \"no\", flagship = \"yes\" }\n",
        "telepathy",
        "row_unknown",
    ),
    here(
        "dau_included             = { trial = 100, pro = 10000",
        "dau_included = { trial = 100, pro = \"unlimited\"",
        "overage_included",
    ),
];

const PRICES: &[Changed] = &[
    here("monthly_price = { china = \"999.00\"", "monthly_price = { china = \"-999.00\"", "price_negative"),
    here("monthly_price = { china = \"999.00\"", "monthly_price = { china = \"999\"", "price_form"),
    here("monthly_price = { china = \"999.00\"", "monthly_price = { china = \"999.000\"", "price_form"),
    here("monthly_price = { china = \"999.00\"", "monthly_price = { china = 999.00", "form"),
    here("monthly_price = { china = \"999.00\", overseas", "monthly_price = { overseas", "form"),
    here("block = 10000\n", "block = 0\n", "overage_block"),
    here("{ plan = \"pro\", days = 30,", "{ plan = \"pro\", days = 7,", "storage_step"),
    here("{ plan = \"flagship\", days = 90,", "{ plan = \"flagship\", days = 30,", "storage_step"),
    changed(
        "{ plan = \"pro\", days = 180,",
        "{ plan = \"pro\", days = 90 ,",
        "{ plan = \"pro\", days = 90 ,",
        "storage_duplicate",
    ),
    here(
        "days = 180, monthly_price = { china = \"1500.00\"",
        "days = 180, monthly_price = { china = \"999.99\"",
        "storage_price",
    ),
    here("overseas = \"1920.00\"", "overseas = \"1279.99\"", "storage_price"),
];

const ADD_ONS: &[Changed] = &[
    changed(
        "plans = [\"flagship\"]\nraises_to = 6000",
        "plans = [\"flagship\", \"pro\"]\nraises_to = 6000",
        "kind = \"group_members\"\nplans = [\"flagship\", \"pro\"]",
        "add_on_duplicate",
    ),
    here("variant = \"advanced\"", "variant = \"basic\"\n#", "add_on_duplicate"),
    changed(
        "variant = \"advanced\"\n",
        "",
        "kind = \"av_call\"\nplans = [\"pro\"]\ngift_minutes = 235000",
        "add_on_variant",
    ),
    changed(
        "kind = \"avchatroom_unlimited\"\n",
        "kind = \"avchatroom_unlimited\"\nvariant =\"basic\"\n",
        "variant =\"basic\"",
        "add_on_variant",
    ),
    here("raises_to = 6000", "raises_to = 2000 #", "add_on_raises"),
    here("raises_to = 3000", "raises_to = 999", "add_on_raises"),
    changed("raises_to = 3000\n", "", "kind = \"groups_per_user\"\nplans = [\"flagship\"]", "add_on_raises"),
    changed("gift_minutes = 110000", "gift_minutes = 110000\nraises_to = 5", "raises_to = 5", "add_on_raises"),
    here("plans = [\"pro\"]\nraises_to = \"unlimited\"", "plans = []\nraises_to = \"unlimited\"", "add_on_plans"),
    here("plans = [\"pro\"]\ngift_minutes = 110000", "plans = [\"trial\"]\ngift_minutes = 110000", "add_on_plans"),
    here("trial = { days = 7,", "trial = { days = 0,", "add_on_trial"),
    here(
        "gift_minutes = 110000",
        "trial = { days = 7, uses_per_application = 2, uses_per_account = 11 }",
        "add_on_trial",
    ),
    here("trial = { days = 7,", "renewal_only = true\ntrial = { days = 7,", "add_on_renewal_only"),
    here("price = { china = \"0.00\" }", "price = {}", "add_on_price"),
    here("list_price = { china = \"625.00\" }", "list_price = { china = \"499.99\" }", "add_on_list_price"),
    here("list_price = { china = \"625.00\" }", "list_price = { overseas = \"625.00\" }", "add_on_list_price"),
];

const RULES: &[Changed] = &[
    here("price_percent = 75", "price_percent = 101", "promotion_percent"),
    here("price_percent = 75", "price_percent = -1", "promotion_percent"),
    here("name = \"yearly\"", "name = \"first_purchase\" #", "promotion_duplicate"),
    here("months = [12, 24]", "months = [12, 25]", "promotion_months"),
    here("plans = [\"flagship\"]\nmonths = [12, 24]", "plans = []\nmonths = [12, 24]", "promotion_plans"),
    here("settlement_draft_day = 1\n", "settlement_draft_day = 0\n", "policy_day"),
    here("settlement_final_day = 3\n", "settlement_final_day = 29\n", "policy_day"),
    here("arrears_grace_days = 7\n", "arrears_grace_days = 0\n", "policy_day"),
    here("retention_days = 90\n", "retention_days = 0\n", "policy_day"),
    changed("payment_order = \"house U4\"\n", "", "payment_order = \"voucher_gift_cash\"", "policy_source"),
    changed(
        "payment_order = \"house U4\"",
        "payment_order = \"house U4\"\ncolour = \"blue\"",
        "colour",
        "policy_source",
    ),
    here("total = \"11988.00\"", "total = \"11988.01\"", "example"),
    here("refused = \"plan_mismatch\"", "refused = \"already_on_plan\"", "example"),
    here("total = \"35988.00\"", "total = \"35988\"", "example_form"),
    changed(", total = \"35988.00\"", "", "case = \"C5.2\"", "example_form"),
    here("total = \"35988.00\"", "total = \"35988.00\", refused = \"x\"", "example_form"),
];

fn faults_of(text: &str) -> Vec<Fault> {
    PriceList::parse("list.toml", text).err().map(|fault| fault.faults).unwrap_or_default()
}

fn only_change(from: &str, to: &str) -> String {
    assert_eq!(TEXT.matches(from).count(), 1, "{from:?} must occur once");
    TEXT.replace(from, to)
}

/// The line, from 1, on which `at` begins.
fn line_of(text: &str, at: &str) -> usize {
    assert_eq!(text.matches(at).count(), 1, "{at:?} must occur once");
    1 + text[..text.find(at).expect("counted")].matches('\n').count()
}

fn all() -> impl Iterator<Item = &'static Changed> {
    [FORM, HEADER, MATRIX, PRICES, ADD_ONS, RULES].into_iter().flatten()
}

#[test]
fn a_changed_list_is_refused_at_the_line_of_the_change_by_its_rule() {
    let mut wrong = Vec::new();
    for Changed { from, to, at, rule } in all() {
        let text = only_change(from, to);
        let expected = (line_of(&text, at), *rule);
        let faults = faults_of(&text);
        if faults.iter().map(|fault| (fault.line, fault.rule)).ne([expected]) {
            wrong.push(format!("{from:?} -> {to:?}: expected {expected:?}, found {faults:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_reading_finds_everything_in_the_order_of_the_file() {
    let changes = [
        ("korea = \"overseas\"\n", ""),
        ("price_percent = 75", "price_percent = 101"),
        ("currency = \"CNY\"", "currency = \"EUR\""),
        ("raises_to = 3000", "raises_to = 999"),
        ("block = 10000\n", "block = 0\n"),
        ("{ plan = \"pro\", days = 30,", "{ plan = \"pro\", days = 7,"),
    ];
    let text = changes.into_iter().fold(TEXT.to_owned(), |text, (from, to)| text.replace(from, to));
    let rules: Vec<_> = faults_of(&text).iter().map(|fault| fault.rule).collect();
    let expected =
        ["currency", "site_without_region", "overage_block", "add_on_raises", "storage_step", "promotion_percent"];
    assert_eq!(rules, expected);
}

#[test]
fn a_fault_says_file_line_what_is_wrong_and_the_rule() {
    let text = format!("# one\n# two\n{TEXT}").replace("currency = \"CNY\"", "currency = \"EUR\"");
    let fault = PriceList::parse("prices/2030.toml", &text).expect_err("euros were accepted");
    let line = line_of(&text, "currency =");
    let message = "currency EUR is not kept here; the ledger keeps CNY";
    assert_eq!(fault.to_string(), format!("prices/2030.toml:{line}: {message} (currency)"));
}

#[test]
fn a_list_that_proves_nothing_is_refused() {
    let text = TEXT.split("cases = [").next().expect("the part before").to_owned() + "cases = []\n";
    let found: Vec<_> = faults_of(&text).iter().map(|fault| (fault.line, fault.rule)).collect();
    assert_eq!(found, [(line_of(&text, "cases = []"), "examples_missing")]);
}

#[test]
fn the_guide_to_price_lists_explains_every_rule() {
    let guide = include_str!("../../../../docs/price-lists.md");
    let others = ["duplicate_id", "duplicate_effective_from", "no_lists", "examples_missing"];
    for rule in all().map(|change| change.rule).chain(others) {
        assert!(guide.contains(&format!("`{rule}`")), "docs/price-lists.md lacks {rule}");
    }
}
