//! Statements that hold others: `if`, `for`, `try`.
//!
//! In: tokens. Out: [`Statement`]s. Always holds: a loop that does not count up by one is refused.

use super::Outside;
use super::statement::Parser;
use super::token::Token;
use super::tree::{Bound, Expression, Statement};

impl Parser {
    pub(super) fn branch(&mut self, out: &mut Vec<Statement>) -> Result<(), Outside> {
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
        Ok(())
    }

    /// `for` with a name that counts: `(int i = 1; i <= n; i++)`, `(i in 1..n)`.
    pub(super) fn count(&mut self, out: &mut Vec<Statement>) -> Result<(), Outside> {
        let other = || Outside::new("a \"for\" that does not count up by one");
        self.at += 1;
        self.expect("(")?;
        if matches!((self.peek(), self.tokens.get(self.at + 1)), (Some(Token::Word(_)), Some(Token::Word(word))) if word != "in")
        {
            self.at += 1;
        }
        let name = self.word().ok_or_else(other)?;
        let is_range = !self.is_sign("=");
        let (from, to, last) = if self.take("=") {
            let from = self.expression()?;
            let same = |of: &mut Self| of.word().as_deref() == Some(name.as_str());
            let counts = self.take_line() && same(self);
            let last = self.is_sign("<=");
            if !counts || !(self.take("<") || self.take("<=")) {
                return Err(other());
            }
            let to = self.expression()?;
            let steps = self.take_line() && (self.take("++") && same(self) || same(self) && self.take("++"));
            if !steps {
                return Err(other());
            }
            (from, to, last)
        } else if self.is_word("in") || self.is_sign(":") {
            self.at += 1;
            let from = self.expression()?;
            let last = self.is_sign("..");
            if !(self.take("..") || self.take("..<")) {
                return Err(Outside::new("a \"for\" over what is no range of numbers"));
            }
            (from, self.expression()?, last)
        } else {
            return Err(other());
        };
        self.expect(")")?;
        let one = || Box::new(Expression::Number("1".to_owned()));
        let before = if last { Expression::Binary("+", Box::new(to), one()) } else { to };
        let bound = Bound { before, fewest: is_range.then_some(i64::from(last)) };
        out.push(Statement::Count(name, from, bound, self.block()?));
        Ok(())
    }

    fn take_line(&mut self) -> bool {
        let found = self.peek() == Some(&Token::Line);
        self.at += usize::from(found);
        found
    }

    /// `try` whose `catch` only tells: a script that fails is told of by JMeter too, and does no more.
    pub(super) fn attempt(&mut self, out: &mut Vec<Statement>) -> Result<(), Outside> {
        self.at += 1;
        out.extend(self.block()?);
        loop {
            let back = self.at;
            self.skip_lines();
            if self.is_word("catch") {
                self.at += 1;
                self.expect("(")?;
                while self.peek().is_some_and(|token| !matches!(token, Token::Line | Token::Sign(")" | "{" | "("))) {
                    self.at += 1;
                }
                self.expect(")")?;
                if !self.block()?.iter().all(Statement::only_tells) {
                    return Err(Outside::new("a \"catch\" that does more than to log"));
                }
            } else if self.is_word("finally") {
                self.at += 1;
                out.extend(self.block()?);
            } else {
                self.at = back;
                return Ok(());
            }
        }
    }
}
