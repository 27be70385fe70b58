//! Type specs: conditions on every value of a type.

pub use harmonic_macros::Spec;

/// A type with a spec. `#[spec]` on a `struct` or `enum` implements it.
#[diagnostic::on_unimplemented(
    message = "enforcing a type spec needs `{Self}` to implement `harmonic::types::Spec`",
    note = "put `#[spec]` on the definition of `{Self}`, or remove the surrounding `Spec!(...)` marker"
)]
pub trait Spec {
    /// Whether the value meets its type's spec.
    fn predicate(&self) -> bool;
}

impl<T: Spec + ?Sized> Spec for &T {
    fn predicate(&self) -> bool {
        T::predicate(self)
    }
}

impl<T: Spec + ?Sized> Spec for &mut T {
    fn predicate(&self) -> bool {
        T::predicate(self)
    }
}

impl<T: Spec + ?Sized> Spec for Box<T> {
    fn predicate(&self) -> bool {
        T::predicate(self)
    }
}

impl<T: Spec> Spec for [T] {
    fn predicate(&self) -> bool {
        self.iter().all(T::predicate)
    }
}

impl<T: Spec, const N: usize> Spec for [T; N] {
    fn predicate(&self) -> bool {
        self.as_slice().predicate()
    }
}

impl<T: Spec> Spec for Vec<T> {
    fn predicate(&self) -> bool {
        self.as_slice().predicate()
    }
}

impl<T: Spec> Spec for Option<T> {
    fn predicate(&self) -> bool {
        self.as_ref().is_none_or(T::predicate)
    }
}

impl<T: Spec, E: Spec> Spec for Result<T, E> {
    fn predicate(&self) -> bool {
        match self {
            Ok(value) => value.predicate(),
            Err(error) => error.predicate(),
        }
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: Spec),*> Spec for ($($name,)*) {
            #[allow(non_snake_case)]
            fn predicate(&self) -> bool {
                let ($($name,)*) = self;
                true $(&& $name.predicate())*
            }
        }
    };
}

tuples!();
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
