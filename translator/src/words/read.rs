//! Reads a proposition's text back into a tree.

use num_bigint::BigInt;

/// A term or proposition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Num(BigInt),
    Name(String),
    /// An operator with one or two sides.
    Op(String, Vec<Tree>),
    /// `e.field`
    Proj(Box<Tree>, String),
    /// `e[i]!`
    Index(Box<Tree>, Box<Tree>),
    App(Box<Tree>, Vec<Tree>),
    /// `∀` (or `∃`), variables, body.
    Bind(bool, Vec<String>, Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
    Match(Box<Tree>, Vec<(Tree, Tree)>),
    Tuple(Vec<Tree>),
}

impl Tree {
    /// The variable that this is the value of.
    pub fn variable(&self) -> Option<String> {
        match self {
            Tree::Name(n) if n.contains('_') || n.starts_with('r') => Some(n.clone()),
            Tree::Proj(base, field) if field == "val" => match &**base {
                Tree::Name(n) => Some(n.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a name occurs.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Tree::Num(_) => false,
            Tree::Name(n) => n == name,
            Tree::Op(_, parts) | Tree::Tuple(parts) => parts.iter().any(|p| p.mentions(name)),
            Tree::Proj(a, _) => a.mentions(name),
            Tree::Index(a, b) => a.mentions(name) || b.mentions(name),
            Tree::App(f, args) => f.mentions(name) || args.iter().any(|a| a.mentions(name)),
            Tree::Bind(_, _, body) => body.mentions(name),
            Tree::If(a, b, c) => [a, b, c].iter().any(|t| t.mentions(name)),
            Tree::Match(v, arms) => v.mentions(name) || arms.iter().any(|(p, e)| p.mentions(name) || e.mentions(name)),
        }
    }
}

/// Deepest nesting that is read.
const MAX_NESTING: usize = 200;

/// The tree of a text; `None` if a part of it is not understood.
pub(super) fn proposition(text: &str) -> Option<Tree> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0 };
    let tree = reader.implication()?;
    (reader.at == tokens.len()).then_some(tree)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Num(BigInt),
    Sign(char),
    /// `.name` or `.1` behind a term, without a space.
    Dot(String),
    /// `[` behind a term, without a space.
    Bracket,
    Define,
    Arm,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let chars: Vec<char> = text.chars().collect();
    let word_char = |c: char| c.is_alphanumeric() || matches!(c, '_' | '\'' | '!' | '?');
    let mut out = vec![];
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        let tight = i > 0 && !chars[i - 1].is_whitespace() && !matches!(chars[i - 1], '(' | '[');
        match c {
            c if c.is_whitespace() => i += 1,
            ':' if chars.get(i + 1) == Some(&'=') => {
                out.push(Token::Define);
                i += 2;
            }
            '=' if chars.get(i + 1) == Some(&'>') => {
                out.push(Token::Arm);
                i += 2;
            }
            '[' if tight => {
                out.push(Token::Bracket);
                i += 1;
            }
            '.' => {
                let start = i + 1;
                i = start;
                while i < chars.len() && word_char(chars[i]) {
                    i += 1;
                }
                let name: String = chars[start..i].iter().collect();
                if name.is_empty() {
                    return None;
                }
                // `.u8` alone names a constructor.
                out.push(if tight { Token::Dot(name) } else { Token::Word(format!(".{name}")) });
            }
            c if c.is_ascii_digit() => {
                let start = i;
                while i < chars.len() && chars[i].is_ascii_digit() {
                    i += 1;
                }
                out.push(Token::Num(chars[start..i].iter().collect::<String>().parse().ok()?));
            }
            c if c.is_alphabetic() || c == '_' => {
                let start = i;
                while i < chars.len() && word_char(chars[i]) {
                    i += 1;
                }
                let mut word: String = chars[start..i].iter().collect();
                // A qualified name is one word: what follows the dot of a type or namespace.
                while word.starts_with(|c: char| c.is_uppercase()) && chars.get(i) == Some(&'.') {
                    let from = i + 1;
                    let mut to = from;
                    while to < chars.len() && word_char(chars[to]) {
                        to += 1;
                    }
                    if to == from {
                        break;
                    }
                    word.push('.');
                    word.extend(&chars[from..to]);
                    i = to;
                }
                out.push(Token::Word(word));
            }
            '(' | ')' | ']' | ',' | ':' | '+' | '-' | '*' | '/' | '%' | '^' | '=' | '<' | '>' | '|' | '!' | '≤'
            | '≥' | '≠' | '∧' | '∨' | '¬' | '→' | '↔' | '∀' | '∃' | '×' => {
                out.push(Token::Sign(c));
                i += 1;
            }
            _ => return None,
        }
    }
    Some(out)
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }
    fn take(&mut self, sign: char) -> Option<()> {
        (self.peek() == Some(&Token::Sign(sign))).then(|| self.at += 1)
    }
    fn word(&mut self, word: &str) -> Option<()> {
        matches!(self.peek(), Some(Token::Word(w)) if w == word).then(|| self.at += 1)
    }

    fn implication(&mut self) -> Option<Tree> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return None;
        }
        let left = self.right(0)?;
        let out = match self.peek() {
            Some(Token::Sign(c @ ('→' | '↔'))) => {
                let op = c.to_string();
                self.at += 1;
                Tree::Op(op, vec![left, self.implication()?])
            }
            _ => left,
        };
        self.depth -= 1;
        Some(out)
    }

    /// Disjunctions (level 0) and conjunctions (level 1): both lean to the right.
    fn right(&mut self, level: usize) -> Option<Tree> {
        if level == 2 {
            return self.negation();
        }
        let left = self.right(level + 1)?;
        let sign = ['∨', '∧'][level];
        match self.take(sign) {
            Some(()) => Some(Tree::Op(sign.to_string(), vec![left, self.right(level)?])),
            None => Some(left),
        }
    }

    fn negation(&mut self) -> Option<Tree> {
        if self.take('¬').is_some() {
            return Some(Tree::Op("¬".into(), vec![self.negation()?]));
        }
        for (sign, all) in [('∀', true), ('∃', false)] {
            if self.take(sign).is_some() {
                let mut vars = vec![];
                loop {
                    match self.peek().cloned() {
                        Some(Token::Sign('(')) => {
                            self.at += 1;
                            let Some(Token::Word(w)) = self.peek().cloned() else { return None };
                            self.at += 1;
                            self.take(':')?;
                            self.skip_type()?;
                            vars.push(w);
                        }
                        Some(Token::Word(w)) => {
                            self.at += 1;
                            vars.push(w);
                            if self.take(':').is_some() {
                                self.word("Int")?;
                            }
                        }
                        Some(Token::Sign(',')) => {
                            self.at += 1;
                            break;
                        }
                        _ => return None,
                    }
                }
                return Some(Tree::Bind(all, vars, Box::new(self.implication()?)));
            }
        }
        let left = self.sum(0)?;
        match self.peek() {
            Some(Token::Sign(c @ ('=' | '≠' | '<' | '>' | '≤' | '≥'))) => {
                let op = c.to_string();
                self.at += 1;
                Some(Tree::Op(op, vec![left, self.sum(0)?]))
            }
            _ => Some(left),
        }
    }

    /// Sums (level 0), products (level 1), powers (level 2).
    fn sum(&mut self, level: usize) -> Option<Tree> {
        let signs: &[char] = [&['+', '-'][..], &['*', '/', '%'], &['^']].get(level).copied()?;
        let next = |r: &mut Self| if level == 2 { r.application() } else { r.sum(level + 1) };
        let mut left = next(self)?;
        while let Some(Token::Sign(c)) = self.peek() {
            if !signs.contains(c) {
                break;
            }
            let op = c.to_string();
            self.at += 1;
            left = Tree::Op(op, vec![left, next(self)?]);
        }
        Some(left)
    }

    fn application(&mut self) -> Option<Tree> {
        if self.take('-').is_some() {
            return Some(Tree::Op("-".into(), vec![self.application()?]));
        }
        let head = self.atom()?;
        let mut args = vec![];
        while self.starts_atom() {
            args.push(self.atom()?);
        }
        Some(if args.is_empty() { head } else { Tree::App(Box::new(head), args) })
    }

    fn starts_atom(&self) -> bool {
        match self.peek() {
            Some(Token::Num(_) | Token::Sign('(')) => true,
            Some(Token::Word(w)) => !matches!(w.as_str(), "then" | "else" | "with" | "match" | "if"),
            _ => false,
        }
    }

    fn atom(&mut self) -> Option<Tree> {
        let mut out = match self.peek()?.clone() {
            Token::Num(n) => {
                self.at += 1;
                Tree::Num(n)
            }
            Token::Word(w) if w == "if" => {
                self.at += 1;
                let c = self.implication()?;
                self.word("then")?;
                let a = self.implication()?;
                self.word("else")?;
                return Some(Tree::If(Box::new(c), Box::new(a), Box::new(self.implication()?)));
            }
            Token::Word(w) if w == "match" => return self.cases(),
            Token::Word(w) => {
                self.at += 1;
                Tree::Name(w)
            }
            Token::Sign('(') => {
                self.at += 1;
                if self.take(')').is_some() {
                    Tree::Tuple(vec![])
                } else {
                    let mut parts = vec![self.implication()?];
                    while self.take(',').is_some() {
                        parts.push(self.implication()?);
                    }
                    if self.take(':').is_some() {
                        self.skip_type()?;
                    } else {
                        self.take(')')?;
                    }
                    match parts.len() {
                        1 => parts.pop()?,
                        _ => Tree::Tuple(parts),
                    }
                }
            }
            _ => return None,
        };
        if let Tree::Op(op, sides) = &out {
            // `(-5)`
            if let ("-", [Tree::Num(n)]) = (op.as_str(), sides.as_slice()) {
                out = Tree::Num(-n.clone());
            }
        }
        loop {
            match self.peek() {
                Some(Token::Dot(field)) => {
                    let field = field.clone();
                    self.at += 1;
                    out = Tree::Proj(Box::new(out), field);
                }
                Some(Token::Bracket) => {
                    self.at += 1;
                    let i = self.implication()?;
                    self.take(']')?;
                    self.take('!')?;
                    out = Tree::Index(Box::new(out), Box::new(i));
                }
                _ => return Some(out),
            }
        }
    }

    fn cases(&mut self) -> Option<Tree> {
        self.word("match")?;
        if self.peek() == Some(&Token::Sign('('))
            && matches!(self.tokens.get(self.at + 1), Some(Token::Word(w)) if w == "generalizing")
        {
            while self.take(')').is_none() {
                self.at += 1;
                self.peek()?;
            }
        }
        let value = self.implication()?;
        self.word("with")?;
        let mut arms = vec![];
        while self.take('|').is_some() {
            let pattern = self.implication()?;
            (self.peek() == Some(&Token::Arm)).then(|| self.at += 1)?;
            arms.push((pattern, self.implication()?));
        }
        Some(Tree::Match(Box::new(value), arms))
    }

    /// Past a type and the parenthesis that ends it.
    fn skip_type(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            match self.peek()? {
                Token::Sign('(') => depth += 1,
                Token::Sign(')') if depth == 0 => {
                    self.at += 1;
                    return Some(());
                }
                Token::Sign(')') => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }
}
