//! Expressions of a script.
//!
//! In: tokens. Out: [`Expression`]s, operators bound as in Java. Always holds: an operator that is not known is refused.

use super::Outside;
use super::statement::Parser;
use super::token::{Inner, Token};
use super::tree::Expression;

const TYPES: [&str; 12] =
    ["int", "long", "Integer", "Long", "String", "double", "float", "Double", "Float", "boolean", "Boolean", "short"];
const PACKAGES: [&str; 6] = ["java", "javax", "org", "com", "groovy", "net"];

impl Parser {
    pub(super) fn expression(&mut self) -> Result<Expression, Outside> {
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
                if self.take("[") {
                    self.expect("]")?;
                }
                left = Expression::Cast(Box::new(left), kind);
                continue;
            }
            if level == 3 && self.is_word("in") {
                self.link()?;
                self.at += 1;
                let list = self.binary(level + 1)?;
                left = Expression::Call(Some(Box::new(list)), "contains".to_owned(), vec![left]);
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
        let next = self.tokens.get(self.at + 1);
        if self.is_word("empty") && matches!(next, Some(Token::Word(_) | Token::Text(_) | Token::Reference(_))) {
            self.at += 1;
            let of = self.deeper(Self::unary)?;
            return Ok(Expression::Call(None, "empty".to_owned(), vec![of]));
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
            Token::Sign("[") => Ok(Expression::List(self.listed("]")?)),
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
        self.listed(")")
    }

    /// Expressions between commas, up to `close`.
    fn listed(&mut self, close: &str) -> Result<Vec<Expression>, Outside> {
        let mut out = Vec::new();
        self.skip_lines();
        if self.take(close) {
            return Ok(out);
        }
        loop {
            out.push(self.inside(Self::expression)?);
            if self.take(close) {
                return Ok(out);
            }
            self.expect(",")?;
        }
    }
}
