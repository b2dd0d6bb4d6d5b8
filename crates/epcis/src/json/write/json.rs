//! JSON text out.

/// JSON text under construction.
#[derive(Debug, Default)]
pub(super) struct Json {
    pub(super) text: String,
    /// Whether the next entry needs a comma before it.
    comma: bool,
}

impl Json {
    /// An entry of an object or list begins.
    fn entry(&mut self) {
        if self.comma {
            self.text.push(',');
        }
        self.comma = false;
    }

    pub(super) fn open(&mut self, sign: char) {
        self.entry();
        self.text.push(sign);
        self.comma = false;
    }

    pub(super) fn close(&mut self, sign: char) {
        self.text.push(sign);
        self.comma = true;
    }

    pub(super) fn key(&mut self, key: &str) {
        self.entry();
        quote(&mut self.text, key);
        self.text.push(':');
    }

    /// Text that is JSON already.
    pub(super) fn raw(&mut self, json: &str) {
        self.entry();
        self.text.push_str(json);
        self.comma = true;
    }

    pub(super) fn string(&mut self, text: &str) {
        self.entry();
        quote(&mut self.text, text);
        self.comma = true;
    }

    pub(super) fn member(&mut self, key: &str, text: &str) {
        self.key(key);
        self.string(text);
    }

    pub(super) fn optional(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.member(key, text);
        }
    }

    /// A member that is a list, left out when it is empty.
    pub(super) fn list<T>(&mut self, key: &str, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        self.key(key);
        self.open('[');
        for item in items {
            write(self, item);
        }
        self.close(']');
    }
}

fn quote(to: &mut String, text: &str) {
    to.push('"');
    for character in text.chars() {
        match character {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                let code = u32::from(control);
                let digit = |nibble: u32| char::from_digit(nibble, 16).unwrap_or('0');
                to.push_str("\\u00");
                to.push(digit(code >> 4));
                to.push(digit(code & 15));
            }
            other => to.push(other),
        }
    }
    to.push('"');
}
