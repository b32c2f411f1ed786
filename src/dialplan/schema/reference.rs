//! The reference for admins, `docs/dialplan.md`: the prose of `reference.md`, and in its tables of keys
//! what the code knows of each key: what may stand there, whether it is needed, its default.
//!
//! A line `{{keys trunks}}` begins such a table; the lines `| key | default | meaning |` behind it become
//! rows with the code's account of what stands there. A key without a line gets one from the schema,
//! so that none is ever left out, and a line for a key that there is not is an error.

use super::{ORDER, full};
use serde_json::Value;

/// The words around what the code knows.
const PROSE: &str = include_str!("reference.md");

const HEAD: &str = "\
| key | what stands there | default | meaning |
| --- | --- | --- | --- |
";

/// `docs/dialplan.md`.
///
/// # Errors
/// The prose has a line for a key or a table that there is not: its text.
pub fn reference() -> Result<String, String> {
    let schema = full();
    let mut text = String::new();
    let mut lines = PROSE.lines().peekable();
    while let Some(line) = lines.next() {
        let asked = line.strip_prefix("{{keys ").and_then(|rest| rest.strip_suffix("}}"));
        let Some(asked) = asked else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let mut rows = Vec::new();
        while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
            rows.push(row);
        }
        text.push_str(HEAD);
        text.push_str(&table(&schema, asked, &rows)?);
    }
    Ok(text)
}

/// The rows of a table: those of the prose, and one for each key that it leaves out.
fn table(schema: &Value, asked: &str, rows: &[&str]) -> Result<String, String> {
    let maps: Vec<(&str, &Value)> = asked
        .split(' ')
        .map(|name| place(schema, name).map(|map| (name, map)).ok_or_else(|| asked.to_owned()))
        .collect::<Result<_, _>>()?;
    let mut table = String::new();
    let mut told: Vec<String> = Vec::new();
    for line in rows {
        // A bar within a cell has a backslash before it.
        let bare = line.replace("\\|", "\0");
        let cells: Vec<String> = bare
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().replace('\0', "\\|"))
            .collect();
        let [keys, default, meaning] = cells.as_slice() else { return Err((*line).to_owned()) };
        let mut first = None;
        // Every second piece stands between backticks.
        for key in keys.split('`').skip(1).step_by(2) {
            // With several sections in one table a key may be told with its section.
            let found = maps.iter().find_map(|(name, map)| {
                let own = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
                within(schema, map, own.unwrap_or(key))
            });
            let found = found.ok_or_else(|| (*line).to_owned())?;
            first.get_or_insert(found);
            told.push(key.to_owned());
        }
        let Some((map, value)) = first else { return Err((*line).to_owned()) };
        let default = match default_of(map, value, told.last().map_or("", String::as_str)) {
            Some(known) if default.is_empty() => known,
            _ => default.clone(),
        };
        table.push_str(&format!("| {keys} | {} | {default} | {meaning} |\n", kind(schema, value)));
    }
    for (name, map) in maps {
        for (key, value) in ordered(map) {
            let own = format!("{name}.{key}");
            if !told.iter().any(|told| *told == key || *told == own) {
                let default = default_of(map, value, key).unwrap_or_default();
                let meaning = value.get("description").and_then(Value::as_str).unwrap_or_default();
                table.push_str(&format!(
                    "| `{key}` | {} | {default} | {meaning} |\n",
                    kind(schema, value)
                ));
            }
        }
    }
    Ok(table)
}

/// The map of keys by this name: a section, what the names of a section stand for, a verb's value, or
/// something that many keys take.
fn place<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    if let Some(section) = schema.pointer(&format!("/properties/{name}")) {
        let entry = section.get("additionalProperties").filter(|entry| entry.is_object());
        return with_keys(schema, entry.unwrap_or(section));
    }
    let states = schema.pointer("/$defs/state/oneOf").and_then(Value::as_array)?;
    let value = states.iter().find_map(|state| state.pointer(&format!("/properties/{name}")));
    with_keys(schema, value?)
}

/// The first map with keys of its own among what may stand here.
fn with_keys<'a>(schema: &'a Value, value: &'a Value) -> Option<&'a Value> {
    let value = resolved(schema, value);
    if value.get(ORDER).is_some() {
        return Some(value);
    }
    let forms = value.get("anyOf").or_else(|| value.get("oneOf")).and_then(Value::as_array)?;
    forms.iter().find_map(|form| with_keys(schema, form))
}

/// The key, and the map that it is in; with a dot, one of a map in the map.
fn within<'a>(schema: &'a Value, map: &'a Value, key: &str) -> Option<(&'a Value, &'a Value)> {
    let (first, rest) = key.split_once('.').unwrap_or((key, ""));
    let value = map.get("properties")?.get(first)?;
    if rest.is_empty() {
        return Some((map, value));
    }
    within(schema, with_keys(schema, value)?, rest)
}

fn default_of(map: &Value, value: &Value, key: &str) -> Option<String> {
    let needed = map.get("required").and_then(Value::as_array);
    if needed.is_some_and(|all| all.iter().any(|one| one == key)) {
        return Some("needed".to_owned());
    }
    value.get("default").map(|default| code(default.as_str().unwrap_or(&default.to_string())))
}

/// What stands there, in words.
fn kind(schema: &Value, value: &Value) -> String {
    if let Some(title) = resolved(schema, value).get("title").and_then(Value::as_str) {
        return title.to_owned();
    }
    let value = resolved(schema, value);
    if let Some(words) = value.get("enum").and_then(Value::as_array) {
        return together(
            words.iter().map(|word| code(word.as_str().unwrap_or(&word.to_string()))),
            ", ",
        );
    }
    if let Some(word) = value.get("const") {
        return code(word.as_str().unwrap_or(&word.to_string()));
    }
    let several = value.get("anyOf").or_else(|| value.get("oneOf")).and_then(Value::as_array);
    if let Some(several) = several.filter(|_| value.get("type").is_none()) {
        if let [one, many] = several.as_slice()
            && many.get("items") == Some(one)
        {
            let most = many.get("maxItems").map(|most| format!("1 to {most} "));
            return format!(
                "list of {}{}",
                most.unwrap_or_default(),
                several_of(&kind(schema, one))
            );
        }
        return together(several.iter().map(|one| kind(schema, one)), " or ");
    }
    if let Some(first) = value.pointer("/examples/0").and_then(Value::as_str) {
        return format!("text such as {}", code(first));
    }
    let bounds = value.get("minimum").zip(value.get("maximum"));
    match (value.get("type").and_then(Value::as_str), bounds) {
        (Some("integer" | "number"), Some((least, most))) => {
            format!("{} to {}", grouped(&least.to_string()), grouped(&most.to_string()))
        }
        (Some("integer" | "number"), None) => "number".to_owned(),
        (Some("boolean"), _) => "boolean".to_owned(),
        (Some("null"), _) => "nothing".to_owned(),
        (Some("array"), _) => {
            let items = value.get("items").map_or_else(String::new, |of| kind(schema, of));
            format!("list of {}", several_of(&items))
        }
        (Some("string"), _) => "text".to_owned(),
        _ if value.get(ORDER).is_some() => {
            let told = |(key, value)| match kind(schema, value) {
                long if long.len() > SHORT => code(key),
                short => format!("{} ({short})", code(key)),
            };
            format!("map: {}", together(ordered(value).map(told), ", "))
        }
        _ => match value.get("additionalProperties").filter(|of| of.is_object()) {
            Some(of) => format!("map from names to {}", kind(schema, of)),
            None => "text".to_owned(),
        },
    }
}

/// What a key in a map takes is told beside it only if it is short.
const SHORT: usize = 24;

/// In the plural.
fn several_of(one: &str) -> String {
    match one.split_once(' ') {
        _ if one.starts_with('`') => one.to_owned(),
        None => format!("{one}s"),
        Some(("text", rest)) => format!("texts {rest}"),
        Some(("map:", rest)) => format!("maps: {rest}"),
        Some(_) => one.to_owned(),
    }
}

/// A number with commas between its thousands.
fn grouped(number: &str) -> String {
    let digits = number.len();
    let mut text = String::new();
    for (at, digit) in number.chars().enumerate() {
        if at > 0
            && digit.is_ascii_digit()
            && (digits - at).is_multiple_of(3)
            && !text.ends_with('-')
        {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Each once, one behind the other.
fn together(all: impl Iterator<Item = String>, between: &str) -> String {
    let mut told: Vec<String> = Vec::new();
    for one in all {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    told.join(between)
}

/// The keys of a map in the order in which the code names them.
fn ordered(map: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let names = map.get(ORDER).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    names.iter().filter_map(Value::as_str).filter_map(move |name| {
        map.get("properties").and_then(|all| all.get(name)).map(|value| (name, value))
    })
}

fn resolved<'a>(schema: &'a Value, value: &'a Value) -> &'a Value {
    let path = value.get("$ref").and_then(Value::as_str);
    let name = path.and_then(|path| path.rsplit('/').next());
    name.and_then(|name| schema.pointer(&format!("/$defs/{name}"))).unwrap_or(value)
}

fn code(word: &str) -> String {
    format!("`{word}`")
}
