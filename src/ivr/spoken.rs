//! Digits and numbers as recorded words.
//!
//! `120453` by digits is "one two zero four five three"; as a number "one hundred twenty thousand
//! four hundred fifty three", or what `numbers` says of another language.

use super::numbers::{Grammar, LARGEST};
use super::words::Say;
use crate::base::PromptId;
use std::collections::BTreeMap;

/// One recorded word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// A number that is one word: 0 to 19, 20, 30, … 90, and what else a language has.
    Number(u16),
    /// A number as it sounds in front of another word: "ein", "veintiún"
    Short(u16),
    /// "und", "et", "y"
    And,
    /// "hundred"
    Hundred,
    /// "thousand"
    Thousand,
    /// "mila": thousands that are not one
    Thousands,
    /// "plus", in front of an international number
    Plus,
    /// "star"
    Star,
    /// "hash"
    Hash,
}

impl Word {
    /// The words that [`digits`] may use, `+`, `*` and `#` left out where they are not recorded.
    pub const DIGITS: [Word; 10] = [
        Word::Number(0),
        Word::Number(1),
        Word::Number(2),
        Word::Number(3),
        Word::Number(4),
        Word::Number(5),
        Word::Number(6),
        Word::Number(7),
        Word::Number(8),
        Word::Number(9),
    ];

    /// The name of the prompt in which the word is recorded: figures for numbers (`20`).
    #[must_use]
    pub fn prompt_name(self) -> String {
        match self {
            Word::Number(n) => n.to_string(),
            Word::Short(n) => format!("{n}-short"),
            Word::And => "and".to_string(),
            Word::Hundred => "hundred".to_string(),
            Word::Thousand => "thousand".to_string(),
            Word::Thousands => "thousands".to_string(),
            Word::Plus => "plus".to_string(),
            Word::Star => "star".to_string(),
            Word::Hash => "hash".to_string(),
        }
    }

    /// The other name that its prompt may have: numbers in letters (`twenty`).
    #[must_use]
    pub fn spelled(self) -> Option<&'static str> {
        const UNITS: [&str; 20] = [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ];
        const TENS: [&str; 8] =
            ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
        match self {
            Word::Number(n) if n < 20 => UNITS.get(usize::from(n)).copied(),
            Word::Number(n) => TENS.get(usize::from(n / 10).checked_sub(2)?).copied(),
            Word::Short(_)
            | Word::And
            | Word::Hundred
            | Word::Thousand
            | Word::Thousands
            | Word::Plus
            | Word::Star
            | Word::Hash => None,
        }
    }
}

/// The recorded words of a script in one language.
#[derive(Clone, Debug, Default)]
pub struct Words {
    grammar: Grammar,
    prompts: BTreeMap<Word, PromptId>,
}

impl Words {
    /// None yet, put together by this grammar.
    #[must_use]
    pub fn new(grammar: Grammar) -> Words {
        Words { grammar, prompts: BTreeMap::new() }
    }

    /// Adds a word.
    pub fn insert(&mut self, word: Word, prompt: PromptId) {
        self.prompts.insert(word, prompt);
    }

    /// The prompts for these words; a word that is not recorded is left out.
    fn say(&self, words: impl IntoIterator<Item = Word>, out: &mut Vec<Say>) {
        out.extend(
            words.into_iter().filter_map(|w| self.prompts.get(&w).copied()).map(Say::Prompt),
        );
    }

    /// Says a text digit by digit; what is neither digit, `+`, `*` nor `#` is left out.
    pub fn say_digits(&self, text: &str, out: &mut Vec<Say>) {
        self.say(digits(text), out);
    }

    /// Says a whole number from 0 to 999,999; anything else digit by digit.
    pub fn say_number(&self, text: &str, out: &mut Vec<Say>) {
        match text.trim().parse::<u32>() {
            Ok(n) if n <= LARGEST && self.grammar != Grammar::Digits => {
                self.say(self.grammar.number(n), out);
            }
            Ok(_) | Err(_) => self.say_digits(text, out),
        }
    }
}

/// A text, digit by digit.
#[must_use]
pub fn digits(text: &str) -> Vec<Word> {
    text.chars()
        .filter_map(|c| match c {
            '+' => Some(Word::Plus),
            '*' => Some(Word::Star),
            '#' => Some(Word::Hash),
            _ => u16::try_from(c.to_digit(10)?).ok().map(Word::Number),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &[Word]) -> String {
        words.iter().map(|w| w.prompt_name()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_have_a_name_in_letters_too() {
        for (n, name) in [(0, "zero"), (19, "nineteen"), (20, "twenty"), (90, "ninety")] {
            assert_eq!(Word::Number(n).spelled(), Some(name));
        }
        assert_eq!(Word::Number(100).spelled(), None);
        assert_eq!(Word::Hundred.spelled(), None);
    }

    #[test]
    fn digits_are_said_one_by_one_and_the_rest_left_out() {
        assert_eq!(said(&digits("+39 02-1*#x")), "plus 3 9 0 2 1 star hash");
        assert_eq!(said(&digits("")), "");
    }

    #[test]
    fn words_that_are_not_recorded_are_left_out() {
        let mut words = Words::default();
        words.insert(Word::Number(1), PromptId(11));
        words.insert(Word::Number(2), PromptId(12));
        let mut out = Vec::new();
        words.say_digits("132", &mut out);
        words.say_number("2", &mut out);
        words.say_number("1000001", &mut out);
        words.say_number("no number 2", &mut out);
        let ids: Vec<u32> = out
            .iter()
            .map(|say| match say {
                Say::Prompt(id) => id.0,
                Say::Beep | Say::Silence(_) => 0,
            })
            .collect();
        assert_eq!(ids, [11, 12, 12, 11, 11, 12]);
    }
}
