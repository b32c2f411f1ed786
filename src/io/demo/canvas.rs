//! Lines of text with colours, cut to the screen's width: what little of a terminal is needed
//! (ECMA-48 SGR).

use std::fmt::Write;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Bar,
    Green,
    Yellow,
    Blue,
    Cyan,
    Magenta,
    Red,
}

impl Style {
    fn sgr(self) -> &'static str {
        match self {
            Style::Plain => "0",
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Bar => "7",
            Style::Green => "32",
            Style::Yellow => "33",
            Style::Blue => "34",
            Style::Cyan => "36",
            Style::Magenta => "35",
            Style::Red => "31",
        }
    }
}

/// One line.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    parts: Vec<(Style, String)>,
    width: usize,
}

impl Line {
    /// Appends text. What would not be one column wide is shown as a dot.
    pub(super) fn put(mut self, style: Style, text: impl AsRef<str>) -> Line {
        let clean = |c: char| if c.is_control() { '·' } else { c };
        let text: String = text.as_ref().chars().map(clean).collect();
        self.width += text.chars().count();
        self.parts.push((style, text));
        self
    }

    /// Appends text in a column of this width: cut if it is longer, filled if it is shorter.
    pub(super) fn cell(self, style: Style, width: usize, text: impl AsRef<str>) -> Line {
        let text: String = text.as_ref().chars().take(width).collect();
        let fill = width - text.chars().count();
        self.put(style, text).put(Style::Plain, " ".repeat(fill))
    }

    /// The same, to the right side of the column.
    pub(super) fn right(self, style: Style, width: usize, text: impl AsRef<str>) -> Line {
        let text: String = text.as_ref().chars().take(width).collect();
        let fill = width - text.chars().count();
        self.put(Style::Plain, " ".repeat(fill)).put(style, text)
    }

    /// Blanks up to this column.
    pub(super) fn to(self, column: usize, style: Style) -> Line {
        let fill = column.saturating_sub(self.width);
        self.put(style, " ".repeat(fill))
    }

    /// With its colours, cut to so many columns.
    pub(super) fn render(&self, columns: usize) -> String {
        let mut out = String::new();
        let mut left = columns;
        for (style, text) in &self.parts {
            let shown: String = text.chars().take(left).collect();
            left -= shown.chars().count();
            // Writing to a String cannot fail.
            let _ = if *style == Style::Plain {
                write!(out, "{shown}")
            } else {
                write!(out, "\x1b[{}m{shown}\x1b[0m", style.sgr())
            };
        }
        out
    }
}

/// Its text without colours.
#[cfg(test)]
pub(super) fn text(lines: &[Line]) -> String {
    let of = |line: &Line| line.parts.iter().map(|(_, t)| t.as_str()).collect::<String>();
    lines.iter().map(of).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_by_columns_and_not_by_bytes() {
        let line = Line::default().put(Style::Red, "äöü●").put(Style::Plain, "xyz");
        assert_eq!(line.width, 7);
        assert_eq!(line.render(3), "\x1b[31mäöü\x1b[0m");
        assert_eq!(line.render(5), "\x1b[31mäöü●\x1b[0mx");
    }

    #[test]
    fn columns_keep_their_width() {
        let line = Line::default().cell(Style::Plain, 4, "abcdef").right(Style::Plain, 3, "1");
        assert_eq!((line.width, line.render(80).as_str()), (7, "abcd  1"));
    }

    #[test]
    fn nothing_from_outside_reaches_the_terminal_as_a_control() {
        assert_eq!(Line::default().put(Style::Plain, "a\x1b[2Jb").render(80), "a·[2Jb");
    }
}
