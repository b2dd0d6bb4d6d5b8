//! Just enough to write HTML in which no text from outside becomes markup.

/// HTML being written.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup of our own.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds text, escaped.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escape(text));
        self
    }

    /// Adds an element with text.
    pub(super) fn element(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
        self.text(text);
        self.0.push_str("</");
        // attributes belong to the opening tag only
        self.0.push_str(name.split(' ').next().unwrap_or(name));
        self.0.push('>');
        self
    }

    /// Adds a link within this site. The address is escaped too.
    pub(super) fn link(&mut self, address: &str, text: &str) -> &mut Self {
        self.0.push_str("<a href=\"");
        self.text(address);
        self.0.push_str("\">");
        self.text(text);
        self.0.push_str("</a>");
        self
    }

    /// Adds text that shows a longer one on pointing at it.
    pub(super) fn titled(&mut self, text: &str, whole: &str) -> &mut Self {
        self.0.push_str("<span class=\"key\" title=\"");
        self.text(whole);
        self.0.push_str("\">");
        self.text(text);
        self.0.push_str("</span>");
        self
    }

    /// Adds a row of a list of facts.
    pub(super) fn fact(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.element("dt", name).element("dd", value)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text in which nothing is markup.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
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
    fn text_never_becomes_markup() {
        let mut html = Html::default();
        html.element("p class=\"x\"", "<script>")
            .link("/a?\"b", "'&'");
        assert_eq!(
            html.as_str(),
            "<p class=\"x\">&lt;script&gt;</p><a href=\"/a?&quot;b\">&#39;&amp;&#39;</a>"
        );
    }
}
