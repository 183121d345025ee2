//! Statements of a script.
//!
//! In: tokens. Out: [`Statement`]s. Always holds: they lie in each other [`DEEPEST`] deep at most, and one has
//! [`MOST_LINKS`] operators at most.

use super::Outside;
use super::token::{Token, tokens};
use super::tree::{Expression, Statement};

/// Expressions and blocks inside of others.
const DEEPEST: usize = 40;
/// Operators and calls of one statement: they nest too.
const MOST_LINKS: usize = 300;

/// Reads a script.
pub(super) fn parse(text: &str, interpolates: bool) -> Result<Vec<Statement>, Outside> {
    let mut parser = Parser { tokens: tokens(text, interpolates)?, at: 0, depth: 0, links: 0 };
    let mut out = Vec::new();
    while parser.skip_lines() {
        parser.statement(&mut out)?;
    }
    Ok(out)
}

/// Reads one expression.
pub(super) fn parse_expression(text: &str, interpolates: bool) -> Result<Expression, Outside> {
    let mut parser = Parser { tokens: tokens(text, interpolates)?, at: 0, depth: 0, links: 0 };
    parser.skip_lines();
    let expression = parser.expression()?;
    match parser.skip_lines() {
        true => Err(parser.unexpected()),
        false => Ok(expression),
    }
}

pub(super) struct Parser {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    depth: usize,
    links: usize,
}

impl Parser {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, sign: &str) -> Result<(), Outside> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found == word)
    }

    /// Whether anything is left.
    pub(super) fn skip_lines(&mut self) -> bool {
        while self.peek() == Some(&Token::Line) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    pub(super) fn unexpected(&self) -> Outside {
        Outside::new(match self.peek() {
            None => "it ends too early".to_owned(),
            Some(Token::Line) => "a line that ends too early".to_owned(),
            Some(Token::Sign(sign)) => format!("\"{sign}\""),
            Some(Token::Word(word) | Token::Number(word)) => format!("\"{word}\""),
            Some(Token::Text(_)) => "a text without an operator before it".to_owned(),
            Some(Token::Reference(name)) => format!("\"${{{name}}}\""),
        })
    }

    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Outside>) -> Result<T, Outside> {
        if self.depth >= DEEPEST {
            return Err(Outside::new("it is nested too deep"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Counts an operator or a call.
    pub(super) fn link(&mut self) -> Result<(), Outside> {
        self.links += 1;
        if self.links > MOST_LINKS { Err(Outside::new("a statement of too many operators")) } else { Ok(()) }
    }

    pub(super) fn block(&mut self) -> Result<Vec<Statement>, Outside> {
        self.deeper(|of| {
            let mut out = Vec::new();
            of.skip_lines();
            if !of.take("{") {
                of.statement(&mut out)?;
                return Ok(out);
            }
            while of.skip_lines() && !of.is_sign("}") {
                of.statement(&mut out)?;
            }
            of.expect("}")?;
            Ok(out)
        })
    }

    fn statement(&mut self, out: &mut Vec<Statement>) -> Result<(), Outside> {
        self.links = 0;
        let first = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            _ => String::new(),
        };
        if let (Some(Token::Reference(code)), None | Some(Token::Line)) = (self.peek(), self.tokens.get(self.at + 1)) {
            out.push(Statement::Effect(code.clone()));
            self.at += 1;
            return Ok(());
        }
        match first.as_str() {
            "import" | "package" => {
                while self.peek().is_some_and(|token| *token != Token::Line) {
                    self.at += 1;
                }
            }
            "if" => self.branch(out)?,
            "for" => self.count(out)?,
            "try" => self.attempt(out)?,
            "return" => {
                self.at += 1;
                let nothing = matches!(self.peek(), None | Some(Token::Line)) || self.is_sign("}");
                out.push(Statement::Return(if nothing { None } else { Some(self.expression()?) }));
            }
            "break" | "continue" => {
                self.at += 1;
                out.push(if first == "break" { Statement::Break } else { Statement::Continue });
            }
            "assert" => {
                self.at += 1;
                out.push(Statement::Assert(self.expression()?));
                if self.take(":") {
                    self.expression()?;
                }
            }
            "while" | "do" | "switch" | "synchronized" | "class" | "function" | "throw" => {
                return Err(Outside::new(format!("\"{first}\"")));
            }
            "final" => {
                self.at += 1;
                return self.statement(out);
            }
            _ if self.declares() => self.declaration(out)?,
            _ => self.simple(out)?,
        }
        match self.peek() {
            None | Some(Token::Line) => Ok(()),
            Some(Token::Sign("}")) => Ok(()),
            // A block needs no end of its line.
            _ if matches!(self.tokens.get(self.at.wrapping_sub(1)), Some(Token::Sign("}"))) => Ok(()),
            _ if matches!(out.last(), Some(Statement::If(..) | Statement::Count(..))) => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    /// Whether `def x`, `String x` or the like begins here.
    fn declares(&self) -> bool {
        matches!(
            (self.tokens.get(self.at), self.tokens.get(self.at + 1), self.tokens.get(self.at + 2)),
            (Some(Token::Word(kind)), Some(Token::Word(name)), None | Some(Token::Line | Token::Sign("=" | "," | "}")))
                if !["instanceof", "as", "in"].contains(&name.as_str())
                    && !["new", "empty", "not", "throw"].contains(&kind.as_str())
        ) || self.declares_list()
    }

    /// Whether `String[] x` begins here.
    fn declares_list(&self) -> bool {
        let at = |ahead: usize| self.tokens.get(self.at + ahead);
        let brackets = matches!((at(1), at(2)), (Some(Token::Sign("[")), Some(Token::Sign("]"))));
        brackets && matches!((at(0), at(3)), (Some(Token::Word(_)), Some(Token::Word(_))))
    }

    fn declaration(&mut self, out: &mut Vec<Statement>) -> Result<(), Outside> {
        self.at += if self.declares_list() { 3 } else { 1 };
        loop {
            let name = self.word().ok_or_else(|| self.unexpected())?;
            let value = if self.take("=") {
                self.skip_lines();
                Some(self.expression()?)
            } else {
                None
            };
            out.push(Statement::Declare(name, value));
            if !self.take(",") {
                return Ok(());
            }
        }
    }

    /// A call, or a name that is given a value.
    fn simple(&mut self, out: &mut Vec<Statement>) -> Result<(), Outside> {
        for (sign, op) in [("++", "+"), ("--", "-")] {
            if self.take(sign) {
                let target = self.expression()?;
                out.push(moved(target, op));
                return Ok(());
            }
        }
        let target = self.expression()?;
        if self.take("=") {
            self.skip_lines();
            out.push(Statement::Assign(target, self.expression()?));
            return Ok(());
        }
        for (sign, op) in [("+=", "+"), ("-=", "-"), ("*=", "*"), ("/=", "/")] {
            if self.take(sign) {
                let value = Expression::Binary(op, Box::new(target.clone()), Box::new(self.expression()?));
                out.push(Statement::Assign(target, value));
                return Ok(());
            }
        }
        for (sign, op) in [("++", "+"), ("--", "-")] {
            if self.take(sign) {
                out.push(moved(target, op));
                return Ok(());
            }
        }
        // `log.info "text"`: a call without parentheses.
        let target = match (target, self.peek()) {
            (Expression::Member(of, name), Some(Token::Text(_) | Token::Word(_) | Token::Number(_))) => {
                Expression::Call(Some(of), name, self.arguments_until_line()?)
            }
            (Expression::Name(name), Some(Token::Text(_))) => {
                Expression::Call(None, name, self.arguments_until_line()?)
            }
            (target, _) => target,
        };
        out.push(Statement::Expression(target));
        Ok(())
    }

    fn arguments_until_line(&mut self) -> Result<Vec<Expression>, Outside> {
        let mut out = vec![self.expression()?];
        while self.take(",") {
            self.skip_lines();
            out.push(self.expression()?);
        }
        Ok(out)
    }

    /// Reads something in parentheses, where lines mean nothing.
    pub(super) fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Outside>) -> Result<T, Outside> {
        self.skip_lines();
        let read = read(self)?;
        self.skip_lines();
        Ok(read)
    }
}

/// A name that becomes one more or one less.
fn moved(target: Expression, op: &'static str) -> Statement {
    let one = Box::new(Expression::Number("1".to_owned()));
    Statement::Assign(target.clone(), Expression::Binary(op, Box::new(target), one))
}
