//! Numbers as letters, like the columns of a spreadsheet.

/// Returns the letters for a number from 0; `first` is the first letter of the alphabet (`A` or
/// `a`): `A`, `B`, … `Z`, `AA`, `AB`.
pub(crate) fn letters(number: usize, first: u8) -> String {
    let mut letters = Vec::new();
    let mut rest = number;
    loop {
        letters.push(char::from(first + u8::try_from(rest % 26).unwrap_or(0)));
        match (rest / 26).checked_sub(1) {
            Some(more) => rest = more,
            None => break,
        }
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_last_letter_there_are_two() {
        let names = [0, 25, 26, 51, 52, 701, 702].map(|number| letters(number, b'A'));
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
        assert_eq!(letters(2, b'a'), "c");
    }
}
