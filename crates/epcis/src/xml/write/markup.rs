//! Tags, text and namespaces of a document being written.
//!
//! Invariants: what was opened is closed in order; every prefix is declared where it is used; text and values are
//! escaped so that reading gives them back exactly (line ends and tabs in attributes too).

use std::fmt::Write as _;

use crate::model::Name;
use crate::xml::chars::{is_char, is_ncname};
use crate::xml::kept::XML;

/// Namespace of namespace declarations, which nothing else may have.
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
/// Spaces per level of indentation.
const INDENT: usize = 2;

/// A document under construction.
#[derive(Debug, Default)]
pub(super) struct Markup {
    text: String,
    open: Vec<Open>,
    /// Prefix and namespace of every declaration in force, inner ones last.
    scope: Vec<(String, String)>,
}

/// An open element.
#[derive(Debug)]
struct Open {
    tag: String,
    /// Length of the scope outside of it.
    scope: usize,
    /// Prefixes that its start tag uses, which it must not declare anew.
    used: Vec<(String, String)>,
    /// Its start tag still lacks the `>`.
    unfinished: bool,
    /// Its content is not indented.
    inline: bool,
}

/// Why a name cannot be written in XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoXmlName;

impl Markup {
    /// The text so far, taken out.
    pub(super) fn take(&mut self) -> String {
        self.finish_tag();
        std::mem::take(&mut self.text)
    }

    /// Adds the XML declaration.
    pub(super) fn declaration(&mut self) {
        self.text
            .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    }

    fn finish_tag(&mut self) {
        if let Some(open) = self.open.last_mut()
            && std::mem::take(&mut open.unfinished)
        {
            self.text.push('>');
        }
    }

    fn is_inline(&self) -> bool {
        self.open.last().is_some_and(|open| open.inline)
    }

    fn new_line(&mut self) {
        self.text.push('\n');
        let spaces = self.open.len() * INDENT;
        self.text.extend(std::iter::repeat_n(' ', spaces));
    }

    /// Opens an element of EPCIS.
    pub(super) fn open(&mut self, tag: &str) {
        self.open_tag(tag.to_owned(), false);
    }

    fn open_tag(&mut self, tag: String, inline: bool) {
        self.finish_tag();
        let inline = inline || self.is_inline();
        if !self.is_inline() && !self.open.is_empty() {
            self.new_line();
        }
        self.text.push('<');
        self.text.push_str(&tag);
        let scope = self.scope.len();
        self.open.push(Open {
            tag,
            scope,
            used: Vec::new(),
            unfinished: true,
            inline,
        });
    }

    /// Adds an attribute to the element just opened.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.text, " {name}=\"");
        for sign in value.chars() {
            match sign {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\t' => self.text.push_str("&#9;"),
                '\n' => self.text.push_str("&#10;"),
                '\r' => self.text.push_str("&#13;"),
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }

    /// Declares a prefix at the element just opened; an empty prefix declares the default namespace.
    pub(super) fn declare(&mut self, prefix: &str, namespace: &str) {
        let name = if prefix.is_empty() {
            "xmlns".to_owned()
        } else {
            format!("xmlns:{prefix}")
        };
        self.attribute(&name, namespace);
        self.scope.push((prefix.to_owned(), namespace.to_owned()));
    }

    /// Adds text to the element just opened.
    pub(super) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.finish_tag();
        if let Some(open) = self.open.last_mut() {
            // From here on white space would change the text.
            open.inline = true;
        }
        for sign in text.chars() {
            match sign {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '\r' => self.text.push_str("&#13;"),
                other => self.text.push(other),
            }
        }
    }

    /// Closes the innermost element.
    pub(super) fn close(&mut self) {
        let Some(open) = self.open.pop() else {
            return;
        };
        self.scope.truncate(open.scope);
        if open.unfinished {
            self.text.push_str("/>");
            return;
        }
        if !open.inline {
            self.new_line();
        }
        let _ = write!(self.text, "</{}>", open.tag);
    }

    /// An element with text.
    pub(super) fn leaf(&mut self, tag: &str, text: &str) {
        self.open(tag);
        self.text(text);
        self.close();
    }

    /// The namespace of a prefix in force; empty for the default one when none is.
    pub(super) fn namespace(&self, prefix: &str) -> Option<&str> {
        let declared = self.scope.iter().rev().find(|(known, _)| known == prefix);
        declared.map(|(_, namespace)| namespace.as_str())
    }

    /// Opens an extension element; `inline` when its content is text and elements mixed.
    pub(super) fn open_name(&mut self, name: &Name, inline: bool) -> Result<(), NoXmlName> {
        if name.namespace.is_empty() {
            if !is_ncname(&name.local) {
                return Err(NoXmlName);
            }
            self.open_tag(name.local.clone(), inline);
            return Ok(());
        }
        let prefix = self.prefix_for(name, false)?;
        let is_bound = self.namespace(&prefix) == Some(name.namespace.as_str());
        self.open_tag(format!("{prefix}:{}", name.local), inline);
        self.use_prefix(&prefix, &name.namespace);
        if !is_bound && prefix != "xml" {
            self.declare(&prefix, &name.namespace);
        }
        Ok(())
    }

    /// Adds an attribute with its namespace to the element just opened.
    pub(super) fn named_attribute(&mut self, name: &Name, value: &str) -> Result<(), NoXmlName> {
        if name.namespace.is_empty() {
            if !is_ncname(&name.local) || name.local == "xmlns" {
                return Err(NoXmlName);
            }
            self.attribute(&name.local, value);
            return Ok(());
        }
        let prefix = self.prefix_for(name, true)?;
        if prefix != "xml" && self.namespace(&prefix) != Some(name.namespace.as_str()) {
            self.declare(&prefix, &name.namespace);
        }
        self.attribute(&format!("{prefix}:{}", name.local), value);
        self.use_prefix(&prefix, &name.namespace);
        Ok(())
    }

    /// The prefix to write a name with: its own, one that is in force, or a made one.
    fn prefix_for(&self, name: &Name, is_attribute: bool) -> Result<String, NoXmlName> {
        let namespace = name.namespace.as_str();
        if !is_ncname(&name.local) || namespace == XMLNS || !namespace.chars().all(is_char) {
            return Err(NoXmlName);
        }
        if namespace == XML {
            return Ok("xml".to_owned());
        }
        let is_usable = |prefix: &str| {
            let reserved = prefix.len() >= 3 && prefix.as_bytes()[..3].eq_ignore_ascii_case(b"xml");
            let taken = is_attribute && self.is_taken_here(prefix, namespace);
            is_ncname(prefix) && !reserved && !taken
        };
        if let Some(own) = name.prefix().filter(|prefix| is_usable(prefix)) {
            return Ok(own.to_owned());
        }
        let in_force = self.scope.iter().rev().find(|(prefix, uri)| {
            uri == namespace && !prefix.is_empty() && self.namespace(prefix) == Some(namespace)
        });
        if let Some((prefix, _)) = in_force {
            return Ok(prefix.clone());
        }
        let made = (1..).map(|n| format!("ns{n}"));
        let mut free = made.filter(|prefix| self.namespace(prefix).is_none());
        free.next().ok_or(NoXmlName)
    }

    fn use_prefix(&mut self, prefix: &str, namespace: &str) {
        if let Some(open) = self.open.last_mut() {
            open.used.push((prefix.to_owned(), namespace.to_owned()));
        }
    }

    /// Whether the element just opened uses or declares the prefix for another namespace.
    fn is_taken_here(&self, prefix: &str, namespace: &str) -> bool {
        let Some(open) = self.open.last() else {
            return false;
        };
        let declared = self.scope.get(open.scope..).unwrap_or(&[]);
        let mut taken = declared.iter().chain(&open.used);
        taken.any(|(known, uri)| known == prefix && uri != namespace)
    }
}
