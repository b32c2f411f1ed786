//! How a person's number is shown where nobody asked to see it.

/// How many last characters stay readable.
const SHOWN: usize = 3;
/// Shorter numbers (extensions, service numbers) would be given away by their end.
const SHORTEST_SHOWN: usize = 7;

/// The number with all but its last three characters as `*`; a short one wholly so. The length
/// stays, an empty number stays empty.
#[must_use]
pub fn masked(number: &str) -> String {
    let count = number.chars().count();
    let hidden = if count < SHORTEST_SHOWN { count } else { count - SHOWN };
    number.chars().enumerate().map(|(i, c)| if i < hidden { '*' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn only_the_end_of_a_long_number_is_shown() {
        for (number, shown) in [
            ("+393331234567", "**********567"),
            ("1234567", "****567"),
            ("204", "***"),
            ("anna.é", "******"),
            ("", ""),
        ] {
            assert_eq!(masked(number), shown);
        }
    }
}
