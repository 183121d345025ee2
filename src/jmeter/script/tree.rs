//! Scripts as statements and expressions.
//!
//! In: tokens. Out: a tree. Always holds: it is as deep as [`DEEPEST`] at most.

use super::token::{Inner, Token, tokens};
use super::{Given, Outside};

/// Expressions and blocks inside of others.
const DEEPEST: usize = 40;
/// Operators and calls of one statement: they nest too.
const MOST_LINKS: usize = 300;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Text(Vec<Inner>),
    /// `${...}` outside of quotes.
    Reference(String),
    Number(String),
    Name(String),
    Member(Box<Expression>, String),
    Call(Option<Box<Expression>>, String, Vec<Expression>),
    Index(Box<Expression>, Box<Expression>),
    New(String, Vec<Expression>),
    Not(Box<Expression>),
    Minus(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// Condition, value, and what it is otherwise.
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    /// To a type.
    Cast(Box<Expression>, String),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    Expression(Expression),
    /// A name of the script's own.
    Declare(String, Option<Expression>),
    Assign(Expression, Expression),
    If(Expression, Vec<Statement>, Vec<Statement>),
    Assert(Expression),
    Return,
}

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

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    links: usize,
}

const TYPES: [&str; 12] =
    ["int", "long", "Integer", "Long", "String", "double", "float", "Double", "Float", "boolean", "Boolean", "short"];
const PACKAGES: [&str; 6] = ["java", "javax", "org", "com", "groovy", "net"];

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Outside> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found == word)
    }

    /// Whether anything is left.
    fn skip_lines(&mut self) -> bool {
        while self.peek() == Some(&Token::Line) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    fn unexpected(&self) -> Outside {
        Outside::new(match self.peek() {
            None => "it ends too early".to_owned(),
            Some(Token::Line) => "a line that ends too early".to_owned(),
            Some(Token::Sign(sign)) => format!("\"{sign}\""),
            Some(Token::Word(word) | Token::Number(word)) => format!("\"{word}\""),
            Some(Token::Text(_)) => "a text without an operator before it".to_owned(),
            Some(Token::Reference(name)) => format!("\"${{{name}}}\""),
        })
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Outside>) -> Result<T, Outside> {
        if self.depth >= DEEPEST {
            return Err(Outside::new("it is nested too deep"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Counts an operator or a call.
    fn link(&mut self) -> Result<(), Outside> {
        self.links += 1;
        if self.links > MOST_LINKS { Err(Outside::new("a statement of too many operators")) } else { Ok(()) }
    }

    fn block(&mut self) -> Result<Vec<Statement>, Outside> {
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
        match first.as_str() {
            "import" => {
                while self.peek().is_some_and(|token| *token != Token::Line) {
                    self.at += 1;
                }
            }
            "if" => {
                self.at += 1;
                self.expect("(")?;
                let condition = self.inside(Self::expression)?;
                self.expect(")")?;
                let then = self.block()?;
                let back = self.at;
                self.skip_lines();
                let otherwise = if self.is_word("else") {
                    self.at += 1;
                    self.block()?
                } else {
                    self.at = back;
                    Vec::new()
                };
                out.push(Statement::If(condition, then, otherwise));
            }
            "return" => {
                self.at += 1;
                if !matches!(self.peek(), None | Some(Token::Line)) && !self.is_sign("}") {
                    self.expression()?;
                }
                out.push(Statement::Return);
            }
            "assert" => {
                self.at += 1;
                out.push(Statement::Assert(self.expression()?));
                if self.take(":") {
                    self.expression()?;
                }
            }
            "for" | "while" | "do" | "try" | "switch" | "synchronized" | "class" | "function" | "throw" => {
                return Err(Outside::new(format!("\"{first}\"")));
            }
            _ if self.declares() => self.declaration(out)?,
            _ => self.simple(out)?,
        }
        match self.peek() {
            None | Some(Token::Line) => Ok(()),
            Some(Token::Sign("}")) => Ok(()),
            // A block needs no end of its line.
            _ if matches!(out.last(), Some(Statement::If(..))) => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    /// Whether `def x`, `String x` or the like begins here.
    fn declares(&self) -> bool {
        matches!(
            (self.tokens.get(self.at), self.tokens.get(self.at + 1), self.tokens.get(self.at + 2)),
            (Some(Token::Word(_)), Some(Token::Word(name)), None | Some(Token::Line | Token::Sign("=" | "," | "}")))
                if !["instanceof", "as", "in"].contains(&name.as_str())
        )
    }

    fn declaration(&mut self, out: &mut Vec<Statement>) -> Result<(), Outside> {
        self.at += 1;
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
                let one = Box::new(Expression::Number("1".to_owned()));
                out.push(Statement::Assign(target.clone(), Expression::Binary(op, Box::new(target), one)));
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
    fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Outside>) -> Result<T, Outside> {
        self.skip_lines();
        let read = read(self)?;
        self.skip_lines();
        Ok(read)
    }

    fn expression(&mut self) -> Result<Expression, Outside> {
        self.deeper(|of| {
            let value = of.binary(0)?;
            if of.take("?:") {
                of.skip_lines();
                let otherwise = of.expression()?;
                return Ok(Expression::Binary("?:", Box::new(value), Box::new(otherwise)));
            }
            of.skip_lines_before(&["?", ":"]);
            if of.take("?") {
                of.skip_lines();
                let then = of.expression()?;
                of.skip_lines();
                of.expect(":")?;
                of.skip_lines();
                let otherwise = of.expression()?;
                return Ok(Expression::Choice(Box::new(value), Box::new(then), Box::new(otherwise)));
            }
            Ok(value)
        })
    }

    /// Goes past ends of lines where one of `signs` goes on behind them.
    fn skip_lines_before(&mut self, signs: &[&str]) {
        let lines = self.tokens[self.at..].iter().take_while(|token| **token == Token::Line).count();
        let next = self.tokens.get(self.at + lines);
        if matches!(next, Some(Token::Sign(sign)) if signs.contains(sign)) {
            self.at += lines;
        }
    }

    fn binary(&mut self, level: usize) -> Result<Expression, Outside> {
        const LEVELS: [&[&str]; 6] =
            [&["||"], &["&&"], &["===", "!==", "==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            if level < 2 {
                self.skip_lines_before(signs);
            }
            if level == 3 && self.is_word("as") {
                self.link()?;
                self.at += 1;
                let kind = self.word().ok_or_else(|| self.unexpected())?;
                left = Expression::Cast(Box::new(left), kind);
                continue;
            }
            let Some(sign) = self.sign_of(signs, level) else { return Ok(left) };
            self.link()?;
            self.skip_lines();
            let right = self.binary(level + 1)?;
            let sign = match sign {
                "===" => "==",
                "!==" => "!=",
                sign => sign,
            };
            left = Expression::Binary(sign, Box::new(left), Box::new(right));
        }
    }

    /// The operator that stands here; JEXL also writes `eq`, `and` and the like.
    fn sign_of(&mut self, signs: &[&'static str], level: usize) -> Option<&'static str> {
        const WORDS: [(&str, &str, usize); 8] = [
            ("or", "||", 0),
            ("and", "&&", 1),
            ("eq", "==", 2),
            ("ne", "!=", 2),
            ("lt", "<", 3),
            ("gt", ">", 3),
            ("le", "<=", 3),
            ("ge", ">=", 3),
        ];
        let sign = match self.peek()? {
            Token::Sign(found) => signs.iter().copied().find(|sign| sign == found)?,
            Token::Word(word) => WORDS.iter().find(|(name, _, at)| name == word && *at == level)?.1,
            _ => return None,
        };
        self.at += 1;
        Some(sign)
    }

    fn unary(&mut self) -> Result<Expression, Outside> {
        if self.take("!") || self.is_word("not") && self.word().is_some() {
            return Ok(Expression::Not(Box::new(self.deeper(Self::unary)?)));
        }
        if self.take("-") {
            return Ok(Expression::Minus(Box::new(self.deeper(Self::unary)?)));
        }
        if let [Some(Token::Sign("(")), Some(Token::Word(kind)), Some(Token::Sign(")"))] =
            [0, 1, 2].map(|ahead| self.tokens.get(self.at + ahead))
            && TYPES.contains(&kind.as_str())
        {
            let kind = kind.clone();
            self.at += 3;
            return Ok(Expression::Cast(Box::new(self.deeper(Self::unary)?), kind));
        }
        let first = self.operand()?;
        self.postfix(first)
    }

    fn operand(&mut self) -> Result<Expression, Outside> {
        let token = self.peek().cloned().ok_or_else(|| self.unexpected())?;
        self.at += 1;
        match token {
            Token::Text(parts) => Ok(Expression::Text(parts)),
            Token::Reference(name) => Ok(Expression::Reference(name)),
            Token::Number(text) => Ok(Expression::Number(text)),
            Token::Sign("(") => {
                let inner = self.inside(Self::expression)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Word(word) if word == "new" => {
                let name = self.class()?;
                let arguments = if self.is_sign("(") { self.arguments()? } else { Vec::new() };
                Ok(Expression::New(name, arguments))
            }
            Token::Word(word) if PACKAGES.contains(&word.as_str()) && self.is_sign(".") => {
                self.at -= 1;
                Ok(Expression::Name(self.class()?))
            }
            Token::Word(word) if self.is_sign("(") => Ok(Expression::Call(None, word, self.arguments()?)),
            Token::Word(word) => Ok(Expression::Name(word)),
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// The name of a class without its package.
    fn class(&mut self) -> Result<String, Outside> {
        loop {
            let word = self.word().ok_or_else(|| self.unexpected())?;
            if word.starts_with(char::is_uppercase) {
                return Ok(word);
            }
            self.expect(".")?;
        }
    }

    fn postfix(&mut self, first: Expression) -> Result<Expression, Outside> {
        let mut value = first;
        loop {
            self.skip_lines_before(&[".", "?."]);
            if self.take(".") || self.take("?.") {
                self.link()?;
                self.skip_lines();
                let name = match self.peek() {
                    Some(Token::Text(parts)) => match parts.as_slice() {
                        [Inner::Plain(text)] => text.clone(),
                        _ => return Err(self.unexpected()),
                    },
                    Some(Token::Word(word)) => word.clone(),
                    _ => return Err(self.unexpected()),
                };
                self.at += 1;
                value = if self.is_sign("(") {
                    Expression::Call(Some(Box::new(value)), name, self.arguments()?)
                } else {
                    Expression::Member(Box::new(value), name)
                };
            } else if self.take("[") {
                self.link()?;
                let index = self.inside(Self::expression)?;
                self.expect("]")?;
                value = Expression::Index(Box::new(value), Box::new(index));
            } else {
                return Ok(value);
            }
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, Outside> {
        self.expect("(")?;
        let mut out = Vec::new();
        self.skip_lines();
        if self.take(")") {
            return Ok(out);
        }
        loop {
            out.push(self.inside(Self::expression)?);
            if self.take(")") {
                return Ok(out);
            }
            self.expect(",")?;
        }
    }
}

impl Statement {
    /// Adds the variables and properties it sets under plain names.
    pub(super) fn given(&self, found: &mut Vec<Given>) {
        match self {
            Self::If(_, then, otherwise) => then.iter().chain(otherwise).for_each(|inner| inner.given(found)),
            Self::Expression(Expression::Call(Some(of), name, arguments)) => {
                let Some(Expression::Text(parts)) = arguments.first() else { return };
                let ([Inner::Plain(key)], Expression::Name(of)) = (parts.as_slice(), &**of) else { return };
                match (of.as_str(), name.as_str()) {
                    ("vars", "put") => found.push(Given::Variable(key.clone())),
                    ("props", "put" | "setProperty") => found.push(Given::Property(key.clone())),
                    _ => {}
                }
            }
            Self::Assign(target, _) => {
                let (of, key) = match target {
                    Expression::Member(of, key) => (of, key.clone()),
                    Expression::Index(of, key) => match &**key {
                        Expression::Text(parts) => match parts.as_slice() {
                            [Inner::Plain(key)] => (of, key.clone()),
                            _ => return,
                        },
                        _ => return,
                    },
                    _ => return,
                };
                match &**of {
                    Expression::Name(of) if of == "vars" => found.push(Given::Variable(key)),
                    Expression::Name(of) if of == "props" => found.push(Given::Property(key)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
