//! The language as tables: what is written, what comes of it, what an error says.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Names with their types and values; a name in the scope may lack a value.
struct World {
    types: BTreeMap<&'static str, Type>,
    values: BTreeMap<&'static str, Value>,
}

impl Scope for World {
    fn type_of(&self, name: &str) -> Option<Type> {
        self.types.get(name).copied()
    }
    fn names(&self) -> Vec<String> {
        self.types.keys().map(|name| (*name).to_owned()).collect()
    }
}

impl Facts for World {
    fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }
}

fn world() -> World {
    let types = BTreeMap::from([
        ("skill.billing", Type::Int),
        ("skill.two words", Type::Int),
        ("agent.groups", Type::List),
        ("caller.number", Type::Text),
        ("caller.vip", Type::Bool),
        ("called", Type::Text),
        ("called.number", Type::Text),
        ("account", Type::Text),
        ("unset", Type::Text),
        ("rate", Type::Float),
    ]);
    let values = BTreeMap::from([
        ("skill.billing", Value::Int(8)),
        ("skill.two words", Value::Int(3)),
        ("agent.groups", ["back-office", "milano"].into_iter().map(Value::from).collect()),
        ("caller.number", Value::from("+39333111")),
        ("caller.vip", Value::from("true")),
        ("called", Value::from("+390212345642")),
        ("called.number", Value::from("+390212345642")),
        ("account", Value::from("1234")),
        ("rate", Value::Float(0.5)),
    ]);
    World { types, values }
}

/// Parses, checks and evaluates; shows the value with its type.
fn run(text: &str) -> String {
    let expr = match Expr::parse(text) {
        Ok(expr) => expr,
        Err(e) => return format!("parse {}+{}: {e}", e.offset, e.len),
    };
    if let Err(e) = expr.check(&world()) {
        return format!("check {}+{}: {e}", e.offset, e.len);
    }
    match expr.eval(&world()) {
        Ok(value) => format!("{value} {}", value.type_of()),
        Err(e) => format!("eval: {e}"),
    }
}

fn table(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(run(text), *expected, "{text}");
    }
}

#[test]
fn literals_and_arithmetic_follow_cel() {
    table(&[
        ("1 + 2 * 3", "7 int"),
        ("(1 + 2) * 3", "9 int"),
        ("10 - 4 - 3", "3 int"),
        ("7 / 2", "3 int"),
        ("-7 % 3", "-1 int"),
        ("7 / 2.0", "3.5 float"),
        ("--2", "2 int"),
        ("1 + rate", "1.5 float"),
        ("'a' + \"b\"", "ab text"),
        (r#"'it\'s' + "\\""#, r"it's\ text"),
        ("[1, 'a', true]", "1,a,true list"),
        ("[]", " list"),
        ("true ? 1 : 2.5", "1 int"),
        ("false ? 1 : true ? 2 : 3", "2 int"),
    ]);
}

#[test]
fn comparisons_and_logic() {
    table(&[
        ("skill.billing >= 8", "true bool"),
        ("skill.billing > 8 || skill[\"two words\"] == 3", "true bool"),
        ("!(skill.billing < 8) && caller.vip", "true bool"),
        ("\"back-office\" in agent.groups", "true bool"),
        ("'roma' in agent.groups", "false bool"),
        ("account in [\"1\", \"1234\"]", "true bool"),
        ("1 == 1.0", "true bool"),
        ("'b' > 'a'", "true bool"),
        ("[1, 2] == [1, 2]", "true bool"),
        ("true != false", "true bool"),
        (
            "1 < 2 == true",
            "parse 6+2: one comparison after another (join two comparisons with `&&`)",
        ),
    ]);
}

#[test]
fn the_right_side_is_looked_at_only_if_needed() {
    table(&[
        ("false && 1 / 0 == 1", "false bool"),
        ("true || 1 / 0 == 1", "true bool"),
        ("true ? 1 : 1 / 0", "1 int"),
        ("true && 1 / 0 == 1", "eval: division by zero"),
    ]);
}

#[test]
fn methods_and_functions_work_on_characters() {
    table(&[
        ("called.last(2)", "42 text"),
        ("called.number.first(3)", "+39 text"),
        ("called.substring(1, 3)", "39 text"),
        ("'ciao è'.last(1)", "è text"),
        ("'ab'.last(9) + 'ab'.first(0 - 1)", "ab text"),
        ("'abc'.substring(2)", "c text"),
        ("'abc'.substring(2, 1)", " text"),
        ("caller.number.startsWith('+39')", "true bool"),
        ("caller.number.endsWith('9')", "false bool"),
        ("caller.number.contains('333')", "true bool"),
        ("size(account) + agent.groups.size()", "6 int"),
        ("int(account) + 1", "1235 int"),
        ("int(2.9)", "2 int"),
        ("string(1.5) + string(true)", "1.5true text"),
        ("account.first(2).last(1)", "2 text"),
    ]);
}

#[test]
fn a_missing_fact_is_the_empty_text_and_compares_by_the_documented_rules() {
    table(&[
        ("unset == ''", "true bool"),
        ("unset >= 0", "false bool"),
        ("unset < 0", "false bool"),
        ("unset == 0", "false bool"),
        ("unset != 0", "true bool"),
        ("account > 999", "true bool"),
        ("account == 1234", "true bool"),
        ("1234 == account", "true bool"),
        ("'10' < '9'", "true bool"),
        ("'1e3' == 1000", "false bool"),
        ("int(unset)", "eval: not a number"),
        ("caller.vip == true", "true bool"),
    ]);
}

#[test]
fn arithmetic_never_wraps() {
    table(&[
        ("9223372036854775807 + 1", "eval: a number too large"),
        ("-(0 - 9223372036854775807 - 1)", "eval: a number too large"),
        ("(0 - 9223372036854775807 - 1) / (0 - 1)", "eval: a number too large"),
        ("1 % 0", "eval: division by zero"),
        ("1.0 / 0", "eval: division by zero"),
    ]);
}

#[test]
fn a_mistake_is_named_with_its_place_and_a_way_out() {
    table(&[
        (
            "skill.biling >= 8",
            "check 0+12: nothing is named `skill.biling` (did you mean `skill.billing`?)",
        ),
        ("true && xyzzy", "check 8+5: nothing is named `xyzzy`"),
        ("account = 1", "parse 8+1: `=` compares nothing (write `==`)"),
        (
            "caller.vip and true",
            "parse 11+3: found `and`, expected an operator or the end (write `&&`)",
        ),
        ("not caller.vip", "parse 0+3: `not` is no operator (write `!`)"),
        ("account.lst(2)", "parse 8+3: no method `lst` (did you mean `last`?)"),
        ("len(account)", "parse 0+3: no function `len` (there are size, int, string)"),
        ("account.last()", "parse 8+6: `last` takes 1 argument(s), found 0"),
        ("(1 + 2", "parse 6+0: the expression ends here, expected `)`"),
        ("", "parse 0+0: the expression ends here, expected a value, a name or `(`"),
        ("'open", "parse 0+5: text that is not closed by '"),
        (
            "39333123456789012345",
            "parse 0+20: `39333123456789012345` is too large for an int (a number to dial is text: put it in quotes)",
        ),
        ("account + 1", "check 10+1: text `+` needs text, found int (write `string(…)` around it)"),
        ("account * 2", "check 0+7: `*` needs a number, found text (write `int(…)` around it)"),
        ("account && true", "check 0+7: `&&` needs bool, found text (compare it: `… != \"\"`)"),
        ("'a' in account", "check 7+7: `in` needs list, found text (write `text.contains(part)`)"),
        ("agent.groups < 2", "check 0+16: `<` cannot compare list with int"),
        ("true ? 1 : 'a'", "check 0+14: one way is int, the other is text"),
        ("a # b", "parse 2+1: `#` is not part of the language"),
        ("1 & 2", "parse 2+1: `&` is not part of the language (write `&&`)"),
    ]);
}

#[test]
fn every_bound_is_an_error_and_not_a_crash() {
    for (text, says) in [
        ("(".repeat(2_000), "nested deeper"),
        ("!".repeat(2_000), "nested deeper"),
        ("[".repeat(2_000), "nested deeper"),
        ("1?".repeat(1_000), "nested deeper"),
        (format!("1{}", "+1".repeat(1_000)), "more than 256 parts"),
        (format!("a{}", ".size()".repeat(500)), "more than 256 parts"),
        ("a".repeat(5_000), "at most 4096"),
    ] {
        let error = Expr::parse(&text).unwrap_err();
        assert!(error.message.contains(says), "{error}");
    }
}

#[test]
fn names_and_conjuncts_tell_what_an_expression_looks_at() {
    let expr = Expr::parse("skill.billing >= 8 && ('x' in agent.groups || account == '') && true");
    let expr = expr.unwrap();
    assert_eq!(expr.names(), ["skill.billing", "agent.groups", "account"]);
    let parts: Vec<String> = expr.conjuncts().iter().map(Expr::to_string).collect();
    assert_eq!(parts, ["skill.billing >= 8", "('x' in agent.groups || account == '')", "true"]);
}

#[test]
fn templates_render_check_and_escape() {
    for (text, expected) in [
        ("sip:${called.last(2)}@10.0.0.5", "sip:42@10.0.0.5"),
        ("plain", "plain"),
        ("", ""),
        ("${account}${account}", "12341234"),
        ("costs 5$ and $${x}", "costs 5$ and ${x}"),
        ("${'}' + \"}\"}.", "}}."),
        ("<${unset}>", "<>"),
        ("<${1 / 0}>", "<>"),
        ("${1 + 1} ${agent.groups}", "2 back-office,milano"),
    ] {
        let template = Template::parse(text).unwrap();
        template.check(&world()).unwrap();
        assert_eq!(template.render(&world()), expected, "{text}");
    }
    assert_eq!(Template::parse("a $${b").unwrap().plain(), Some("a ${b"));
    assert_eq!(Template::parse("a ${b}").unwrap().plain(), None);
    assert_eq!(Template::parse("${a} ${b}").unwrap().names(), ["a", "b"]);
}

#[test]
fn errors_in_templates_are_placed_in_the_whole_text() {
    let open = Template::parse("ab ${account").unwrap_err();
    assert_eq!((open.offset, open.len), (3, 9));
    let bad = Template::parse("ab ${1 +}").unwrap_err();
    assert_eq!((bad.offset, bad.len), (8, 0));
    let unknown = Template::parse("ab ${acount}").unwrap().check(&world()).unwrap_err();
    assert_eq!((unknown.offset, unknown.len), (5, 6));
    assert_eq!(unknown.hint.as_deref(), Some("did you mean `account`?"));
}

#[test]
fn debug_does_not_show_what_callers_typed() {
    let shown = format!("{:?}", Value::from("+39333111"));
    assert_eq!(shown, "Text(9 characters)");
}

/// Text that is nearly an expression: the pieces of the language in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "1",
        "2.5",
        "'a'",
        "\"b\"",
        "true",
        "account",
        "skill.billing",
        "agent.groups",
        "(",
        ")",
        "[",
        "]",
        ",",
        "+",
        "-",
        "*",
        "/",
        "%",
        "<",
        ">=",
        "==",
        "!=",
        "!",
        "&&",
        "||",
        "?",
        ":",
        " in ",
        ".size()",
        ".last(",
        "int(",
        ".",
        "é",
        "\\",
        "'",
        "${",
        "}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// No text makes any stage panic, places lie inside the text, and what was checked as bool,
    /// int, float, text or list evaluates to that (an int may stand where a float was promised).
    #[test]
    fn nothing_panics_and_types_hold(text in pieces()) {
        let world = world();
        match Expr::parse(&text) {
            Err(error) => {
                prop_assert!(error.offset + error.len <= text.len());
                prop_assert!(text.get(error.offset..error.offset + error.len).is_some());
            }
            Ok(expr) => {
                let value = expr.eval(&world);
                if let (Ok(promised), Ok(value)) = (expr.check(&world), value) {
                    let declared_bool_as_text = expr.names().contains(&"caller.vip");
                    let int_for_float = promised == Type::Float && value.type_of() == Type::Int;
                    prop_assert!(
                        declared_bool_as_text || int_for_float || value.type_of() == promised
                    );
                }
            }
        }
        if let Ok(template) = Template::parse(&text) {
            let _ = template.render(&world);
        }
    }
}
