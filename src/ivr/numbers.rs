//! Numbers in words, language by language: which recorded words, in which order.
//!
//! A person records each word once. What a language melts together (Italian `ventuno`) is a word of
//! its own; what only sounds so (`quatre-vingts` before a consonant) is not.

use super::spoken::Word;

/// The largest number that is said as a number; larger ones are said digit by digit.
pub const LARGEST: u32 = 999_999;

/// How a language puts its numbers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grammar {
    /// one hundred twenty thousand four hundred fifty three
    #[default]
    English,
    /// centoventimila quattrocento cinquantatré
    Italian,
    /// einhundertzwanzigtausendvierhundertdreiundfünfzig
    German,
    /// cent vingt mille quatre cent cinquante-trois
    French,
    /// ciento veinte mil cuatrocientos cincuenta y tres
    Spanish,
    /// None that we know: digit by digit.
    Digits,
}

impl Grammar {
    /// The grammar of a language such as `it` or `de-at`.
    #[must_use]
    pub fn of(language: &str) -> Grammar {
        match language.split('-').next().unwrap_or("") {
            "en" => Grammar::English,
            "it" => Grammar::Italian,
            "de" => Grammar::German,
            "fr" => Grammar::French,
            "es" => Grammar::Spanish,
            _ => Grammar::Digits,
        }
    }

    /// All words that [`Grammar::number`] may use.
    #[must_use]
    pub fn words(self) -> Vec<Word> {
        let whole = |range: std::ops::RangeInclusive<u16>| range.map(Word::Number);
        let tens = |range: std::ops::RangeInclusive<u16>| range.map(|n| Word::Number(n * 10));
        match self {
            Grammar::English => {
                let words = whole(0..=19).chain(tens(2..=9));
                words.chain([Word::Hundred, Word::Thousand]).collect()
            }
            Grammar::Italian => {
                let melted = (2..=9).flat_map(|ten| [ten * 10 + 1, ten * 10 + 8]).map(Word::Number);
                let words = whole(0..=19).chain(tens(2..=9)).chain(melted);
                words.chain([Word::Hundred, Word::Thousand, Word::Thousands]).collect()
            }
            Grammar::German => {
                let words = whole(0..=19).chain(tens(2..=9));
                words.chain([Word::Short(1), Word::And, Word::Hundred, Word::Thousand]).collect()
            }
            Grammar::French => {
                let words = whole(0..=19).chain(tens(2..=6)).chain(tens(8..=8));
                words.chain([Word::And, Word::Hundred, Word::Thousand]).collect()
            }
            Grammar::Spanish => {
                let hundreds = (1..=9).map(|n| Word::Number(n * 100));
                let words = whole(0..=29).chain(tens(3..=9)).chain(hundreds);
                let more = [Word::Short(1), Word::Short(21), Word::And];
                words.chain(more).chain([Word::Hundred, Word::Thousand]).collect()
            }
            Grammar::Digits => Word::DIGITS.to_vec(),
        }
    }

    /// A number from 0 to 999,999; nothing for a larger one, and for all where there is no grammar.
    #[must_use]
    pub fn number(self, n: u32) -> Vec<Word> {
        let mut words = Vec::new();
        let (Ok(thousands), Ok(rest)) = (u16::try_from(n / 1000), u16::try_from(n % 1000)) else {
            return words;
        };
        if n > LARGEST || self == Grammar::Digits {
            return words;
        }
        if n == 0 {
            return vec![Word::Number(0)];
        }
        // "mille", "mil": one thousand has no "one" in it.
        let alone = matches!(self, Grammar::Italian | Grammar::French | Grammar::Spanish);
        match (thousands, self) {
            (0, _) => {}
            (1, _) if alone => words.push(Word::Thousand),
            (many, Grammar::Italian) => {
                self.below_thousand(many, false, &mut words);
                words.push(Word::Thousands);
            }
            (many, _) => {
                self.below_thousand(many, false, &mut words);
                words.push(Word::Thousand);
            }
        }
        self.below_thousand(rest, true, &mut words);
        words
    }

    /// From 1 to 999; `last` says that no "thousand" comes behind it.
    fn below_thousand(self, n: u16, last: bool, words: &mut Vec<Word>) {
        let hundreds = n / 100;
        match (hundreds, self) {
            (0, _) => {}
            (1, Grammar::Spanish) if n == 100 => words.push(Word::Number(100)),
            (1, Grammar::Italian | Grammar::French | Grammar::Spanish) => words.push(Word::Hundred),
            (1, Grammar::German) => words.extend([Word::Short(1), Word::Hundred]),
            (many, Grammar::Spanish) => words.push(Word::Number(many * 100)),
            (many, _) => words.extend([Word::Number(many), Word::Hundred]),
        }
        let rest = n % 100;
        if rest > 0 {
            self.below_hundred(rest, last, words);
        }
    }

    /// From 1 to 99.
    fn below_hundred(self, n: u16, last: bool, words: &mut Vec<Word>) {
        let (ten, unit) = (n / 10 * 10, n % 10);
        match self {
            Grammar::English | Grammar::Digits => match n {
                1..=19 => words.push(Word::Number(n)),
                _ if unit == 0 => words.push(Word::Number(n)),
                _ => words.extend([Word::Number(ten), Word::Number(unit)]),
            },
            Grammar::Italian => match (n, unit) {
                (1..=19, _) | (_, 0 | 1 | 8) => words.push(Word::Number(n)),
                (_, _) => words.extend([Word::Number(ten), Word::Number(unit)]),
            },
            Grammar::German => match (n, unit) {
                (1, _) if !last => words.push(Word::Short(1)),
                (1..=19, _) | (_, 0) => words.push(Word::Number(n)),
                (_, 1) => words.extend([Word::Short(1), Word::And, Word::Number(ten)]),
                (_, _) => words.extend([Word::Number(unit), Word::And, Word::Number(ten)]),
            },
            Grammar::French => {
                // Sixty goes up to 79, eighty up to 99.
                let base = if ten == 70 {
                    60
                } else if ten == 90 {
                    80
                } else {
                    ten
                };
                match (n, n - base) {
                    (1..=19, _) | (_, 0) => words.push(Word::Number(n)),
                    (21..=79, above @ (1 | 11)) => {
                        words.extend([Word::Number(base), Word::And, Word::Number(above)]);
                    }
                    (_, above) => words.extend([Word::Number(base), Word::Number(above)]),
                }
            }
            Grammar::Spanish => {
                let one = if last { Word::Number(1) } else { Word::Short(1) };
                match (n, unit) {
                    (1, _) => words.push(one),
                    (21, _) if !last => words.push(Word::Short(21)),
                    (1..=29, _) | (_, 0) => words.push(Word::Number(n)),
                    (_, 1) => words.extend([Word::Number(ten), Word::And, one]),
                    (_, _) => words.extend([Word::Number(ten), Word::And, Word::Number(unit)]),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const ALL: [Grammar; 5] =
        [Grammar::English, Grammar::Italian, Grammar::German, Grammar::French, Grammar::Spanish];

    fn said(grammar: Grammar, n: u32) -> String {
        let words = grammar.number(n);
        words.iter().map(|word| word.prompt_name()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn hard_numbers_are_said_as_people_say_them() {
        for (grammar, n, words) in [
            (Grammar::English, 0, "0"),
            (Grammar::English, 19, "19"),
            (Grammar::English, 99, "90 9"),
            (Grammar::English, 100, "1 hundred"),
            (Grammar::English, 1001, "1 thousand 1"),
            (Grammar::English, 12_345, "12 thousand 3 hundred 40 5"),
            (Grammar::English, 120_453, "1 hundred 20 thousand 4 hundred 50 3"),
            (Grammar::English, 999_999, "9 hundred 90 9 thousand 9 hundred 90 9"),
            // ventuno, ventitré, ventotto
            (Grammar::Italian, 21, "21"),
            (Grammar::Italian, 23, "20 3"),
            (Grammar::Italian, 28, "28"),
            (Grammar::Italian, 80, "80"),
            (Grammar::Italian, 98, "98"),
            // cento, centootto, duecento
            (Grammar::Italian, 100, "hundred"),
            (Grammar::Italian, 108, "hundred 8"),
            (Grammar::Italian, 200, "2 hundred"),
            // mille, milleuno, duemila, ventunomila, centomila
            (Grammar::Italian, 1000, "thousand"),
            (Grammar::Italian, 1001, "thousand 1"),
            (Grammar::Italian, 2000, "2 thousands"),
            (Grammar::Italian, 21_000, "21 thousands"),
            (Grammar::Italian, 100_000, "hundred thousands"),
            (Grammar::Italian, 999_999, "9 hundred 90 9 thousands 9 hundred 90 9"),
            // eins, einundzwanzig, dreißig, einhunderteins
            (Grammar::German, 1, "1"),
            (Grammar::German, 11, "11"),
            (Grammar::German, 21, "1-short and 20"),
            (Grammar::German, 30, "30"),
            (Grammar::German, 99, "9 and 90"),
            (Grammar::German, 101, "1-short hundred 1"),
            // eintausend, eintausendeins, einhunderteintausend
            (Grammar::German, 1000, "1-short thousand"),
            (Grammar::German, 1001, "1-short thousand 1"),
            (Grammar::German, 21_000, "1-short and 20 thousand"),
            (Grammar::German, 101_000, "1-short hundred 1-short thousand"),
            (Grammar::German, 999_999, "9 hundred 9 and 90 thousand 9 hundred 9 and 90"),
            // vingt et un, vingt-deux, soixante-dix, soixante et onze, soixante-douze
            (Grammar::French, 17, "17"),
            (Grammar::French, 21, "20 and 1"),
            (Grammar::French, 22, "20 2"),
            (Grammar::French, 61, "60 and 1"),
            (Grammar::French, 70, "60 10"),
            (Grammar::French, 71, "60 and 11"),
            (Grammar::French, 72, "60 12"),
            (Grammar::French, 79, "60 19"),
            // quatre-vingts, quatre-vingt-un, quatre-vingt-onze
            (Grammar::French, 80, "80"),
            (Grammar::French, 81, "80 1"),
            (Grammar::French, 90, "80 10"),
            (Grammar::French, 91, "80 11"),
            (Grammar::French, 99, "80 19"),
            (Grammar::French, 100, "hundred"),
            (Grammar::French, 201, "2 hundred 1"),
            (Grammar::French, 1000, "thousand"),
            (Grammar::French, 80_000, "80 thousand"),
            (Grammar::French, 999_999, "9 hundred 80 19 thousand 9 hundred 80 19"),
            // veintiuno, treinta y uno, cien, ciento uno, quinientos
            (Grammar::Spanish, 16, "16"),
            (Grammar::Spanish, 21, "21"),
            (Grammar::Spanish, 30, "30"),
            (Grammar::Spanish, 31, "30 and 1"),
            (Grammar::Spanish, 45, "40 and 5"),
            (Grammar::Spanish, 100, "100"),
            (Grammar::Spanish, 101, "hundred 1"),
            (Grammar::Spanish, 500, "500"),
            (Grammar::Spanish, 719, "700 19"),
            // mil, veintiún mil, treinta y un mil, cien mil, ciento un mil
            (Grammar::Spanish, 1000, "thousand"),
            (Grammar::Spanish, 21_000, "21-short thousand"),
            (Grammar::Spanish, 31_021, "30 and 1-short thousand 21"),
            (Grammar::Spanish, 100_000, "100 thousand"),
            (Grammar::Spanish, 101_100, "hundred 1-short thousand 100"),
            (Grammar::Spanish, 999_999, "900 90 and 9 thousand 900 90 and 9"),
        ] {
            assert_eq!(said(grammar, n), words, "{grammar:?} {n}");
        }
        for grammar in ALL {
            assert_eq!(said(grammar, LARGEST + 1), "", "{grammar:?}");
        }
        assert_eq!(said(Grammar::Digits, 7), "");
    }

    /// Two numbers that sound the same, or a word that nobody recorded, would be found here: all
    /// thousands, all that is below one, and both together now and then.
    #[test]
    fn no_two_numbers_sound_the_same_and_every_word_is_recorded() {
        for grammar in ALL {
            let recorded: BTreeSet<Word> = grammar.words().into_iter().collect();
            assert_eq!(recorded.len(), grammar.words().len(), "{grammar:?}");
            let mut heard = BTreeSet::new();
            let numbers = (0..20_000).chain((20_000..=LARGEST).step_by(1000));
            let numbers = numbers.chain((20_000..=LARGEST).step_by(89));
            let numbers: BTreeSet<u32> = numbers.chain([LARGEST]).collect();
            for n in numbers {
                let words = grammar.number(n);
                assert!(words.iter().all(|word| recorded.contains(word)), "{grammar:?} {n}");
                assert!(!words.is_empty() && words.len() <= 11, "{grammar:?} {n}");
                assert!(heard.insert(words), "{grammar:?} {n}");
            }
        }
    }

    #[test]
    fn a_region_speaks_as_its_language() {
        for (language, grammar) in [
            ("it", Grammar::Italian),
            ("de-at", Grammar::German),
            ("en-gb", Grammar::English),
            ("nl", Grammar::Digits),
            ("", Grammar::Digits),
        ] {
            assert_eq!(Grammar::of(language), grammar, "{language}");
        }
    }
}
