//! Owns reading Rust as text: code without comments and literals, without test items, and the paths it names.
//!
//! Does not own a parser. It knows what our formatted sources look like, and errs towards naming too much.

/// A source split into what is compiled and what it quotes.
pub(crate) struct Scanned {
    /// The code; comments and the insides of literals are gone, line breaks are kept.
    pub(crate) code: String,
    /// The insides of all string literals, as written.
    pub(crate) strings: Vec<String>,
}

/// Splits a source.
pub(crate) fn scan(text: &str) -> Scanned {
    let mut scanned = Scanned { code: String::with_capacity(text.len()), strings: Vec::new() };
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if let Some(marks) = string_marks(rest, scanned.code.chars().next_back()) {
            let inside = &rest[marks.opening..];
            let length = string_length(inside, &marks);
            scanned.strings.push(inside[..length].to_owned());
            scanned.code.push_str("\"\"");
            (marks.opening + length + marks.closing.len()).min(rest.len())
        } else if let Some(length) = char_literal(rest) {
            scanned.code.push_str("' '");
            length
        } else {
            scanned.code.push(next);
            rest = &rest[next.len_utf8()..];
            continue;
        };
        scanned.code.extend(rest[..taken].chars().filter(|c| *c == '\n'));
        rest = &rest[taken..];
    }
    scanned
}

fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0_usize);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// How a string literal opens and closes.
struct Marks {
    opening: usize,
    closing: String,
    has_escapes: bool,
}

fn string_marks(text: &str, before: Option<char>) -> Option<Marks> {
    // `r` or `b` at the end of a longer name is no prefix.
    let may_prefix = !before.is_some_and(is_word);
    let prefix = if may_prefix { text.len() - text.trim_start_matches(['b', 'c', 'r']).len() } else { 0 };
    let has_escapes = !text[..prefix].contains('r');
    let after = &text[prefix..];
    let hashes = if has_escapes { 0 } else { after.len() - after.trim_start_matches('#').len() };
    let is_string = prefix <= 2 && after[hashes..].starts_with('"');
    is_string.then(|| Marks { opening: prefix + hashes + 1, closing: format!("\"{}", "#".repeat(hashes)), has_escapes })
}

fn string_length(inside: &str, marks: &Marks) -> usize {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if !escaped && inside[at..].starts_with(&marks.closing) {
            return at;
        }
        escaped = marks.has_escapes && c == '\\' && !escaped;
    }
    inside.len()
}

/// The length of a character literal here; a lifetime is none.
fn char_literal(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    let mut chars = inside.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        // The escaped character may itself be a quote.
        let close = inside.get(2..)?.find('\'')?;
        return Some(1 + 2 + close + 1);
    }
    let (at, second) = chars.next()?;
    (second == '\'').then_some(1 + at + 1)
}

/// The code without items under `#[cfg(test)]`; for scanned code only.
pub(crate) fn without_tests(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[item_length(rest)..];
    }
    kept.push_str(rest);
    kept
}

/// An item ends at its first semicolon outside braces, or where its braces close.
fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

/// The first names of every path that starts with `start`, e.g. `crate::` or `subledger_domain::`. A `{…}` list gives
/// each of its members' first names. The name of a macro ends in `!`.
pub(crate) fn first_names(code: &str, start: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(start) {
        let follows_word = code[..at].chars().next_back().is_some_and(|c| is_word(c) || c == ':');
        if follows_word {
            continue;
        }
        let rest = &code[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(list) => names.extend(list_heads(list)),
            None => names.extend(head(rest)),
        }
    }
    names
}

fn list_heads(list: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let (mut depth, mut expected) = (1_usize, true);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => expected = true,
            _ if expected && is_word(c) => {
                heads.extend(head(&list[at..]));
                expected = false;
            }
            _ => {}
        }
    }
    heads
}

fn head(text: &str) -> Option<String> {
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let name = &text[..end];
    let mark = if text[end..].starts_with('!') { "!" } else { "" };
    (!name.is_empty()).then(|| format!("{name}{mark}"))
}

/// All words of the code.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn comments_and_literals_are_no_code() {
    let text = "let a = \"f64 \\\" crate::x\"; // crate::y\n/* crate::z /* in */ f64\n */ let b = r#\"a \" f64\"#; let c = b\"x\";\n\
                let d = '\"'; let e = '\\''; fn f<'a>(g: &'a str) {} let h = '\\u{1F600}'; let i = \"end\";";
    let scanned = scan(text);
    assert!(!scanned.code.contains("f64") && !scanned.code.contains("crate::"), "{}", scanned.code);
    assert!(
        scanned.code.contains("let i = \"\";") && scanned.code.contains("fn f<'a>(g: &'a str)"),
        "{}",
        scanned.code
    );
    assert_eq!(scanned.strings, ["f64 \\\" crate::x", "a \" f64", "x", "end"]);
    assert_eq!(scanned.code.lines().count(), text.lines().count());
}

#[test]
fn test_items_are_left_out_and_what_follows_them_stays() {
    let code = "use a;\n#[cfg(test)]\nmod tests;\nfn b() {}\n#[cfg(test)]\nmod inline { fn c() { {} } }\nfn d() {}\n";
    let kept = without_tests(code);
    assert!(kept.contains("fn b") && kept.contains("fn d") && !kept.contains("mod tests") && !kept.contains("fn c"));
}

#[test]
fn every_member_of_a_list_is_a_path() {
    let code =
        "use crate::{money::{Money, Currency}, ids, calendar::{self}}; crate::plan::x(); mycrate::no(); crate::glue!()";
    assert_eq!(first_names(code, "crate::"), ["money", "ids", "calendar", "plan", "glue!"]);
}
