//! Patterns of called numbers and the table that finds the most specific one.
//!
//! A pattern is a number in which `x` stands for any one digit; `...` at its end for any rest,
//! also none. A text with other letters is a name, matched as it is.

use super::normalise;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

/// Longest pattern taken: E.164 has 15 digits, private plans a few more.
const PATTERN_CHARS: usize = 64;

/// What a number is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Exactly this number or name.
    Exact(String),
    /// This many characters, `x` for any digit.
    Shape(String),
    /// Begins so (`x` for any digit, no letters).
    Prefix(String),
}

/// As a plan writes it.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Exact(text) | Pattern::Shape(text) => f.write_str(text),
            Pattern::Prefix(text) => write!(f, "{text}..."),
        }
    }
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// There is nothing in it.
    Empty,
    /// More than 64 characters.
    TooLong,
    /// `...` is only understood at the end.
    DotsInside,
    /// `...` goes with digits only.
    OpenName,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PatternError::Empty => "an empty number",
            PatternError::TooLong => "a number of more than 64 characters",
            PatternError::DotsInside => "`...` inside a number",
            PatternError::OpenName => "`...` behind a name",
        })
    }
}

impl Pattern {
    /// Reads a key of `numbers:`.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        let text = text.trim();
        if text.len() > PATTERN_CHARS {
            return Err(PatternError::TooLong);
        }
        let (body, open) = match text.strip_suffix("...") {
            Some(body) => (body, true),
            None => (text, false),
        };
        if body.contains("...") {
            return Err(PatternError::DotsInside);
        }
        // Digits are put for the wildcards so that separators are judged as in a real number.
        let probe: String = body.chars().map(|c| if is_wild(c) { '0' } else { c }).collect();
        let normal = normalise(&probe);
        if !super::is_number(&normal) {
            // A name; an open end alone is "everything", which `default` says better.
            return match (body.is_empty(), open) {
                (true, _) => Err(PatternError::Empty),
                (false, true) => Err(PatternError::OpenName),
                (false, false) => Ok(Pattern::Exact(body.to_string())),
            };
        }
        let bare: String = body
            .chars()
            .filter(|c| !super::is_separator(*c))
            .map(|c| if is_wild(c) { 'x' } else { c })
            .collect();
        Ok(match (open, bare.contains('x')) {
            (true, _) => Pattern::Prefix(bare),
            (false, true) => Pattern::Shape(bare),
            (false, false) => Pattern::Exact(bare),
        })
    }

    /// Whether the (normalised) number fits.
    #[must_use]
    pub fn fits(&self, number: &str) -> bool {
        match self {
            Pattern::Exact(text) => text == number,
            Pattern::Shape(shape) => {
                shape.chars().count() == number.chars().count() && begins(shape, number)
            }
            Pattern::Prefix(prefix) => begins(prefix, number),
        }
    }

    /// The numbers that fit both, as a pattern; none if there are none.
    #[must_use]
    pub fn meet(&self, other: &Pattern) -> Option<Pattern> {
        let (text, open) = self.parts();
        let (other, other_open) = other.parts();
        let (long, short) = if text.len() >= other.len() { (text, other) } else { (other, text) };
        // What ends first must go on.
        let goes_on = if text.len() >= other.len() { other_open } else { open };
        if long.len() != short.len() && !goes_on {
            return None;
        }
        let mut rest = short.chars();
        let both = long.chars().map(|a| match (a, rest.next()) {
            (a, None) => Some(a),
            (a, Some(b)) if a == b => Some(a),
            ('x', Some(digit)) | (digit, Some('x')) => digit.is_ascii_digit().then_some(digit),
            (_, Some(_)) => None,
        });
        let both: String = both.collect::<Option<String>>()?;
        Some(match (open && other_open, both.contains('x')) {
            (true, _) => Pattern::Prefix(both),
            (false, true) => Pattern::Shape(both),
            (false, false) => Pattern::Exact(both),
        })
    }

    /// Its characters, and whether more may follow.
    fn parts(&self) -> (&str, bool) {
        match self {
            Pattern::Exact(text) | Pattern::Shape(text) => (text, false),
            Pattern::Prefix(text) => (text, true),
        }
    }

    /// The digits that stood where the pattern has `x` or `...`; empty for an exact one.
    #[must_use]
    pub fn wild<'a>(&self, number: &'a str) -> &'a str {
        match self {
            Pattern::Exact(_) => "",
            Pattern::Shape(shape) | Pattern::Prefix(shape) => {
                let fixed = shape.find('x').unwrap_or(shape.len());
                number.get(fixed..).unwrap_or("")
            }
        }
    }

    fn text(&self) -> &str {
        match self {
            Pattern::Exact(text) | Pattern::Shape(text) | Pattern::Prefix(text) => text,
        }
    }

    /// Smaller is tried first: shapes with more fixed characters, then closed before open, then
    /// the one that is fixed further to the left.
    fn rank(&self) -> (Reverse<usize>, bool, &str) {
        let fixed = self.text().chars().filter(|c| *c != 'x').count();
        let open = matches!(self, Pattern::Prefix(_));
        // `x` sorts behind every digit, `+`, `*` and `#`.
        (Reverse(fixed), open, self.text())
    }
}

fn is_wild(c: char) -> bool {
    c == 'x' || c == 'X'
}

/// Whether `number` begins with what `shape` says.
fn begins(shape: &str, number: &str) -> bool {
    let mut digits = number.chars();
    shape.chars().all(|want| match digits.next() {
        Some(have) => want == have || want == 'x' && have.is_ascii_digit(),
        None => false,
    })
}

/// Patterns with what they lead to. The most specific one wins: exact; then more fixed
/// characters; then `x` before `...`; then `default`.
#[derive(Clone, Debug)]
pub struct NumberTable<T> {
    exact: BTreeMap<String, T>,
    patterns: Vec<(Pattern, T)>,
    default: Option<T>,
}

impl<T> Default for NumberTable<T> {
    fn default() -> Self {
        NumberTable { exact: BTreeMap::new(), patterns: Vec::new(), default: None }
    }
}

impl<T> NumberTable<T> {
    /// Adds a pattern; gives the value back if the same pattern is there already.
    pub fn insert(&mut self, pattern: Pattern, value: T) -> Result<(), T> {
        if let Pattern::Exact(text) = pattern {
            if self.exact.contains_key(&text) {
                return Err(value);
            }
            self.exact.insert(text, value);
            return Ok(());
        }
        let rank = pattern.rank();
        let found = self.patterns.binary_search_by(|(p, _)| p.rank().cmp(&rank));
        match found {
            Ok(_) => Err(value),
            Err(at) => {
                self.patterns.insert(at, (pattern, value));
                Ok(())
            }
        }
    }

    /// Sets what all other numbers lead to.
    pub fn set_default(&mut self, value: T) {
        self.default = Some(value);
    }

    /// What the number (in any writing) leads to, and the digits its wildcards stood for.
    #[must_use]
    pub fn find<'t>(&'t self, number: &str) -> Option<(&'t T, String)> {
        let number = normalise(number);
        if let Some(value) = self.exact.get(&number) {
            return Some((value, String::new()));
        }
        self.patterns
            .iter()
            .find(|(pattern, _)| pattern.fits(&number))
            .map(|(pattern, value)| (value, pattern.wild(&number).to_string()))
            .or_else(|| self.default.as_ref().map(|value| (value, number)))
    }

    /// Everything in the table, in the order in which it is tried; `default` comes last.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.exact.values().chain(self.patterns.iter().map(|(_, v)| v)).chain(&self.default)
    }

    /// The same with the patterns as a plan writes them.
    pub fn entries(&self) -> impl Iterator<Item = (String, &T)> {
        let exact = self.exact.iter().map(|(text, value)| (text.clone(), value));
        let patterns = self.patterns.iter().map(|(pattern, value)| (pattern.to_string(), value));
        let default = self.default.iter().map(|value| ("default".to_string(), value));
        exact.chain(patterns).chain(default)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty() && self.patterns.is_empty() && self.default.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> NumberTable<&'static str> {
        let mut table = NumberTable::default();
        for text in [
            "+3902123456xx",
            "+390212345678",
            "+39...",
            "+39021234xxxx",
            "+3902...",
            "sales",
            "1xx",
        ] {
            table.insert(Pattern::parse(text).unwrap(), text).unwrap();
        }
        table.set_default("default");
        table
    }

    #[test]
    fn the_most_specific_pattern_wins() {
        for (number, pattern, wild) in [
            ("+39 02 1234 5678", "+390212345678", ""),
            ("+390212345699", "+3902123456xx", "99"),
            ("+390212340000", "+39021234xxxx", "0000"),
            ("+39021", "+3902...", "1"),
            ("+3902", "+3902...", ""),
            ("+39333", "+39...", "333"),
            ("123", "1xx", "23"),
            ("12*", "default", "12*"),
            ("1234", "default", "1234"),
            ("sales", "sales", ""),
            ("Sales", "default", "Sales"),
        ] {
            assert_eq!(table().find(number), Some((&pattern, wild.to_string())), "{number}");
        }
    }

    #[test]
    fn the_order_of_insertion_does_not_matter() {
        let mut one = NumberTable::default();
        let mut two = NumberTable::default();
        for text in ["1x3", "12x", "1..."] {
            one.insert(Pattern::parse(text).unwrap(), text).unwrap();
        }
        for text in ["1...", "12x", "1x3"] {
            two.insert(Pattern::parse(text).unwrap(), text).unwrap();
        }
        assert_eq!(one.find("123"), two.find("123"));
        assert_eq!(one.find("123").unwrap().0, &"12x");
    }

    #[test]
    fn the_same_pattern_twice_is_told() {
        let mut table = table();
        for text in ["+39 021 234 5678", "+3902 1234 56XX", "+39..."] {
            assert!(table.insert(Pattern::parse(text).unwrap(), "again").is_err(), "{text}");
        }
    }

    #[test]
    fn two_patterns_meet_in_what_fits_both() {
        for (one, two, both) in [
            ("1x3", "12x", Some("123")),
            ("1xx", "12x", Some("12x")),
            ("1...", "12x", Some("12x")),
            ("1x...", "12...", Some("12...")),
            ("12...", "1", None),
            ("1xx", "1xxx", None),
            ("+39...", "39...", None),
            ("*x", "*1", Some("*1")),
            ("x1", "*1", None),
        ] {
            let (one, two) = (Pattern::parse(one).unwrap(), Pattern::parse(two).unwrap());
            let both = both.map(|text| Pattern::parse(text).unwrap());
            assert_eq!(one.meet(&two), both, "{one:?} {two:?}");
            assert_eq!(two.meet(&one), both, "{two:?} {one:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        assert_eq!(Pattern::parse(""), Err(PatternError::Empty));
        assert_eq!(Pattern::parse("..."), Err(PatternError::Empty));
        assert_eq!(Pattern::parse("max..."), Err(PatternError::OpenName));
        assert_eq!(Pattern::parse("+39...2..."), Err(PatternError::DotsInside));
        assert_eq!(Pattern::parse(&"1".repeat(65)), Err(PatternError::TooLong));
    }
}
