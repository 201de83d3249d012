//! Rows in a text with separators: CSV as written by spreadsheets and people.
//!
//! Ambiguous input is rejected with its line number. Unusual input that is understood, such as
//! another separator, is reported in a note, because the user has to know how the file was read.

use super::{Fault, Given, InputRows, Row};

/// The supported separators, the most usual one first.
const SEPARATORS: [(u8, &str); 3] = [(b',', "`,`"), (b';', "`;`"), (b'\t', "tabs")];

/// The maximum number of empty lines that the note about them lists.
const MAX_NAMED_LINES: usize = 5;

/// Reads rows. `usual` is the separator that belongs to the file's extension; if only another
/// separator occurs in the header, that one is used, with a note.
pub(super) fn read(text: &str, usual: u8) -> Result<InputRows, Fault> {
    let (separator, words) = separator(text, usual);
    check_quotes(text, separator)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        // Lengths are checked below: a row of nothing may have any number of separators.
        .flexible(true)
        .trim(csv::Trim::Headers)
        .from_reader(text.as_bytes());
    let head = reader.headers().map_err(|error| csv_fault(&error))?;
    let names: Vec<String> = head.iter().map(|name| unquoted(name).to_owned()).collect();
    let blank_lines = text.len() - text.trim_start_matches(['\r', '\n']).len();
    let blank_lines = text.get(..blank_lines).unwrap_or_default();
    check_names(&names, 1 + blank_lines.matches('\n').count())?;
    let mut read = InputRows::default();
    if separator != usual {
        read.notes.push(format!(
            "the columns are read as separated by {words}: {}",
            names.join(", ")
        ));
    }
    let mut left_out = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let start = reader.position().byte();
        if !reader
            .read_record(&mut record)
            .map_err(|error| csv_fault(&error))?
        {
            break;
        }
        let piece = piece(text, start, reader.position().byte());
        let body = piece.trim_start_matches(['\r', '\n']);
        // The reader counts a row from the empty lines before it.
        let blank_lines = piece.len() - body.len();
        let blank_lines = piece.get(..blank_lines).unwrap_or_default();
        let line = line_of(record.position()) + blank_lines.matches('\n').count();
        if holds_nothing(body, separator) {
            left_out.push(line);
            continue;
        }
        read.rows.push(row(&names, &record, line)?);
        read.lines.push(line);
    }
    read.notes.extend(note_of_left_out(&left_out));
    Ok(read)
}

/// Returns the separator of the header: the usual one if it occurs, else the most frequent one.
fn separator(text: &str, usual: u8) -> (u8, &'static str) {
    let mut is_quoted = false;
    let mut counts = [0_usize; SEPARATORS.len()];
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if is_quoted => {}
            _ => {
                for (count, (separator, _)) in counts.iter_mut().zip(SEPARATORS) {
                    *count += usize::from(byte == separator);
                }
            }
        }
    }
    let found = counts.into_iter().zip(SEPARATORS);
    // A name with a comma in a head of semicolons is more usual than the other way round, so that
    // the count decides; where it is even, so does the file's name.
    let most = found.max_by_key(|(count, (separator, _))| (*count, *separator == usual));
    most.map_or((usual, ""), |(_, separator)| separator)
}

/// Rejects a quoted cell that is not closed, and text after a closing quote, because the CSV parser
/// would treat it as part of the cell.
fn check_quotes(text: &str, separator: u8) -> Result<(), Fault> {
    let mut bytes = text.bytes().peekable();
    let (mut line, mut is_start) = (1, true);
    let (mut is_head, mut is_blank) = (true, true);
    while let Some(byte) = bytes.next() {
        let is_break = byte == b'\n' || byte == b'\r';
        is_head &= !is_break || is_blank;
        is_blank &= is_break;
        if byte == b'"' && is_start {
            let opened_at = line;
            loop {
                match bytes.next() {
                    None => {
                        let problem = "the quote that opens here is never closed; a quote within a cell is written twice";
                        return Err(Fault::new(opened_at, problem));
                    }
                    Some(b'"') if bytes.next_if_eq(&b'"').is_none() => break,
                    Some(byte) => line += usize::from(byte == b'\n'),
                }
            }
            // Names are read without the blanks around them.
            while is_head && bytes.next_if_eq(&b' ').is_some() {}
            if let Some(next) = bytes.peek()
                && ![separator, b'\n', b'\r'].contains(next)
            {
                let problem = "there is text after the closing quote of a cell; a quote within a cell is written twice";
                return Err(Fault::new(line, problem));
            }
            is_start = false;
        } else {
            is_start = is_break || byte == separator;
            line += usize::from(byte == b'\n');
        }
    }
    Ok(())
}

/// Removes the quotes from a name if they follow a blank, where CSV treats them as part of the
/// name.
fn unquoted(name: &str) -> &str {
    let inside = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    inside.map_or(name, str::trim)
}

fn check_names(names: &[String], line: usize) -> Result<(), Fault> {
    if names.len() > 1 && names.iter().all(String::is_empty) {
        let problem = "the first line must name the columns, and it has no name";
        return Err(Fault::new(line, problem));
    }
    for (index, name) in names.iter().enumerate() {
        if !name.is_empty() && names.iter().take(index).any(|earlier| earlier == name) {
            return Err(Fault::new(line, format!("column `{name}` occurs twice")));
        }
    }
    Ok(())
}

/// Returns a row by column names. An empty column without a name is left out, because spreadsheets
/// write such columns.
fn row(names: &[String], record: &csv::StringRecord, line: usize) -> Result<Row, Fault> {
    if record.len() != names.len() {
        let (expected, found) = (names.len(), record.len());
        let problem = format!("the head has {expected} columns, and this row has {found}");
        return Err(Fault::new(line, problem));
    }
    let mut row = Row::new();
    for (column, (name, text)) in (1..).zip(names.iter().zip(record.iter())) {
        if !name.is_empty() {
            row.insert(name.clone(), Given::Cell(text.to_owned()));
        } else if !text.trim().is_empty() {
            let problem = format!("column {column} has no name in the head, and `{text}` is in it");
            return Err(Fault::new(line, problem));
        }
    }
    Ok(row)
}

fn piece(text: &str, start: u64, end: u64) -> &str {
    let at = |byte: u64| usize::try_from(byte).unwrap_or(usize::MAX);
    text.get(at(start)..at(end)).unwrap_or_default()
}

/// Returns whether a row has only separators and blanks. Quotes count as content: an empty text.
fn holds_nothing(row: &str, separator: u8) -> bool {
    row.chars()
        .all(|c| c.is_whitespace() || c == char::from(separator))
}

fn note_of_left_out(lines: &[usize]) -> Option<String> {
    let named: Vec<String> = lines
        .iter()
        .take(MAX_NAMED_LINES)
        .map(ToString::to_string)
        .collect();
    let more = match lines.len().saturating_sub(MAX_NAMED_LINES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match lines.len() {
        0 => None,
        1 => Some(format!(
            "line {} has no value, so it makes no run",
            named.join(", ")
        )),
        _ => Some(format!(
            "lines {}{more} have no value, so they make no run",
            named.join(", ")
        )),
    }
}

fn line_of(position: Option<&csv::Position>) -> usize {
    let line = position.map_or(1, csv::Position::line);
    usize::try_from(line).unwrap_or(usize::MAX)
}

fn csv_fault(error: &csv::Error) -> Fault {
    Fault::new(line_of(error.position()), error.to_string())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn texts(read: &InputRows) -> Vec<Vec<(&str, &str)>> {
        let rows = read.rows.iter().map(|row| {
            row.iter()
                .map(|(name, given)| match given {
                    Given::Cell(text) => (name.as_str(), text.as_str()),
                    Given::Text(_) | Given::Written(_) => panic!("it is no cell"),
                })
                .collect()
        });
        rows.collect()
    }

    #[test]
    fn quotes_that_would_take_other_cells_in_are_refused_with_their_line() {
        for (text, line, words) in [
            ("x\na\n\"b\nc\nd\n", 3, "never closed"),
            ("\"x\na\n", 1, "never closed"),
            ("x,y\n\"a\"b,c\n", 2, "after the closing quote"),
            ("x,y\n\"a\nb\" ,c\n", 3, "after the closing quote"),
        ] {
            let fault = read(text, b',').unwrap_err();
            assert_eq!(fault.line, line, "{text}");
            assert!(fault.problem.contains(words), "{}", fault.problem);
        }
        let fine = "\n\"x\" , \"y\"\n\"a\"\"b\nc\",5\" tape\r\n\"\",\"\"\n";
        let read = read(fine, b',').unwrap();
        let rows = [
            [("x", "a\"b\nc"), ("y", "5\" tape")],
            [("x", ""), ("y", "")],
        ];
        assert_eq!(texts(&read), rows);
    }

    #[test]
    fn columns_of_a_spreadsheet_are_read_whatever_separates_them() {
        let expected = vec![vec![("city", "São, Paulo"), ("n", "1,5")]];
        for (text, usual, words) in [
            ("city;n\nSão, Paulo;1,5\n", b',', Some("`;`: city, n")),
            (
                "\ncity\tn\r\nSão, Paulo\t1,5\r\n",
                b',',
                Some("tabs: city, n"),
            ),
            ("city\tn\nSão, Paulo\t1,5\n", b'\t', None),
            ("city , \"n \"\n\"São, Paulo\",\"1,5\"\n", b',', None),
            ("city, \" n\"\n\"São, Paulo\",\"1,5\"\n", b',', None),
        ] {
            let read = read(text, usual).unwrap();
            assert_eq!(texts(&read), expected, "{text}");
            let note = read.notes.first().map(String::as_str);
            match words {
                Some(words) => assert!(note.is_some_and(|note| note.ends_with(words)), "{note:?}"),
                None => assert_eq!(note, None),
            }
        }
    }

    #[test]
    fn rows_of_nothing_but_separators_make_no_run_and_are_told() {
        let read = read("city,n,\nParis,1,\n\n,,,,\n  , ,\n\"\",,\n,,\n", b',').unwrap();
        assert_eq!(
            texts(&read),
            [[("city", "Paris"), ("n", "1")], [("city", ""), ("n", "")]]
        );
        assert_eq!(read.lines, [2, 6]);
        assert_eq!(
            read.notes,
            ["lines 4, 5, 7 have no value, so they make no run"]
        );
    }

    #[test]
    fn a_first_line_of_separators_alone_is_no_head() {
        for text in [",,,\ncity,n,a,b\n", " ; ;\n1;2;3\n", "\n,,,\n1,2,3,4\n"] {
            let fault = read(text, b',').unwrap_err();
            assert_eq!(
                fault.line,
                1 + usize::from(text.starts_with('\n')),
                "{text}"
            );
            assert!(fault.problem.contains("must name the columns"), "{fault:?}");
        }
    }

    #[test]
    fn a_value_without_a_name_is_refused_with_its_line_and_column() {
        let fault = read("city,\nParis,\nRome,7\n", b',').unwrap_err();
        assert_eq!(fault.line, 3);
        assert_eq!(
            fault.problem,
            "column 2 has no name in the head, and `7` is in it"
        );
    }
}
