//! Reads propositions about integers as the translator prints them. What is of another form is not read: `None`.

/// An integer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Term {
    Var(String),
    Lit(i128),
    Add(Box<Term>, Box<Term>),
    Sub(Box<Term>, Box<Term>),
    Neg(Box<Term>),
    Mul(Box<Term>, Box<Term>),
    Div(Box<Term>, Box<Term>),
    Mod(Box<Term>, Box<Term>),
    /// `iand`, `ior`, `ixor` of a type.
    Bits(BitOp, String, Box<Term>, Box<Term>),
    Ite(Box<Prop>, Box<Term>, Box<Term>),
    /// The number of ones among the lowest bits.
    Ones(usize, Box<Term>),
    /// The number of zeros below the lowest one, or above the highest, among the lowest bits.
    Zeros(End, usize, Box<Term>),
    /// Two to this power, which is not negative.
    Pow2(Box<Term>),
    /// The bits of an integer of a type in another order; a rotation has an amount.
    Moved(Order, String, Box<Term>, Option<Box<Term>>),
    /// An integer that has a number already.
    Made(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    Lowest,
    Highest,
}

impl End {
    pub fn lean(self) -> &'static str {
        match self {
            Self::Lowest => "ctz",
            Self::Highest => "clz",
        }
    }
}

/// An order of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Order {
    Leftward,
    Rightward,
    Backward,
    Bytewise,
}

impl Order {
    /// The operation on integers in Lean, and what proves its order of bits.
    pub fn lean(self) -> (&'static str, &'static str) {
        match self {
            Self::Leftward => ("irotl", "rotl_fact"),
            Self::Rightward => ("irotr", "rotr_fact"),
            Self::Backward => ("ireverse", "reverse_fact"),
            Self::Bytewise => ("iswap", "swap_fact"),
        }
    }
    /// The places from which `width` bits come, from the lowest: `leftward` and its like of `lean/Harmonic/Bits.lean`.
    pub fn places(self, width: usize, by: usize) -> Vec<usize> {
        let place = |i: usize| match self {
            Self::Leftward => (i + (width - by % width)) % width,
            Self::Rightward => (i + by) % width,
            Self::Backward => width - 1 - i,
            Self::Bytewise => width - 8 - i / 8 * 8 + i % 8,
        };
        (0..width).map(place).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum BitOp {
    And,
    Or,
    Xor,
}

/// A proposition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Prop {
    Known(bool),
    /// Two Boolean constants are the same.
    Same(bool, bool),
    /// A Boolean variable.
    Var(String),
    Le(Term, Term),
    Lt(Term, Term),
    Eq(Term, Term),
    Not(Box<Prop>),
    And(Box<Prop>, Box<Prop>),
    Or(Box<Prop>, Box<Prop>),
    Imp(Box<Prop>, Box<Prop>),
    Iff(Box<Prop>, Box<Prop>),
}

/// The proposition that a text states.
pub(super) fn proposition(text: &str) -> Option<Prop> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    let read = reader.iff()?;
    if reader.at < reader.tokens.len() {
        return None;
    }
    read.prop()
}

/// Either, as brackets do not tell.
enum Read {
    Term(Term),
    Prop(Prop),
    /// `true`, `false` or a Boolean variable: a term of type `Bool`.
    Bool(Prop),
}

impl Read {
    fn term(self) -> Option<Term> {
        if let Self::Term(t) = self { Some(t) } else { None }
    }
    fn prop(self) -> Option<Prop> {
        if let Self::Prop(p) = self { Some(p) } else { None }
    }
}

fn tokens(text: &str) -> Option<Vec<&str>> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '\'' | '!');
    while let Some(c) = rest.chars().next() {
        let end = if word(c) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if "()+-*/%=≠≤<≥>∧∨¬↔→:".contains(c) {
            c.len_utf8()
        } else {
            return None;
        };
        out.push(rest.get(..end)?);
        rest = rest.get(end..)?.trim_start();
    }
    Some(out)
}

struct Reader<'t> {
    tokens: Vec<&'t str>,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> &'t str {
        self.tokens.get(self.at).copied().unwrap_or("")
    }
    fn takes(&mut self, token: &str) -> bool {
        let yes = self.peek() == token;
        self.at += usize::from(yes);
        yes
    }
    fn expect(&mut self, token: &str) -> Option<()> {
        self.takes(token).then_some(())
    }

    fn iff(&mut self) -> Option<Read> {
        let left = self.implies()?;
        if !self.takes("↔") {
            return Some(left);
        }
        let (left, right) = (left.prop()?, self.implies()?.prop()?);
        Some(Read::Prop(Prop::Iff(Box::new(left), Box::new(right))))
    }
    fn implies(&mut self) -> Option<Read> {
        let left = self.or()?;
        if !self.takes("→") {
            return Some(left);
        }
        let (left, right) = (left.prop()?, self.implies()?.prop()?);
        Some(Read::Prop(Prop::Imp(Box::new(left), Box::new(right))))
    }
    fn or(&mut self) -> Option<Read> {
        let left = self.and()?;
        if !self.takes("∨") {
            return Some(left);
        }
        let (left, right) = (left.prop()?, self.or()?.prop()?);
        Some(Read::Prop(Prop::Or(Box::new(left), Box::new(right))))
    }
    fn and(&mut self) -> Option<Read> {
        let left = self.not()?;
        if !self.takes("∧") {
            return Some(left);
        }
        let (left, right) = (left.prop()?, self.and()?.prop()?);
        Some(Read::Prop(Prop::And(Box::new(left), Box::new(right))))
    }
    fn not(&mut self) -> Option<Read> {
        if self.takes("¬") {
            let of = self.not()?.prop()?;
            return Some(Read::Prop(Prop::Not(Box::new(of))));
        }
        self.comparison()
    }
    fn comparison(&mut self) -> Option<Read> {
        let left = self.sum()?;
        let op = self.peek();
        if !matches!(op, "=" | "≠" | "≤" | "<" | "≥" | ">") {
            return Some(left);
        }
        self.at += 1;
        let right = self.sum()?;
        let not = |p| Prop::Not(Box::new(p));
        Some(Read::Prop(match (left, right) {
            (Read::Term(a), Read::Term(b)) => match op {
                "=" => Prop::Eq(a, b),
                "≠" => not(Prop::Eq(a, b)),
                "≤" => Prop::Le(a, b),
                "<" => Prop::Lt(a, b),
                "≥" => Prop::Le(b, a),
                _ => Prop::Lt(b, a),
            },
            (Read::Bool(Prop::Known(a)), Read::Bool(Prop::Known(b))) if op == "=" => Prop::Same(a, b),
            (Read::Bool(a), Read::Bool(Prop::Known(true))) if op == "=" => a,
            _ => return None,
        }))
    }
    fn sum(&mut self) -> Option<Read> {
        let mut left = self.product()?;
        loop {
            let op = self.peek();
            if !matches!(op, "+" | "-") {
                return Some(left);
            }
            self.at += 1;
            let (a, b) = (left.term()?, self.product()?.term()?);
            left = Read::Term(match (op, &a, &b) {
                ("+", Term::Lit(a), Term::Lit(b)) => Term::Lit(a.checked_add(*b)?),
                ("-", Term::Lit(a), Term::Lit(b)) => Term::Lit(a.checked_sub(*b)?),
                ("+", ..) => Term::Add(Box::new(a), Box::new(b)),
                _ => Term::Sub(Box::new(a), Box::new(b)),
            });
        }
    }
    fn product(&mut self) -> Option<Read> {
        let mut left = self.factor()?;
        loop {
            let op = self.peek();
            if !matches!(op, "*" | "/" | "%") {
                return Some(left);
            }
            self.at += 1;
            let (a, b) = (left.term()?, self.factor()?.term()?);
            left = Read::Term(match (op, &a, &b) {
                ("*", Term::Lit(a), Term::Lit(b)) => Term::Lit(a.checked_mul(*b)?),
                ("/", Term::Lit(a), Term::Lit(b)) if *b > 0 => Term::Lit(a.div_euclid(*b)),
                ("%", Term::Lit(a), Term::Lit(b)) if *b > 0 => Term::Lit(a.rem_euclid(*b)),
                ("*", ..) => Term::Mul(Box::new(a), Box::new(b)),
                ("/", ..) => Term::Div(Box::new(a), Box::new(b)),
                _ => Term::Mod(Box::new(a), Box::new(b)),
            });
        }
    }
    fn factor(&mut self) -> Option<Read> {
        self.primary(true)
    }
    /// `head`: what stands here may be a function, applied to what follows, which is not read.
    fn primary(&mut self, head: bool) -> Option<Read> {
        if self.takes("-") {
            return Some(Read::Term(match self.factor()?.term()? {
                Term::Lit(n) => Term::Lit(n.checked_neg()?),
                t => Term::Neg(Box::new(t)),
            }));
        }
        let token = self.peek();
        self.at += 1;
        let bare = token.strip_prefix("Harmonic.").unwrap_or(token);
        let op = match bare {
            "iand" => Some(BitOp::And),
            "ior" => Some(BitOp::Or),
            "ixor" => Some(BitOp::Xor),
            _ => None,
        };
        if let Some(op) = op {
            let ty = self.peek().rsplit('.').next()?;
            self.at += 1;
            let (a, b) = (self.argument()?, self.argument()?);
            return Some(Read::Term(Term::Bits(op, ty.to_owned(), Box::new(a), Box::new(b))));
        }
        let order = [Order::Leftward, Order::Rightward, Order::Backward, Order::Bytewise];
        if let Some(order) = order.into_iter().find(|o| o.lean().0 == bare) {
            let ty = self.peek().rsplit('.').next()?.to_owned();
            self.at += 1;
            let of = Box::new(self.argument()?);
            let by = match order {
                Order::Leftward | Order::Rightward => Some(Box::new(self.argument()?)),
                Order::Backward | Order::Bytewise => None,
            };
            return Some(Read::Term(Term::Moved(order, ty, of, by)));
        }
        match bare {
            "(" => {
                let inner = self.iff()?;
                if self.takes(":") {
                    self.expect("Int")?;
                }
                self.expect(")")?;
                Some(inner)
            }
            "if" => {
                let c = self.iff()?.prop()?;
                self.expect("then")?;
                let a = self.iff()?.term()?;
                self.expect("else")?;
                let b = self.iff()?.term()?;
                Some(Read::Term(Term::Ite(Box::new(c), Box::new(a), Box::new(b))))
            }
            "popcount" | "ctz" | "clz" => {
                let width = self.peek().parse().ok()?;
                self.at += 1;
                let of = Box::new(self.argument()?);
                Some(Read::Term(match bare {
                    "popcount" => Term::Ones(width, of),
                    "ctz" => Term::Zeros(End::Lowest, width, of),
                    _ => Term::Zeros(End::Highest, width, of),
                }))
            }
            "pow2" => Some(Read::Term(match self.argument()? {
                Term::Lit(k @ 0..=100) => Term::Lit(1 << k),
                k => Term::Pow2(Box::new(k)),
            })),
            "true" => Some(Read::Bool(Prop::Known(true))),
            "false" => Some(Read::Bool(Prop::Known(false))),
            "True" => Some(Read::Prop(Prop::Known(true))),
            "False" => Some(Read::Prop(Prop::Known(false))),
            _ if bare.starts_with(|c: char| c.is_ascii_digit()) => Some(Read::Term(Term::Lit(bare.parse().ok()?))),
            _ if bare.ends_with(".val") => self.atom(head, Read::Term(Term::Var(bare.to_owned()))),
            _ if bare.starts_with(char::is_alphabetic) && !bare.contains('.') => {
                self.atom(head, Read::Bool(Prop::Var(bare.to_owned())))
            }
            _ => None,
        }
    }
    /// A variable, unless it is a function that is applied to something.
    fn atom(&self, head: bool, read: Read) -> Option<Read> {
        let next = self.peek();
        let applied = next == "(" || next.starts_with(|c: char| c.is_alphanumeric() || c == '.');
        (!head || !applied || matches!(next, "then" | "else")).then_some(read)
    }
    fn argument(&mut self) -> Option<Term> {
        self.primary(false)?.term()
    }
}
