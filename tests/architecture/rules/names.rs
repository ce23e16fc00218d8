//! Owns reading the numbers of rules from names: `u22_u23_…`, `c6_1_…`, `c1_1_to_c1_9_…`, and from worked examples'.

use crate::rust_text::scan;

/// The names of the tests in a source: functions under `#[test]` or `#[tokio::test]`, and those that run on both stores.
pub(crate) fn tests_of(text: &str) -> Vec<String> {
    let code = scan(text).code;
    let (mut names, mut is_test, mut in_list) = (Vec::new(), false, false);
    for line in code.lines().map(str::trim) {
        if in_list {
            in_list = !line.starts_with('}');
            names.extend(line.split_whitespace().filter(|word| *word != "}").map(str::to_owned));
        } else if line.starts_with("on_both_stores!") {
            in_list = true;
        } else if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(name) = function(line) {
            names.extend(is_test.then(|| name.to_owned()));
            is_test = false;
        }
    }
    names
}

fn function(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    rest.split(['(', '<']).next()
}

/// The rules that a test's name begins with, as they are written in documents: `C6.1`, `U22`, `R0`; `C1` where it is
/// about all cases of that family.
pub(crate) fn ids_of_name(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split('_').collect();
    let (mut ids, mut at, mut up_to) = (Vec::new(), 0, false);
    while let Some(word) = words.get(at) {
        at += 1;
        match number(word) {
            Some((family, n)) => {
                let part = words.get(at).filter(|_| has_parts(family)).and_then(|part| part.parse::<u32>().ok());
                at += usize::from(part.is_some());
                if let (true, Some(to), Some(from)) = (up_to, part, last_part(&ids, family, n)) {
                    ids.extend((from + 1..to).map(|part| written(family, n, Some(part))));
                }
                ids.push(written(family, n, part));
                up_to = false;
            }
            None if *word == "and" => {}
            None if *word == "to" && !ids.is_empty() => up_to = true,
            None => break,
        }
    }
    ids
}

/// The rules that a worked example is called after: `C1.1 China`, `U43`.
pub(crate) fn ids_of_case(case: &str) -> Vec<String> {
    let word = case.split(' ').next().unwrap_or_default();
    let (whole, part) = word.split_once('.').map_or((word, None), |(whole, part)| (whole, part.parse().ok()));
    let id = number(&whole.to_lowercase()).map(|(family, n)| written(family, n, part));
    id.filter(|_| whole.starts_with(char::is_uppercase)).into_iter().collect()
}

/// `u22` is rule 22 of U.
fn number(word: &str) -> Option<(char, u32)> {
    let family = word.chars().next().filter(|c| "sruabc".contains(*c))?;
    word[1..].parse().ok().map(|n| (family, n))
}

fn has_parts(family: char) -> bool {
    "abc".contains(family)
}

fn last_part(ids: &[String], family: char, n: u32) -> Option<u32> {
    ids.last()?.strip_prefix(&format!("{}.", written(family, n, None)))?.parse().ok()
}

fn written(family: char, n: u32, part: Option<u32>) -> String {
    let whole = format!("{}{n}", family.to_ascii_uppercase());
    part.map_or(whole.clone(), |part| format!("{whole}.{part}"))
}

#[test]
fn numbers_are_read_from_the_beginning_of_a_name() {
    for (name, ids) in [
        ("u22_an_upgrade", "U22"),
        ("u1_u3_a_part", "U1 U3"),
        ("u34_u40_the_clock", "U34 U40"),
        ("s9_s10_s17_a_check", "S9 S10 S17"),
        ("r0_ends_come_first", "R0"),
        ("c6_10_months_not_begun", "C6.10"),
        ("c5_6_an_order_of_0_or_25_months", "C5.6"),
        ("c1_c2_usage", "C1 C2"),
        ("c8_2_u17_history", "C8.2 U17"),
        ("a2_1_and_a2_2_the_first", "A2.1 A2.2"),
        ("c2_1_to_c2_4_groups", "C2.1 C2.2 C2.3 C2.4"),
        ("b7_the_order_of_use", "B7"),
        ("b10_gift", "B10"),
        ("a_year_of_flagship", ""),
        ("the_u22", ""),
        ("c_b_a", ""),
        ("u20_a_voucher_of_1500_pays", "U20"),
    ] {
        assert_eq!(ids_of_name(name).join(" "), ids, "{name}");
    }
    for (case, ids) in
        [("C1.1 China", "C1.1"), ("U43", "U43"), ("call trial on Trial", ""), ("a year", ""), ("B7", "B7")]
    {
        assert_eq!(ids_of_case(case).join(" "), ids, "{case}");
    }
}

#[test]
fn only_tests_are_tests() {
    let text = "on_both_stores! {\n    u1_a\n    u2_b\n}\nasync fn u1_a(kind: StoreKind) {}\nfn u3_c() {}\n\
                #[test]\nfn u4_d() {}\nfn u5_e() {}\n// fn u6_f\n#[tokio::test]\nasync fn u7_g() {}\n";
    assert_eq!(tests_of(text), ["u1_a", "u2_b", "u4_d", "u7_g"]);
}
