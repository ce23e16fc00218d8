//! Owns the one spelling of a JSON value that hashes are taken of: keys sorted by bytes, no white space.

use serde_json::Value;

/// A value in its one spelling. Sorted here and not by the map's own order, which is a feature of a crate that any
/// dependency can switch. Nesting is bounded by the parser that made the value.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&value.to_string()),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (index, (key, field)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(field, out);
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_form_is_pinned_since_stored_fingerprints_and_quotes_depend_on_it() {
        let value = serde_json::json!({"z": [true, null, -7], "a": {"\u{e9}\"": "line\n"}, "": 1.5});
        assert_eq!(canonical(&value), r#"{"":1.5,"a":{"é\"":"line\n"},"z":[true,null,-7]}"#);
    }
}
