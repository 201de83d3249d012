//! A decoder for server-sent events.
//!
//! Hand-written because it must limit an event's size, accept bytes that are split anywhere (even
//! inside a UTF-8 character or between `\r` and `\n`), and ignore unknown fields.
//!
//! Source: WHATWG HTML, *Server-sent events*, 9.2.6.

/// One server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SseEvent {
    /// The `event:` field; empty if it is missing.
    pub name: String,
    /// The `data:` lines, joined with line breaks. They should be UTF-8; the caller must not
    /// replace invalid bytes silently.
    pub data: Vec<u8>,
}

/// The error for an event that exceeds the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than {limit_bytes} bytes")]
pub(crate) struct EventTooLarge {
    limit_bytes: usize,
}

/// Collects bytes and returns complete events.
#[derive(Debug)]
pub(crate) struct SseDecoder {
    limit_bytes: usize,
    /// The bytes of the unfinished line.
    line: Vec<u8>,
    /// Whether the last byte was a carriage return, so that a following line feed belongs to it.
    ended_by_return: bool,
    is_first_line: bool,
    name: String,
    data: Vec<u8>,
    has_data: bool,
}

impl SseDecoder {
    /// Makes a decoder for events of at most `limit_bytes`.
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            line: Vec::new(),
            ended_by_return: false,
            is_first_line: true,
            name: String::new(),
            data: Vec::new(),
            has_data: false,
        }
    }

    /// Adds bytes and appends the events that they complete.
    ///
    /// # Errors
    /// [`EventTooLarge`]; the decoder can't be used afterwards.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        events: &mut Vec<SseEvent>,
    ) -> Result<(), EventTooLarge> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let at = memchr::memchr2(b'\n', b'\r', rest);
            let end = at.and_then(|at| rest.get(at).copied());
            let (content, after) = rest.split_at(at.unwrap_or(rest.len()));
            rest = after.get(1..).unwrap_or_default();
            let was_return = std::mem::replace(&mut self.ended_by_return, end == Some(b'\r'));
            if was_return && end == Some(b'\n') && content.is_empty() {
                continue;
            }
            if self.line.len() + content.len() + self.data.len() > self.limit_bytes {
                return Err(EventTooLarge {
                    limit_bytes: self.limit_bytes,
                });
            }
            if end.is_none() {
                self.line.extend_from_slice(content);
            } else if self.line.is_empty() {
                self.end_line(content, events);
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(content);
                self.end_line(&line, events);
            }
        }
        Ok(())
    }

    /// Returns whether bytes of an incomplete event are left, so that the stream broke off inside
    /// one.
    pub(crate) fn is_inside_event(&self) -> bool {
        self.has_data || !self.line.is_empty()
    }

    fn end_line(&mut self, mut line: &[u8], events: &mut Vec<SseEvent>) {
        if std::mem::take(&mut self.is_first_line) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.is_empty() {
            self.dispatch(events);
            return;
        }
        let (field, value) = match memchr::memchr(b':', line) {
            Some(at) => (
                line.get(..at).unwrap_or_default(),
                line.get(at + 1..).unwrap_or_default(),
            ),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => self.name = String::from_utf8_lossy(value).into_owned(),
            // llama.cpp's server reports errors in a field of its own.
            b"error" if !self.has_data => {
                "error".clone_into(&mut self.name);
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            // A comment (no field name), or a field that means nothing to us.
            _ => {}
        }
    }

    fn dispatch(&mut self, events: &mut Vec<SseEvent>) {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        if std::mem::take(&mut self.has_data) {
            events.push(SseEvent { name, data });
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]]) -> Vec<SseEvent> {
        let mut decoder = SseDecoder::new(1_000);
        let mut events = Vec::new();
        for piece in pieces {
            decoder.push(piece, &mut events).unwrap();
        }
        events
    }

    fn data(texts: &[&str]) -> Vec<SseEvent> {
        let event = |text: &&str| SseEvent {
            name: String::new(),
            data: (*text).into(),
        };
        texts.iter().map(event).collect()
    }

    #[test]
    fn an_error_in_a_field_of_its_own_is_an_event_of_that_name() {
        let error = SseEvent {
            name: "error".to_owned(),
            data: b"{\"message\": \"no\"}".to_vec(),
        };
        let told = decode(&[b"data: a\n\nerror: {\"message\": \"no\"}\n\n"]);
        assert_eq!(told, [data(&["a"]), vec![error]].concat());
    }

    #[test]
    fn framing_follows_the_standard() {
        let cases: &[(&str, &[&str])] = &[
            ("data: a\n\ndata:b\n\n", &["a", "b"]),
            ("data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]),
            ("data: a\r\rdata: b\r\r", &["a", "b"]),
            (": keep-alive\n\ndata: a\n\n", &["a"]),
            ("data: a\ndata: b\n\n", &["a\nb"]),
            ("data:\ndata\n\n", &["\n"]),
            ("id: 1\nretry: 5\nunknown: x\ndata: a\n\n", &["a"]),
            ("\u{feff}data: a\n\n", &["a"]),
            ("data:  two blanks\n\n", &[" two blanks"]),
            ("event: ping\n\ndata: a\n\n", &["a"]),
            ("data: never ended\n", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(decode(&[text.as_bytes()]), data(expected), "{text:?}");
        }
        assert_eq!(
            decode(&[b"event: error\ndata: x\n\n"]),
            [SseEvent {
                name: "error".to_owned(),
                data: b"x".to_vec()
            }]
        );
    }

    #[test]
    fn bytes_that_are_no_utf_8_stay_as_they_came() {
        let events = decode(&[b": \xfc\ndata: M\xfc", b"ller\ndata: x\n\n"]);
        let data: Vec<&[u8]> = events.iter().map(|event| &event.data[..]).collect();
        assert_eq!(data, [b"M\xfcller\nx"]);
    }

    #[test]
    fn a_stream_that_broke_off_inside_an_event_is_known() {
        let mut decoder = SseDecoder::new(100);
        let mut events = Vec::new();
        decoder.push(b"data: {\"half\":\n", &mut events).unwrap();
        assert!(decoder.is_inside_event());
        decoder.push(b"\n", &mut events).unwrap();
        assert!(!decoder.is_inside_event());
    }

    #[test]
    fn an_event_past_the_bound_is_refused_however_it_comes() {
        for text in [
            "data: ".to_owned() + &"x".repeat(200),
            "data: 0123456789\n".repeat(20),
        ] {
            let mut decoder = SseDecoder::new(100);
            let mut events = Vec::new();
            let pushed = text
                .as_bytes()
                .chunks(7)
                .try_for_each(|piece| decoder.push(piece, &mut events));
            assert_eq!(pushed, Err(EventTooLarge { limit_bytes: 100 }));
        }
    }

    proptest! {
        #[test]
        fn where_bytes_are_split_makes_no_difference(
            cuts in proptest::collection::vec(0_usize..64, 0..8)
        ) {
            let text = "data: é日🙂\r\n\r\n: c\r\ndata: b\ndata: c\n\nevent: e\rdata: d\r\r";
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % bytes.len()).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> =
                cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(decode(&pieces), decode(&[bytes]));
        }

        #[test]
        fn any_bytes_are_taken_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut events = Vec::new();
            let _refused = SseDecoder::new(50).push(&bytes, &mut events);
        }
    }
}
