//! Strings and characters.

use super::ron::Parser;

impl Parser<'_> {
    /// Reads `"…"`.
    pub(super) fn string(&mut self) -> Option<String> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(c) = self.peek() else {
                // Everything after the quote was swallowed; the reader needs the line, not the file.
                let line = self.source[start..].find('\n').map_or(self.source.len(), |i| start + i);
                self.broken(start..line, "string without an end", "expected a closing `\"`");
                return None;
            };
            self.at += c.len_utf8();
            match c {
                '"' => return Some(text),
                '\\' if self.line_continues() => {}
                '\\' => text.push(self.escape()?),
                c => text.push(c),
            }
        }
    }

    /// Reads `"…"` of JSON.
    pub(super) fn json_string(&mut self) -> Option<String> {
        let start = self.at;
        let mut is_escaped = true;
        let closes = |c: char| {
            let ends = !is_escaped && matches!(c, '"' | '\n');
            is_escaped = !is_escaped && c == '\\';
            ends
        };
        // The opening quote counts as escaped.
        let end = self.rest().find(closes).map(|length| start + length);
        match end.filter(|end| self.source[*end..].starts_with('"')) {
            None => {
                let line = self.source[start..].find('\n').map_or(self.source.len(), |i| start + i);
                self.broken(start..line, "string without an end", "expected a closing `\"`");
                self.at = line;
                None
            }
            Some(end) => {
                self.at = end + 1;
                let text = serde_json::from_str(&self.source[start..self.at]).ok();
                if text.is_none() {
                    self.broken(start..self.at, "unknown escape", "expected \\n, \\t, \\\", \\\\ or \\u00e9");
                }
                text
            }
        }
    }

    /// Skips a line break after a backslash and the white space that follows it.
    fn line_continues(&mut self) -> bool {
        let rest = self.rest();
        if !rest.starts_with('\n') && !rest.starts_with("\r\n") {
            return false;
        }
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        true
    }

    /// Reads `'c'`.
    pub(super) fn character(&mut self) -> Option<char> {
        let start = self.at;
        self.at += 1;
        let mut c = self.peek().unwrap_or('\'');
        self.at = (self.at + c.len_utf8()).min(self.source.len());
        if c == '\\' {
            c = self.escape()?;
        }
        if self.rest().starts_with('\'') {
            self.at += 1;
            return Some(c);
        }
        let line = self.source[start..].find('\n').map_or(self.source.len(), |i| start + i);
        self.broken(start..line, "character without an end", "strings stand in double quotes: `\"…\"`");
        None
    }

    pub(super) fn raw_string_ahead(&self) -> bool {
        let hashes = self.rest()[1..].trim_start_matches('#');
        hashes.starts_with('"')
    }

    /// Reads `r"…"`, `r#"…"#` and so on.
    pub(super) fn raw_string(&mut self) -> Option<String> {
        let start = self.at;
        let rest = &self.source[start + 1..];
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        let inside = start + 1 + hashes + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let Some(length) = self.source[inside..].find(&close) else {
            self.broken(start..inside, "raw string without an end", format!("expected a closing `{close}`"));
            self.at = self.source.len();
            return None;
        };
        self.at = inside + length + close.len();
        Some(self.source[inside..inside + length].to_owned())
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Option<char> {
        let start = self.at - 1;
        let c = self.peek().unwrap_or(' ');
        self.at = (self.at + c.len_utf8()).min(self.source.len());
        let escaped = match c {
            '\'' | '"' | '\\' => Some(c),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            '0' => Some('\0'),
            'x' => self.hex_digits(2).and_then(|code| char::from_u32(code).filter(char::is_ascii)),
            'u' => self.unicode_escape(),
            _ => None,
        };
        if escaped.is_none() {
            let span = start..self.at;
            self.broken(
                span,
                "unknown escape",
                "expected \\n, \\t, \\\", \\\\, \\x41 or \\u{e9}; or a raw string r\"…\"",
            );
        }
        escaped
    }

    fn unicode_escape(&mut self) -> Option<char> {
        self.rest().starts_with('{').then(|| self.at += 1)?;
        let digits = self.rest().find('}').filter(|&n| (1..=6).contains(&n))?;
        let code = self.hex_digits(digits)?;
        self.at += 1;
        char::from_u32(code)
    }

    fn hex_digits(&mut self, count: usize) -> Option<u32> {
        let digits = self.rest().get(..count).filter(|d| d.chars().all(|c| c.is_ascii_hexdigit()))?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.at += count;
        Some(code)
    }
}
