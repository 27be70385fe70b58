//! What a path means: modules, imports (renamed, globbed, re-exported), the scopes of blocks, the prelude.

use crate::resolve::{Crate, Import, ModId};
use crate::tir::{AdtId, IntTy};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Def {
    Mod(ModId),
    Adt(AdtId),
    /// A variant, or the struct of a tuple or unit struct used as a value.
    Variant(AdtId, usize),
    Fn(usize),
    Const(usize),
    Alias(usize),
    Trait(usize),
    /// A primitive type.
    Prim(String),
    /// An item of another crate, by its path.
    External(Vec<String>),
    /// Known, and refused with this code and message.
    Refused(&'static str, String),
}

/// A path's meaning: what its first segments stand for, and how many of them that took (the rest is associated).
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) def: Def,
    pub(crate) used: usize,
}

/// Which of Rust's namespaces a path is looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Type,
    Value,
}

/// Imports followed before a cycle is assumed.
const MAX_IMPORT_DEPTH: usize = 64;

impl Crate<'_> {
    /// Resolves a path in a scope. `None`: no such name.
    pub(crate) fn resolve_path(&self, scope: ModId, absolute: bool, path: &[String], space: Space) -> Option<Resolved> {
        self.path_at(scope, absolute, path, space, 0)
    }

    fn path_at(&self, scope: ModId, absolute: bool, path: &[String], space: Space, depth: usize) -> Option<Resolved> {
        if depth > MAX_IMPORT_DEPTH {
            return None;
        }
        let first = path.first()?;
        let space_of = |at: usize| if at + 1 == path.len() { space } else { Space::Type };
        let mut at = 1;
        let mut def = if absolute {
            Def::External(vec![first.clone()])
        } else {
            match first.as_str() {
                "crate" => Def::Mod(ModId(0)),
                "self" => Def::Mod(self.real_module(scope)),
                "super" => Def::Mod(self.modules[self.real_module(scope).0].parent?),
                name => self.lexical(scope, name, space_of(0), depth)?,
            }
        };
        while at < path.len() {
            let name = path[at].as_str();
            def = match def {
                Def::Mod(module) if name == "super" => Def::Mod(self.modules[module.0].parent?),
                Def::Mod(module) if name == "self" => Def::Mod(module),
                Def::Mod(module) => self.member(module, name, space_of(at), scope, depth + 1)?,
                Def::Adt(id) => match self.variant_named(id, name) {
                    Some(index) => Def::Variant(id, index),
                    None => return Some(Resolved { def, used: at }),
                },
                Def::External(mut parts) => {
                    parts.push(name.to_owned());
                    // It has functions of its own, which are none of std's table.
                    match (canonical(Def::External(parts.clone())), parts) {
                        (Def::Adt(id), _) if id.non_zero().is_some() => Def::Adt(id),
                        (_, parts) => Def::External(parts),
                    }
                }
                other => return Some(Resolved { def: other, used: at }),
            };
            at += 1;
        }
        Some(Resolved { def: in_space(canonical(def), space), used: at })
    }

    /// The module that `self` means.
    fn real_module(&self, mut scope: ModId) -> ModId {
        while let Some(around) = self.modules[scope.0].around {
            scope = around;
        }
        scope
    }

    /// A variant of an enum by name (structs have none to name).
    fn variant_named(&self, id: AdtId, name: &str) -> Option<usize> {
        match self.adts[id.0].ast {
            super::AdtAst::Struct(_) => None,
            super::AdtAst::Enum(it) => {
                it.variants.iter().position(|v| crate::crate_loader::plain_name(&v.ident) == name)
            }
            super::AdtAst::Builtin => {
                let variants = self.variants(id).ok().filter(|_| self.adts[id.0].is_enum())?;
                variants.iter().position(|v| v.name == name)
            }
        }
    }

    /// A single name: the block, what lies around it, other crates, the prelude, primitive types.
    fn lexical(&self, scope: ModId, name: &str, space: Space, depth: usize) -> Option<Def> {
        let mut at = Some(scope);
        while let Some(module) = at {
            if let Some(def) = self.member(module, name, space, module, depth + 1) {
                return Some(def);
            }
            at = self.modules[module.0].around;
        }
        if let Some(def) = prelude(name, space) {
            let certain = matches!(def, Def::Prim(_)) || !self.may_hide(scope, name);
            return Some(if certain { def } else { uncertain(name) });
        }
        let known_crate = matches!(name, "std" | "core" | "alloc" | "harmonic" | "anodized");
        (space == Space::Type && known_crate).then(|| Def::External(vec![name.to_owned()]))
    }

    /// A name inside a module, as seen from another.
    fn member(&self, module: ModId, name: &str, space: Space, from: ModId, depth: usize) -> Option<Def> {
        let key = (module, name.to_owned(), space == Space::Type);
        // Globs may be cyclic; a name that is being looked up in a module is not found there again.
        if depth > MAX_IMPORT_DEPTH || !self.lookups.borrow_mut().insert(key.clone()) {
            return None;
        }
        let found = self.member_once(module, name, space, from, depth);
        self.lookups.borrow_mut().remove(&key);
        found
    }

    fn member_once(&self, module: ModId, name: &str, space: Space, from: ModId, depth: usize) -> Option<Def> {
        let data = &self.modules[module.0];
        let own = match space {
            Space::Type => &data.types,
            Space::Value => &data.values,
        };
        if let Some(def) = own.get(name) {
            return Some(def.clone());
        }
        for import in data.imports.get(name).into_iter().flatten() {
            if let Some(found) = self.import_at(module, import, space, depth) {
                return Some(found);
            }
        }
        let inside = self.is_inside(from, module);
        let by_macro = self.made_by_macros.contains(name);
        for import in data.globs.iter().filter(|i| i.public || inside) {
            if let Some(found) = self.glob_at(module, import, name, space, depth) {
                return Some(if by_macro { uncertain(name) } else { found });
            }
        }
        None
    }

    /// Whether something that is not seen may stand in front of a name of the prelude.
    fn may_hide(&self, scope: ModId, name: &str) -> bool {
        let mut at = Some(scope);
        let mut globs = false;
        while let Some(module) = at {
            let data = &self.modules[module.0];
            globs |= data.globs.iter().any(|i| match self.resolve_path(module, i.absolute, &i.path, Space::Type) {
                Some(found) => matches!(&found.def, Def::External(parts)
                    if !matches!(parts[0].as_str(), "std" | "core" | "alloc" | "harmonic" | "anodized")),
                None => true,
            });
            at = data.around;
        }
        globs || self.made_by_macros.contains(name)
    }

    /// What an import names. The first segment may be a crate of the dependencies, known only by not being anything else.
    fn import_at(&self, module: ModId, import: &Import, space: Space, depth: usize) -> Option<Def> {
        let found = self.path_at(module, import.absolute, &import.path, space, depth + 1);
        if let Some(found) = found {
            return (found.used == import.path.len()).then_some(found.def);
        }
        self.foreign(module, import, depth).then(|| Def::External(import.path.clone()))
    }

    /// Whether an import's first segment is nothing of this crate: then it is another crate.
    fn foreign(&self, module: ModId, import: &Import, depth: usize) -> bool {
        match import.path.first().map(String::as_str) {
            None | Some("crate" | "self" | "super") => false,
            // `use name;` of a single segment would find itself; it can only be a crate.
            Some(first) if import.path.len() == 1 => {
                let data = &self.modules[module.0];
                !data.types.contains_key(first) && !data.values.contains_key(first)
            }
            Some(first) => self.lexical(module, first, Space::Type, depth + 1).is_none(),
        }
    }

    fn glob_at(&self, module: ModId, import: &Import, name: &str, space: Space, depth: usize) -> Option<Def> {
        let target = match self.path_at(module, import.absolute, &import.path, Space::Type, depth + 1) {
            Some(found) if found.used == import.path.len() => found.def,
            Some(_) => return None,
            None => return None,
        };
        match target {
            Def::Mod(target) if target != module => {
                let visible = !self.modules[target.0].private.contains(name) || self.is_inside(module, target);
                visible.then(|| self.member(target, name, space, module, depth + 1)).flatten()
            }
            Def::Adt(id) => self.variant_named(id, name).map(|index| Def::Variant(id, index)),
            Def::External(path) => known_glob(&path, name, space),
            _ => None,
        }
    }

    fn is_inside(&self, mut inner: ModId, outer: ModId) -> bool {
        loop {
            if inner == outer {
                return true;
            }
            let data = &self.modules[inner.0];
            match data.around.or(data.parent) {
                Some(next) => inner = next,
                None => return false,
            }
        }
    }
}

/// A name that may mean something else than what is seen.
fn uncertain(name: &str) -> Def {
    let message = format!("`{name}` may be an item that a macro or a glob import of another crate brings");
    Def::Refused("H0232", message)
}

/// Names that a glob of another crate is known to bring: only those this translator gives a meaning to.
fn known_glob(path: &[String], name: &str, space: Space) -> Option<Def> {
    let krate = path.first()?.as_str();
    let known: &[&str] = match (krate, space) {
        ("harmonic" | "anodized", Space::Value) => &["forall", "exists", "implies"],
        ("harmonic" | "anodized", Space::Type) => &["spec", "trusted", "int", "Spec"],
        ("std" | "core", _) if path.last().is_some_and(|p| p == "cmp") => &["Ordering", "min", "max"],
        ("std" | "core", _) if path.last().is_some_and(|p| p == "mem") => &["swap", "replace", "take"],
        ("std" | "core", _) if path.last().is_some_and(|p| p == "marker") => &["PhantomData"],
        _ => &[],
    };
    let full = || path.iter().cloned().chain([name.to_owned()]).collect();
    known.contains(&name).then(|| canonical(Def::External(full())))
}

/// What a unit struct of std is as a value.
fn in_space(def: Def, space: Space) -> Def {
    match def {
        Def::Adt(AdtId::PHANTOM_DATA) if space == Space::Value => Def::Variant(AdtId::PHANTOM_DATA, 0),
        def => def,
    }
}

/// Gives items of std that have a meaning here their own definition.
fn canonical(def: Def) -> Def {
    let Def::External(path) = &def else { return def };
    if !matches!(path.first().map(String::as_str), Some("std" | "core" | "alloc")) {
        return def;
    }
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match &parts[1..] {
        ["option", "Option"] => Def::Adt(AdtId::OPTION),
        ["result", "Result"] => Def::Adt(AdtId::RESULT),
        ["cmp", "Ordering"] => Def::Adt(AdtId::ORDERING),
        ["marker", "PhantomData"] => Def::Adt(AdtId::PHANTOM_DATA),
        ["num", name] if non_zero(name).is_some() => non_zero(name).map_or(Def::External(path.clone()), Def::Adt),
        ["ops", "Range"] => Def::Adt(AdtId::RANGE),
        ["ops", "RangeFrom"] => Def::Adt(AdtId::RANGE_FROM),
        ["ops", "RangeTo"] => Def::Adt(AdtId::RANGE_TO),
        ["array", "TryFromSliceError"] => Def::Adt(AdtId::TRY_FROM_SLICE_ERROR),
        ["num", "TryFromIntError"] => Def::Adt(AdtId::TRY_FROM_INT_ERROR),
        ["option", "Option", "None"] => Def::Variant(AdtId::OPTION, 0),
        ["option", "Option", "Some"] => Def::Variant(AdtId::OPTION, 1),
        ["result", "Result", "Ok"] => Def::Variant(AdtId::RESULT, 0),
        ["result", "Result", "Err"] => Def::Variant(AdtId::RESULT, 1),
        ["cmp", "Ordering", "Less"] => Def::Variant(AdtId::ORDERING, 0),
        ["cmp", "Ordering", "Equal"] => Def::Variant(AdtId::ORDERING, 1),
        ["cmp", "Ordering", "Greater"] => Def::Variant(AdtId::ORDERING, 2),
        ["primitive", prim] => Def::Prim((*prim).to_owned()),
        // `use std::u32;` names a module, which stands beside the type: what is asked of it is asked of the type.
        [prim] if is_primitive(prim) => Def::Prim((*prim).to_owned()),
        [module, item] if IntTy::from_name(module).is_some() => {
            // `std::u32::MAX`, the old constants.
            Def::External(vec!["std".to_owned(), (*module).to_owned(), (*item).to_owned()])
        }
        _ => def,
    }
}

/// The integer type without its zero of this name.
fn non_zero(name: &str) -> Option<AdtId> {
    IntTy::ALL.into_iter().find(|int| int.non_zero_name() == name).map(AdtId::of_non_zero)
}

fn prelude(name: &str, space: Space) -> Option<Def> {
    let external = |path: &[&str]| Some(Def::External(path.iter().map(|p| (*p).to_owned()).collect()));
    match (space, name) {
        (Space::Type, "Option") => Some(Def::Adt(AdtId::OPTION)),
        (Space::Type, "Result") => Some(Def::Adt(AdtId::RESULT)),
        (Space::Type, "Vec") => external(&["std", "vec", "Vec"]),
        (Space::Type, "Box") => external(&["std", "boxed", "Box"]),
        (Space::Type, "String") => external(&["std", "string", "String"]),
        (
            Space::Type,
            "Clone" | "Copy" | "Default" | "From" | "Into" | "TryFrom" | "TryInto" | "PartialEq" | "Eq" | "PartialOrd"
            | "Ord" | "Iterator" | "IntoIterator" | "Drop" | "ToOwned",
        ) => external(&["std", "prelude", name]),
        (Space::Type, _) if is_primitive(name) => Some(Def::Prim(name.to_owned())),
        (Space::Value, "Some") => Some(Def::Variant(AdtId::OPTION, 1)),
        (Space::Value, "None") => Some(Def::Variant(AdtId::OPTION, 0)),
        (Space::Value, "Ok") => Some(Def::Variant(AdtId::RESULT, 0)),
        (Space::Value, "Err") => Some(Def::Variant(AdtId::RESULT, 1)),
        (Space::Value, "size_of") => external(&["std", "mem", "size_of"]),
        (Space::Value, "drop") => external(&["std", "mem", "drop"]),
        _ => None,
    }
}

fn is_primitive(name: &str) -> bool {
    IntTy::from_name(name).is_some() || matches!(name, "bool" | "char" | "str" | "f32" | "f64")
}
