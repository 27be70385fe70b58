//! Writes compiled modules by hand, in both word sizes.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A region being written.
pub(super) struct Forge {
    word: usize,
    base: u64,
    bytes: Vec<u8>,
    names: HashMap<String, u64>,
    imports: Vec<u64>,
    constants: Vec<(u64, u64)>,
    entries: Vec<u64>,
}

pub(super) fn boxed(number: u64) -> u64 {
    number << 1 | 1
}

/// Where the declared kinds of what is exported as an axiom are kept.
pub(super) const KINDS: &str = "Lean.privateConstKindsExt";

impl Forge {
    pub(super) fn new(word: usize) -> Self {
        Self::at(word, 0x3_0000)
    }

    pub(super) fn at(word: usize, base: u64) -> Self {
        let mut bytes = b"olean\x02\x00".to_vec();
        bytes.resize(80, 0);
        bytes.extend_from_slice(&base.to_le_bytes()[..word]);
        // The root's address is filled in at the end.
        bytes.resize(80 + 2 * word, 0);
        Self { word, base, bytes, names: HashMap::new(), imports: vec![], constants: vec![], entries: vec![] }
    }

    /// Another part of the same module, which may use addresses of this one.
    pub(super) fn next_part(&self) -> Self {
        let base = (self.base + self.bytes.len() as u64).next_multiple_of(0x1_0000);
        Self { names: self.names.clone(), ..Self::at(self.word, base) }
    }

    fn start(&mut self) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        self.base + self.bytes.len() as u64
    }

    fn put(&mut self, word: u64) {
        self.bytes.extend_from_slice(&word.to_le_bytes()[..self.word]);
    }

    fn header(&mut self, size: usize, other: u8, tag: u8) {
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&u16::try_from(size).unwrap().to_le_bytes());
        self.bytes.extend_from_slice(&[other, tag]);
    }

    pub(super) fn object(&mut self, tag: u8, fields: &[u64], scalars: &[u8]) -> u64 {
        let at = self.start();
        let size = 8 + fields.len() * self.word + scalars.len();
        self.header(size, u8::try_from(fields.len()).unwrap(), tag);
        fields.iter().for_each(|field| self.put(*field));
        self.bytes.extend_from_slice(scalars);
        at
    }

    pub(super) fn array(&mut self, items: &[u64]) -> u64 {
        let at = self.start();
        self.header(1, 0, 246);
        self.put(items.len() as u64);
        self.put(items.len() as u64);
        items.iter().for_each(|item| self.put(*item));
        at
    }

    pub(super) fn string(&mut self, text: &str) -> u64 {
        let at = self.start();
        self.header(1, 0, 249);
        self.put(text.len() as u64 + 1);
        self.put(text.len() as u64 + 1);
        self.put(text.chars().count() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(0);
        at
    }

    /// A number too large for a box, as Lean's own big numbers are laid out.
    pub(super) fn big(&mut self, digits: &[u32]) -> u64 {
        let at = self.start();
        let size = 8 + 3 * self.word + 4 * digits.len();
        self.header(size, 0, 250);
        self.put(0);
        self.put(digits.len() as u64);
        self.put(at + 8 + 3 * self.word as u64);
        digits.iter().for_each(|digit| self.bytes.extend_from_slice(&digit.to_le_bytes()));
        at
    }

    /// A name by its components; one that is a number becomes one.
    pub(super) fn name(&mut self, text: &str) -> u64 {
        if text.is_empty() {
            return boxed(0);
        }
        if let Some(at) = self.names.get(text) {
            return *at;
        }
        let (prefix, last) = text.rsplit_once('.').unwrap_or(("", text));
        let prefix = self.name(prefix);
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = hasher.finish().to_le_bytes();
        let at = match last.parse::<u64>() {
            Ok(number) => self.object(2, &[prefix, boxed(number)], &hash),
            Err(_) => {
                let last = self.string(last);
                self.object(1, &[prefix, last], &hash)
            }
        };
        self.names.insert(text.to_owned(), at);
        at
    }

    pub(super) fn list(&mut self, items: &[u64]) -> u64 {
        items.iter().rev().fold(boxed(0), |tail, item| self.object(1, &[*item, tail], &[]))
    }

    pub(super) fn constant(&mut self, name: &str) -> u64 {
        let name = self.name(name);
        self.object(4, &[name, boxed(0)], &[0; 8])
    }

    pub(super) fn apply(&mut self, function: u64, argument: u64) -> u64 {
        self.object(5, &[function, argument], &[0; 8])
    }

    pub(super) fn import(&mut self, module: &str) {
        let module = self.name(module);
        let import = self.object(0, &[module], &[0, 1, 0, 0]);
        self.imports.push(import);
    }

    /// Declares a constant: `kind` as in `ConstantInfo`, `rest` the fields behind the signature.
    pub(super) fn declare(&mut self, kind: u8, name: &str, ty: u64, rest: &[u64], scalars: &[u8]) {
        let name = self.name(name);
        let signature = self.object(0, &[name, boxed(0), ty], &[]);
        let fields: Vec<u64> = std::iter::once(signature).chain(rest.iter().copied()).collect();
        let record = self.object(0, &fields, scalars);
        let info = self.object(kind, &[record], &[]);
        self.constants.push((name, info));
    }

    pub(super) fn axiom(&mut self, name: &str, ty: u64) {
        self.declare(0, name, ty, &[], &[0]);
    }

    pub(super) fn theorem(&mut self, name: &str, ty: u64, proof: u64) {
        self.declare(2, name, ty, &[proof, boxed(0)], &[]);
    }

    /// Entries of an environment extension: a name and a word each.
    pub(super) fn extension(&mut self, name: &str, entries: &[(&str, u64)]) {
        let entries: Vec<u64> = entries
            .iter()
            .map(|(declaration, value)| {
                let declaration = self.name(declaration);
                self.object(0, &[declaration, *value], &[])
            })
            .collect();
        let entries = self.array(&entries);
        let name = self.name(name);
        let extension = self.object(0, &[name, entries], &[]);
        self.entries.push(extension);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let imports = self.array(&self.imports.clone());
        let (names, infos): (Vec<u64>, Vec<u64>) = self.constants.iter().copied().unzip();
        let names = self.array(&names);
        let infos = self.array(&infos);
        let none = self.array(&[]);
        let entries = self.array(&self.entries.clone());
        let root = self.object(0, &[imports, names, infos, none, entries], &[1, 0, 0, 0]);
        let word = self.word;
        self.bytes[80 + word..80 + 2 * word].copy_from_slice(&root.to_le_bytes()[..word]);
        self.bytes
    }
}
