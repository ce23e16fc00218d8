//! Owns which form and language a reader prefers, by its headers.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, AsHeaderName};
use subledger_domain::wording::Language;

/// Whether one of these types is asked for, and rather than JSON. Who names neither gets JSON, the form of the wire.
pub(super) fn prefers(headers: &HeaderMap, wanted: &[&str]) -> bool {
    let ranges = ranges(headers, ACCEPT);
    let weight = |wanted: &str| ranges.iter().filter_map(|range| weight_of(range, wanted)).max();
    let best = wanted.iter().filter_map(|wanted| weight(wanted)).max();
    match (best, weight("application/json")) {
        (Some(wanted), json) => wanted > 0 && json.is_none_or(|json| wanted > json),
        (None, _) => false,
    }
}

/// The language asked for; English unless Chinese is preferred to it.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let ranges = ranges(headers, ACCEPT_LANGUAGE);
    let weight = |wanted: &str| {
        let weights = ranges.iter().filter_map(|range| {
            let tag = range.split(';').next().unwrap_or("").trim();
            let primary = tag.split('-').next().unwrap_or("");
            primary.eq_ignore_ascii_case(wanted).then(|| weight_of(range, tag)).flatten()
        });
        weights.max().unwrap_or(0)
    };
    if weight("zh") > weight("en") { Language::Zh } else { Language::En }
}

fn ranges(headers: &HeaderMap, name: impl AsHeaderName) -> Vec<&str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).collect()
}

/// The weight a range gives to exactly this type, in thousandths. One that cannot be read counts as none.
fn weight_of(range: &str, wanted: &str) -> Option<u32> {
    let mut parts = range.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let Some(weight) = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))) else {
        return Some(1_000);
    };
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = format!("{fraction:0<3}");
    let thousandths: u32 = digits.get(..3)?.parse().ok()?;
    Some((whole.parse::<u32>().ok()? * 1_000 + thousandths).min(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_english_unless_chinese_is_preferred() {
        for (sent, expected) in [
            (None, Language::En),
            (Some("zh"), Language::Zh),
            (Some("zh-CN,zh;q=0.9,en;q=0.8"), Language::Zh),
            (Some("en-GB, zh;q=0.9"), Language::En),
            (Some("en;q=0.5, zh-Hans;q=0.6"), Language::Zh),
            (Some("fr"), Language::En),
            (Some("zh;q=0"), Language::En),
            (Some("*"), Language::En),
            (Some("zhuang"), Language::En),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(sent) = sent {
                headers.insert(ACCEPT_LANGUAGE, sent.parse().expect("a header"));
            }
            assert_eq!(language(&headers), expected, "{sent:?}");
        }
    }
}
