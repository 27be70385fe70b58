module
public import Harmonic.Int

/-! `Option`, `Result` and `std::mem`. -/

@[expose] public section
noncomputable section

namespace Harmonic

/-! ## Option -/

-- @op option.is_some Opt.isSome o
-- @rust Option::is_some
-- @case y:elem | {o} = some {y!} => true
-- @case | {o} = none => false
def Opt.isSome (o : Option α) : Outcome Bool := match o with | some _ => .ok true | none => .ok false

theorem Opt.isSome_holds {o : Option α} {P : Bool → Prop} (k1 : ∀ y, o = some y → P true)
    (k2 : o = none → P false) : (Opt.isSome o).holds P := by
  cases o
  · exact ⟨_, rfl, k2 rfl⟩
  · exact ⟨_, rfl, k1 _ rfl⟩

-- @op option.is_none Opt.isNone o
-- @rust Option::is_none
-- @case | {o} = none => true
-- @case y:elem | {o} = some {y!} => false
def Opt.isNone (o : Option α) : Outcome Bool := match o with | some _ => .ok false | none => .ok true

theorem Opt.isNone_holds {o : Option α} {P : Bool → Prop} (k1 : o = none → P true)
    (k2 : ∀ y, o = some y → P false) : (Opt.isNone o).holds P := by
  cases o
  · exact ⟨_, rfl, k1 rfl⟩
  · exact ⟨_, rfl, k2 _ rfl⟩

-- @op option.unwrap Opt.unwrap o
-- @rust Option::unwrap
-- @req this `Option` may be `None`: {o} ≠ none
-- @case y:elem | {o} = some {y!} => y
def Opt.unwrap (o : Option α) : Outcome α := match o with | some a => .ok a | none => .panic

theorem Opt.unwrap_holds {o : Option α} {P : α → Prop} (h : o ≠ none) (k : ∀ y, o = some y → P y) :
    (Opt.unwrap o).holds P := by
  cases o
  · exact (h rfl).elim
  · exact ⟨_, rfl, k _ rfl⟩

-- @op option.expect Opt.expect o
-- @rust Option::expect (the message is left out)
-- @req this `Option` may be `None`: {o} ≠ none
-- @case y:elem | {o} = some {y!} => y
def Opt.expect (o : Option α) : Outcome α := Opt.unwrap o

theorem Opt.expect_holds {o : Option α} {P : α → Prop} (h : o ≠ none) (k : ∀ y, o = some y → P y) :
    (Opt.expect o).holds P :=
  Opt.unwrap_holds h k

-- @op option.unwrap_or Opt.unwrapOr o d
-- @rust Option::unwrap_or
-- @case y:elem | {o} = some {y!} => y
-- @case | {o} = none => d
def Opt.unwrapOr (o : Option α) (d : α) : Outcome α := match o with | some a => .ok a | none => .ok d

theorem Opt.unwrapOr_holds {o : Option α} {d : α} {P : α → Prop} (k1 : ∀ y, o = some y → P y)
    (k2 : o = none → P d) : (Opt.unwrapOr o d).holds P := by
  cases o
  · exact ⟨_, rfl, k2 rfl⟩
  · exact ⟨_, rfl, k1 _ rfl⟩

-- @op option.ok_or Opt.okOr o e
-- @rust Option::ok_or
-- @case y:elem | {o} = some {y!} => ok(y)
-- @case | {o} = none => err(e)
def Opt.okOr (o : Option α) (e : E) : Outcome (Result α E) :=
  match o with | some a => .ok (.ok a) | none => .ok (.err e)

theorem Opt.okOr_holds {o : Option α} {e : E} {P : Result α E → Prop} (k1 : ∀ y, o = some y → P (.ok y))
    (k2 : o = none → P (.err e)) : (Opt.okOr o e).holds P := by
  cases o
  · exact ⟨_, rfl, k2 rfl⟩
  · exact ⟨_, rfl, k1 _ rfl⟩

/-! ## Result -/

-- @op result.is_ok Result.isOk r
-- @rust Result::is_ok
-- @case y:elem | {r} = Result.ok {y!} => true
-- @case e:err | {r} = Result.err {e!} => false
def Result.isOk (r : Result T E) : Outcome Bool := match r with | .ok _ => .ok true | .err _ => .ok false

theorem Result.isOk_holds {r : Result T E} {P : Bool → Prop} (k1 : ∀ y, r = Result.ok y → P true)
    (k2 : ∀ e, r = Result.err e → P false) : (Result.isOk r).holds P := by
  cases r
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 _ rfl⟩

-- @op result.is_err Result.isErr r
-- @rust Result::is_err
-- @case e:err | {r} = Result.err {e!} => true
-- @case y:elem | {r} = Result.ok {y!} => false
def Result.isErr (r : Result T E) : Outcome Bool := match r with | .ok _ => .ok false | .err _ => .ok true

theorem Result.isErr_holds {r : Result T E} {P : Bool → Prop} (k1 : ∀ e, r = Result.err e → P true)
    (k2 : ∀ y, r = Result.ok y → P false) : (Result.isErr r).holds P := by
  cases r
  · exact ⟨_, rfl, k2 _ rfl⟩
  · exact ⟨_, rfl, k1 _ rfl⟩

-- @op result.unwrap Result.unwrap r
-- @rust Result::unwrap
-- @req this `Result` may be `Err`: ∃ y, {r} = Result.ok y
-- @case y:elem | {r} = Result.ok {y!} => y
def Result.unwrap (r : Result T E) : Outcome T := match r with | .ok a => .ok a | .err _ => .panic

theorem Result.unwrap_holds {r : Result T E} {P : T → Prop} (h : ∃ y, r = Result.ok y)
    (k : ∀ y, r = Result.ok y → P y) : (Result.unwrap r).holds P := by
  obtain ⟨y, rfl⟩ := h
  exact ⟨_, rfl, k _ rfl⟩

-- @op result.expect Result.expect r
-- @rust Result::expect (the message is left out)
-- @req this `Result` may be `Err`: ∃ y, {r} = Result.ok y
-- @case y:elem | {r} = Result.ok {y!} => y
def Result.expect (r : Result T E) : Outcome T := Result.unwrap r

theorem Result.expect_holds {r : Result T E} {P : T → Prop} (h : ∃ y, r = Result.ok y)
    (k : ∀ y, r = Result.ok y → P y) : (Result.expect r).holds P :=
  Result.unwrap_holds h k

-- @op result.unwrap_or Result.unwrapOr r d
-- @rust Result::unwrap_or
-- @case y:elem | {r} = Result.ok {y!} => y
-- @case e:err | {r} = Result.err {e!} => d
def Result.unwrapOr (r : Result T E) (d : T) : Outcome T := match r with | .ok a => .ok a | .err _ => .ok d

theorem Result.unwrapOr_holds {r : Result T E} {d : T} {P : T → Prop} (k1 : ∀ y, r = Result.ok y → P y)
    (k2 : ∀ e, r = Result.err e → P d) : (Result.unwrapOr r d).holds P := by
  cases r
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 _ rfl⟩

-- @op result.ok Result.toOk r
-- @rust Result::ok
-- @case y:elem | {r} = Result.ok {y!} => some(y)
-- @case e:err | {r} = Result.err {e!} => none
def Result.toOk (r : Result T E) : Outcome (Option T) := match r with | .ok a => .ok (some a) | .err _ => .ok none

theorem Result.toOk_holds {r : Result T E} {P : Option T → Prop} (k1 : ∀ y, r = Result.ok y → P (some y))
    (k2 : ∀ e, r = Result.err e → P none) : (Result.toOk r).holds P := by
  cases r
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 _ rfl⟩

-- @op result.err Result.toErr r
-- @rust Result::err
-- @case e:err | {r} = Result.err {e!} => some(e)
-- @case y:elem | {r} = Result.ok {y!} => none
def Result.toErr (r : Result T E) : Outcome (Option E) := match r with | .ok _ => .ok none | .err e => .ok (some e)

theorem Result.toErr_holds {r : Result T E} {P : Option E → Prop} (k1 : ∀ e, r = Result.err e → P (some e))
    (k2 : ∀ y, r = Result.ok y → P none) : (Result.toErr r).holds P := by
  cases r
  · exact ⟨_, rfl, k2 _ rfl⟩
  · exact ⟨_, rfl, k1 _ rfl⟩

/-! ## std::mem -/

-- @op mem.swap Mem.swap a b
-- @rust std::mem::swap (the new values of the two places)
-- @case | => pair(unit, pair(b, a))
def Mem.swap (a b : α) : Outcome (Unit × (α × α)) := .ok ((), (b, a))

theorem Mem.swap_holds {a b : α} {P : Unit × (α × α) → Prop} (k : P ((), (b, a))) : (Mem.swap a b).holds P :=
  ⟨_, rfl, k⟩

-- @op mem.replace Mem.replace a b
-- @rust std::mem::replace (the result and the new value of the place)
-- @case | => pair(a, b)
def Mem.replace (a b : α) : Outcome (α × α) := .ok (a, b)

theorem Mem.replace_holds {a b : α} {P : α × α → Prop} (k : P (a, b)) : (Mem.replace a b).holds P := ⟨_, rfl, k⟩

/-! ## Characters -/

-- @op char.of_byte Chr.ofByte b
-- @rust `b as char` and `char::from(b)` of a byte
-- @case y:elem | ({y}.toNat : Int) = {b} => y
def Chr.ofByte (b : MInt .u8) : Outcome Char := .ok (Char.ofNat (Int.toNat b.val))

theorem Chr.ofByte_holds {b : MInt .u8} {P : Char → Prop} (k : ∀ y : Char, (y.toNat : Int) = b.val → P y) :
    (Chr.ofByte b).holds P := by
  have hb := b.bounds
  have h0 : IntTy.u8.min = 0 ∧ IntTy.u8.max = 255 := ⟨rfl, rfl⟩
  refine Outcome.holds_ok (k _ ?_)
  have hv : (Int.toNat b.val).isValidChar := Or.inl (by omega)
  have : (Char.ofNat (Int.toNat b.val)).toNat = Int.toNat b.val := by
    unfold Char.ofNat
    rw [dif_pos hv]
    rfl
  omega

end Harmonic
