//! Texts for pictures: how wide they are, cut short, and freed of what a picture must not hold.

/// Tenths of a pixel that one character takes in a plain fixed-width font of 12 pixels.
const TENTHS: usize = 72;

/// Columns that a text takes: wide characters (East Asian, emoji) take two.
fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd)
}

/// How wide a text is, in pixels.
pub(super) fn width(text: &str) -> i64 {
    i64::try_from((columns(text) * TENTHS).div_ceil(10)).unwrap_or(i64::MAX)
}

/// At most so many columns; what is cut off is told by `…`.
pub(super) fn short(text: &str, most: usize) -> String {
    let text = clean(text);
    if columns(&text) <= most {
        return text;
    }
    let mut kept = String::new();
    let mut room = most.saturating_sub(1);
    for c in text.chars() {
        let takes = if is_wide(c) { 2 } else { 1 };
        if takes > room {
            break;
        }
        room -= takes;
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// Without line breaks, control characters, marks that turn the direction of writing, and what XML
/// has no place for.
pub(super) fn clean(text: &str) -> String {
    let good = |c: char| {
        !c.is_control()
            && !matches!(u32::from(c),
                0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfffe | 0xffff)
    };
    text.chars().map(|c| if good(c) { c } else { ' ' }).collect()
}

/// For the text and the attributes of XML.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_to_columns_and_lose_what_does_not_belong() {
        for (text, most, expected) in [
            ("choose", 6, "choose"),
            ("choose", 5, "choo…"),
            ("東京支社", 8, "東京支社"),
            ("東京支社", 6, "東京…"),
            ("a\nb\u{202e}c", 9, "a b c"),
        ] {
            assert_eq!(short(text, most), expected, "{text}");
        }
        assert_eq!(width("0123456789"), 72);
        assert_eq!(
            xml("<a href=\"x\">'&\u{0}\u{ffff}"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;  "
        );
    }
}
