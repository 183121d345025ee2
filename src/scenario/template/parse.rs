//! Reading a template.
//!
//! In: text. Out: its parts. Always holds: what was read is the whole text, and a quote or parenthesis that is never
//! closed is an error.

use super::{Argument, Expression, Part, Template, TemplateError};

/// Where an argument ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    Quote(char),
    /// `,` or `)`.
    Separator,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Template {
    /// Reads `text`; `$${` stands for the characters `${`.
    ///
    /// # Errors
    /// [`TemplateError::Unclosed`], [`TemplateError::Empty`] and [`TemplateError::Call`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Reader { text, at: 0 }.template(Until::End)
    }
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Reads until `until`, which is left unread unless it is a quote.
    fn template(&mut self, until: Until) -> Result<Template, TemplateError> {
        let mut template = Template(Vec::new());
        while let Some(next) = self.rest().chars().next() {
            match (until, next) {
                (Until::Quote(quote), _) if next == quote => {
                    self.at += next.len_utf8();
                    if !self.take(quote.encode_utf8(&mut [0; 4])) {
                        return Ok(template);
                    }
                    template.push_literal(quote.encode_utf8(&mut [0; 4]));
                }
                (Until::Separator, ',' | ')') => return Ok(template),
                _ if self.take("$${") => template.push_literal("${"),
                _ if self.rest().starts_with("${") => template.0.push(self.expression()?),
                _ => {
                    self.at += next.len_utf8();
                    template.push_literal(next.encode_utf8(&mut [0; 4]));
                }
            }
        }
        if until == Until::End { Ok(template) } else { Err(TemplateError::Unclosed) }
    }

    /// Reads `${...}`.
    fn expression(&mut self) -> Result<Part, TemplateError> {
        let from = self.at;
        self.at += "${".len();
        let length = self.rest().find(['(', '}']).ok_or(TemplateError::Unclosed)?;
        let name = self.rest()[..length].trim().to_owned();
        self.at += length;
        if name.is_empty() {
            return Err(TemplateError::Empty);
        }
        let arguments = if self.take("(") { Some(self.arguments(from)?) } else { None };
        self.skip_space();
        if !self.take("}") {
            return Err(self.no_call(from, "\"}\" must follow the \")\""));
        }
        Ok(Part::Expression(Expression { name, arguments, text: self.text[from..self.at].to_owned() }))
    }

    /// Reads arguments and their closing parenthesis.
    fn arguments(&mut self, from: usize) -> Result<Vec<Argument>, TemplateError> {
        let mut arguments = Vec::new();
        self.skip_space();
        if self.take(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.argument(from)?);
            self.skip_space();
            if self.take(")") {
                return Ok(arguments);
            }
            if !self.take(",") {
                return Err(self.no_call(from, "\",\" or \")\" must follow an argument"));
            }
        }
    }

    fn argument(&mut self, from: usize) -> Result<Argument, TemplateError> {
        self.skip_space();
        let quote = self.rest().chars().next().filter(|c| matches!(c, '\'' | '"'));
        if let Some(quote) = quote {
            self.at += quote.len_utf8();
            return Ok(Argument { template: self.template(Until::Quote(quote))?, quoted: true });
        }
        let mut template = self.template(Until::Separator)?;
        if template.any_literal_char(|c| c == '(') {
            return Err(self.no_call(from, "an argument with parentheses needs quotes around it"));
        }
        if let Some(Part::Literal(last)) = template.0.last_mut() {
            last.truncate(last.trim_end().len());
        }
        Ok(Argument { template, quoted: false })
    }

    fn no_call(&self, from: usize, problem: &'static str) -> TemplateError {
        TemplateError::Call { text: self.text[from..self.at].to_owned(), problem }
    }
}
