module
public import Harmonic.Int

/-! Types of Rust that are not looked into: nothing is known of them but that they have values. -/

@[expose] public section
noncomputable section

namespace Harmonic

/-- A type with what every type in a statement has. -/
structure Abstract where
  carrier : Type
  inhabited : Inhabited carrier
  decidableEq : DecidableEq carrier

instance : Inhabited Abstract := ⟨Unit, inferInstance, inferInstance⟩

/-- The type of a name and of the types that the name leaves open. What it is cannot be unfolded, so a theorem about it holds
of any type in its place. -/
opaque abstractOf (name : String) (args : List Type) : Abstract

/-- A type that is not looked into. -/
def Opaque (name : String) (args : List Type) : Type := (abstractOf name args).carrier

instance (name : String) (args : List Type) : Inhabited (Opaque name args) := (abstractOf name args).inhabited
instance (name : String) (args : List Type) : DecidableEq (Opaque name args) := (abstractOf name args).decidableEq

end Harmonic
