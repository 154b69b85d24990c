//! Reads one chunk piece by piece: what begins at this byte, and which pieces belong together.

use super::class::{
    AT, BACKSLASH, COLON, DIGIT, DOT, HEX_LETTER, JOINER, LETTER, SLASH, WORD, class, class_at,
    run_end,
};
use super::placeholder::Placeholder::{self, Hex, Id, Num, Size};
use super::run::{self, Run};
use super::scan::{Scanner, Token, is_share};
use super::{address, name, number, path, time};

/// What was found at one place of a chunk.
enum Piece {
    /// A variable part.
    Variable(Token),
    /// A single letter.
    Letter,
    /// A word, or punctuation.
    Literal,
}

impl Scanner<'_> {
    /// The next token of the chunk being read; `None` when only literals were left in it.
    pub(super) fn next_in_chunk(&mut self) -> Option<Token> {
        while self.at < self.chunk_end {
            let start = self.at;
            match self.piece() {
                Piece::Variable(token) => return Some(self.extended(token)),
                Piece::Letter => {
                    if let Some(token) = self.led_by_letter(start) {
                        return Some(self.extended(token));
                    }
                }
                Piece::Literal => {}
            }
        }
        None
    }

    /// Joins the identifier that a single letter begins, as in `C-J12`.
    fn led_by_letter(&mut self, letter: usize) -> Option<Token> {
        let (after, glued_at) = (self.at, self.glued_at);
        if class_at(self.text, after) & (JOINER | DOT) != 0 && after + 1 < self.chunk_end {
            self.at = after + 1;
            if let Piece::Variable(token) = self.piece()
                && token.start == after + 1
                && is_joinable(token.kind)
            {
                return Some(Token { kind: Id, start: letter, end: token.end });
            }
        }
        (self.at, self.glued_at) = (after, glued_at);
        None
    }

    /// Joins the pieces behind a number or identifier that belong to it: `1.2.3`, `R02-M1-N0`.
    fn extended(&mut self, mut token: Token) -> Token {
        while is_joinable(token.kind) && token.end + 1 < self.chunk_end {
            let joiner = self.text[token.end];
            if !matches!(joiner, b'_' | b'-' | b'.' | b':') {
                break;
            }
            let start = token.end + 1;
            self.at = start;
            let kind = match self.piece() {
                Piece::Variable(next) if next.start != start => None,
                Piece::Variable(next) => joined(token.kind, next.kind),
                Piece::Letter => Some(Id),
                Piece::Literal => {
                    let word = &self.text[start..self.at];
                    (joiner == b'-' && run::is_random_suffix(word)).then_some(Id)
                }
            };
            let Some(kind) = kind else { break };
            token = Token { kind, start: token.start, end: self.at };
        }
        self.token(token.kind, token.start, token.end)
    }

    fn before(&self) -> Before {
        if self.glued_at == Some(self.at) {
            Before::Token
        } else if self.at == self.chunk_start {
            Before::Start
        } else {
            Before::Byte(self.text[self.at - 1])
        }
    }

    /// Names that begin with a letter or digit: URLs, mailboxes, hosts, Windows paths. The classes
    /// seen in the chunk rule most of them out before any byte is read again.
    fn named_thing(&self, at: usize, before: Before) -> Found {
        let (text, seen) = (self.text, self.seen);
        if seen & COLON != 0 && seen & (SLASH | BACKSLASH) != 0 {
            if name::is_drive(text, at)
                && let Some(end) = path::windows(text, at + 2)
            {
                return Some((Placeholder::Path, end));
            }
            if class(text[at]) & LETTER != 0
                && let Some(end) = name::url(text, run_end(text, at, WORD))
            {
                return Some((Placeholder::Url, end));
            }
        }
        let may_begin = match before {
            Before::Start => true,
            Before::Token => false,
            Before::Byte(byte) => !name::is_in_mailbox(byte),
        };
        if seen & DOT == 0 || !may_begin {
            return None;
        }
        let email = if seen & AT == 0 { None } else { name::email(text, at) };
        email
            .map(|end| (Placeholder::Email, end))
            .or_else(|| name::host(text, at).map(|end| (Placeholder::Host, end)))
    }

    /// Reads one piece and goes on behind it.
    fn piece(&mut self) -> Piece {
        let (text, at) = (self.text, self.at);
        let before = self.before();
        let found = match class(text[at]) {
            DIGIT => variable_at_digit(text, at, before).or_else(|| self.named_thing(at, before)),
            HEX_LETTER => hex_address(text, at, before).or_else(|| self.named_thing(at, before)),
            class if class & LETTER != 0 => self.named_thing(at, before),
            _ => variable_at_mark(text, at, before),
        };
        if let Some((kind, end)) = found {
            return Piece::Variable(self.token(kind, at, end));
        }
        if class(text[at]) & WORD == 0 {
            self.at += 1;
            return Piece::Literal;
        }
        let end = run_end(text, at, WORD);
        if class(text[at]) == DIGIT
            && let Some((kind, end)) = number::read(text, at)
        {
            return Piece::Variable(self.token(kind, at, end));
        }
        self.at = end;
        match run::judge(&text[at..end]) {
            Run::Word => Piece::Literal,
            Run::Letter => Piece::Letter,
            Run::Variable { kind, start, end } => {
                Piece::Variable(self.token(kind, at + start, at + end))
            }
        }
    }
}

/// What stands before a piece, which decides whether a path, a name or a sign may begin there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing: a chunk begins.
    Start,
    /// A variable part, in the same chunk or, in masked text, its placeholder.
    Token,
    /// Another byte of the chunk.
    Byte(u8),
}

/// What two neighbours of one chunk are together; `None` if they stay apart.
fn joined(left: Placeholder, right: Placeholder) -> Option<Placeholder> {
    match (left, right) {
        (Num, Num) => Some(Num),
        (Hex, Hex) => Some(Hex),
        _ => (is_joinable(left) && is_joinable(right)).then_some(Id),
    }
}

/// Sizes are joined too: the `1d` of the bus address `00:1d.0` is not a day.
fn is_joinable(kind: Placeholder) -> bool {
    matches!(kind, Num | Hex | Id | Size)
}

type Found = Option<(Placeholder, usize)>;

/// Times, addresses: what begins with a digit and is more than a number.
fn variable_at_digit(text: &[u8], at: usize, before: Before) -> Found {
    let next = text.get(run_end(text, at, DIGIT)).copied().unwrap_or(b' ');
    // The pairs of a MAC address may read like a time of day, so addresses come first.
    hex_address(text, at, before)
        .or_else(|| {
            let end = if next == b'.' { address::ipv4(text, at) } else { None };
            end.map(|end| (Placeholder::Ip, end))
        })
        .or_else(|| {
            let may_be_time = matches!(next, b':' | b'-' | b'/' | b'.' | b'T');
            let end = if may_be_time { time::numeric(text, at) } else { None };
            end.map(|end| (Placeholder::Time, end))
        })
}

/// Addresses that may begin with a hex letter as well as with a digit.
fn hex_address(text: &[u8], at: usize, before: Before) -> Found {
    let length = run_end(text, at, DIGIT | HEX_LETTER) - at;
    let next = text.get(at + length);
    match length {
        8 if next == Some(&b'-') => address::uuid(text, at).map(|end| (Placeholder::Uuid, end)),
        2 if matches!(next, Some(b':' | b'-')) => {
            let mac = address::mac(text, at).map(|end| (Placeholder::Mac, end));
            mac.or_else(|| ipv6(text, at, before))
        }
        1..=4 if next == Some(&b':') => ipv6(text, at, before),
        _ => None,
    }
}

fn ipv6(text: &[u8], at: usize, before: Before) -> Found {
    if before != Before::Start {
        return None;
    }
    address::ipv6(text, at).map(|end| (Placeholder::Ip, end))
}

/// Paths, signed numbers and IPv6 addresses that begin with punctuation.
fn variable_at_mark(text: &[u8], at: usize, before: Before) -> Found {
    match text[at] {
        b'/' if matches!(before, Before::Start | Before::Byte(b':' | b'@')) => {
            let is_address = address::ipv4(text, at + 1).is_some();
            let end = if is_address { None } else { path::unix(text, at) };
            end.map(|end| (Placeholder::Path, end))
        }
        b'\\' if before == Before::Start && is_share(text, at) => {
            path::windows(text, at).map(|end| (Placeholder::Path, end))
        }
        b'~' if before == Before::Start && text.get(at + 1) == Some(&b'/') => {
            path::unix(text, at + 1).map(|end| (Placeholder::Path, end))
        }
        b':' if text.get(at + 1) == Some(&b':') => ipv6(text, at, before),
        b'+' | b'-' if class_at(text, at + 1) == DIGIT => signed_number(text, at, before),
        _ => None,
    }
}

fn signed_number(text: &[u8], at: usize, before: Before) -> Found {
    let may_be_sign =
        matches!(before, Before::Start | Before::Byte(b'_' | b':' | b'@' | b'#' | b'$'));
    if !may_be_sign || variable_at_digit(text, at + 1, Before::Byte(text[at])).is_some() {
        return None;
    }
    number::read(text, at + 1)
}
