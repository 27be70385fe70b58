import Harmonic

/-! Not part of the library: a function, its leaves and its glue proof, as the code generator writes them. -/

open Harmonic

noncomputable section

/-! The bounds of every type are those of its literals. -/
example (x : MInt .u8) : 0 ≤ x.val ∧ x.val ≤ 255 := x.bounds
example (x : MInt .u16) : 0 ≤ x.val ∧ x.val ≤ 65535 := x.bounds
example (x : MInt .u32) : 0 ≤ x.val ∧ x.val ≤ 4294967295 := x.bounds
example (x : MInt .u64) : 0 ≤ x.val ∧ x.val ≤ 18446744073709551615 := x.bounds
example (x : MInt .usize) : 0 ≤ x.val ∧ x.val ≤ 18446744073709551615 := x.bounds
example (x : MInt .u128) : 0 ≤ x.val ∧ x.val ≤ 340282366920938463463374607431768211455 := x.bounds
example (x : MInt .i8) : -128 ≤ x.val ∧ x.val ≤ 127 := x.bounds
example (x : MInt .i16) : -32768 ≤ x.val ∧ x.val ≤ 32767 := x.bounds
example (x : MInt .i32) : -2147483648 ≤ x.val ∧ x.val ≤ 2147483647 := x.bounds
example (x : MInt .i64) : -9223372036854775808 ≤ x.val ∧ x.val ≤ 9223372036854775807 := x.bounds
example (x : MInt .isize) : -9223372036854775808 ≤ x.val ∧ x.val ≤ 9223372036854775807 := x.bounds
example (x : MInt .i128) : -170141183460469231731687303715884105728 ≤ x.val ∧ x.val ≤ 170141183460469231731687303715884105727 := x.bounds
example : (MInt.lit .i8 (-5) rfl).val = -5 := rfl
example : MInt .u128 := MInt.lit .u128 340282366920938463463374607431768211455 rfl
example (x y : MInt .u8) (h : x.val ≤ y.val) (h2 : y.val ≤ x.val) : x = y := by grind

/-! `fn fill(v: &mut [u32], x: u32)`: every element becomes `x`. -/
def fill (v : Slice (MInt .u32)) (x : MInt .u32) : Outcome (Slice (MInt .u32)) :=
  loop (fun (s : MInt .usize × Slice (MInt .u32)) =>
    match s with
    | (i, w) =>
      Outcome.bind (Slice.len w) fun n =>
      if i.val < n.val then
        Outcome.bind (Slice.set w i x) fun w' =>
        Outcome.bind (checked .usize (i.val + 1)) fun i' =>
        .ok (.next (i', w'))
      else .ok (.done w)) (MInt.lit .usize 0 rfl, v)

theorem fill.leaf_overflow (i n : MInt .usize)
    (hi : 0 ≤ i.val ∧ i.val ≤ 18446744073709551615) (hn : 0 ≤ n.val ∧ n.val ≤ 18446744073709551615)
    (c : i.val < n.val) : 0 ≤ i.val + 1 ∧ i.val + 1 ≤ 18446744073709551615 := by
  omega

theorem fill.leaf_invariant (w w' : Slice (MInt .u32)) (x : MInt .u32) (i i' : MInt .usize)
    (hi : 0 ≤ i.val ∧ i.val ≤ 18446744073709551615) (h : i.val < (w.val.length : Int))
    (inv : ∀ j : Int, 0 ≤ j → j < i.val → (w.val[j.toNat]!).val = x.val)
    (e : w'.val = w.val.set (Int.toNat i.val) x) (l : w'.val.length = w.val.length) (e' : i'.val = i.val + 1) :
    ∀ j : Int, 0 ≤ j → j < i'.val → (w'.val[j.toNat]!).val = x.val := by
  grind

/-! Without `c` that leaf is false; it has a counterexample and no proof. -/
example (i : MInt .usize) (_hi : 0 ≤ i.val ∧ i.val ≤ 18446744073709551615) : True := by
  fail_if_success have : 0 ≤ i.val + 1 ∧ i.val + 1 ≤ 18446744073709551615 := by omega
  trivial
example : ¬ ∀ i : MInt .usize, 0 ≤ i.val + 1 ∧ i.val + 1 ≤ 18446744073709551615 := fun h =>
  absurd (h (MInt.lit .usize 18446744073709551615 rfl)).2 (by decide)

theorem fill.spec (v : Slice (MInt .u32)) (x : MInt .u32) :
    (fill v x).holds fun w => (w.val.length : Int) = v.val.length ∧
      ∀ j : Int, 0 ≤ j → j < w.val.length → (w.val[j.toNat]!).val = x.val :=
  loop_intro
    (fun (s : MInt .usize × Slice (MInt .u32)) => s.1.val ≤ (s.2.val.length : Int) ∧ (s.2.val.length : Int) = v.val.length ∧
      ∀ j : Int, 0 ≤ j → j < s.1.val → (s.2.val[j.toNat]!).val = x.val)
    (fun (s : MInt .usize × Slice (MInt .u32)) => (s.2.val.length : Int) - s.1.val)
    (fun s inv => match s, inv with
      | (i, w), inv =>
      have inv : i.val ≤ (w.val.length : Int) ∧ (w.val.length : Int) = v.val.length ∧
          ∀ j : Int, 0 ≤ j → j < i.val → (w.val[j.toNat]!).val = x.val := inv
      have hi : 0 ≤ i.val ∧ i.val ≤ 18446744073709551615 := i.bounds
      Outcome.holds_bind <| Slice.len_holds fun n en =>
      Outcome.holds_ite
        (fun c => Outcome.holds_bind <| Slice.set_holds (by omega) fun w' e l =>
          Outcome.holds_bind <| checked_holds (fill.leaf_overflow i n hi n.bounds c) fun i' e' =>
          step_next (show i'.val ≤ (w'.val.length : Int) ∧ (w'.val.length : Int) = v.val.length ∧
              ∀ j : Int, 0 ≤ j → j < i'.val → (w'.val[j.toNat]!).val = x.val from
              ⟨by omega, by omega, fill.leaf_invariant w w' x i i' hi (by omega) inv.2.2 e l e'⟩)
            (show 0 ≤ (w.val.length : Int) - i.val ∧ (w'.val.length : Int) - i'.val < (w.val.length : Int) - i.val by omega))
        (fun c => step_done (show (w.val.length : Int) = v.val.length ∧
            ∀ j : Int, 0 ≤ j → j < w.val.length → (w.val[j.toNat]!).val = x.val from
            ⟨inv.2.1, fun j h0 h => inv.2.2 j h0 (by omega)⟩)))
    (show 0 ≤ (v.val.length : Int) ∧ (v.val.length : Int) = v.val.length ∧
        ∀ j : Int, 0 ≤ j → j < 0 → (v.val[j.toNat]!).val = x.val from
      ⟨by omega, rfl, fun j h0 h => by omega⟩)

/-! A `match` of the program is a `match` of its proof. -/
def orZero (o : Option (MInt .u8)) : Outcome (MInt .u8) :=
  match o with
  | none => .ok (MInt.lit .u8 0 rfl)
  | some a => checked .u8 (a.val / 2)

theorem orZero.leaf_none : (0 : Int) ≤ 127 := by omega
theorem orZero.leaf_cast (a : MInt .u8) : 0 ≤ a.val / 2 ∧ a.val / 2 ≤ 255 := by
  have ha : 0 ≤ a.val ∧ a.val ≤ 255 := a.bounds
  omega
theorem orZero.leaf_some (a y : MInt .u8) (e : y.val = a.val / 2) : y.val ≤ 127 := by
  have ha : 0 ≤ a.val ∧ a.val ≤ 255 := a.bounds
  omega

theorem orZero.spec (o : Option (MInt .u8)) : (orZero o).holds fun y => y.val ≤ 127 :=
  match o with
  | none => Outcome.holds_ok orZero.leaf_none
  | some a => checked_holds (orZero.leaf_cast a) fun y e => orZero.leaf_some a y e

def orErr (r : Result (MInt .u8) Bool) : Outcome Bool :=
  match r with
  | .ok _ => .ok true
  | .err e => match e with | true => .ok true | false => .panic

theorem orErr.spec (r : Result (MInt .u8) Bool) (h : r ≠ .err false) : (orErr r).holds fun y => y = true :=
  match r with
  | .ok _ => Outcome.holds_ok rfl
  | .err e => match e with
    | true => Outcome.holds_ok rfl
    | false => Outcome.holds_panic (h rfl)

/-! Recursion: a call on either side of a `bind`. -/
def half (n : MInt .u32) : Outcome (MInt .u32) :=
  if n.val < 2 then .ok (MInt.lit .u32 0 rfl)
  else
    Outcome.bind (checked .u32 (n.val - 2)) fun m =>
    Outcome.bind (half m) fun h =>
    checked .u32 (h.val + 1)
partial_fixpoint

theorem half.spec (n : MInt .u32) : (half n).holds fun h => h.val = n.val / 2 :=
  rec_holds (f := half) (Post := fun n h => h.val = n.val / 2) (fun _ => True) (fun n => n.val)
    (fun n _ ih => by
      have hn : 0 ≤ n.val ∧ n.val ≤ 4294967295 := n.bounds
      rw [half]
      exact Outcome.holds_ite (fun c => Outcome.holds_ok (by show (0 : Int) = _; omega)) fun c =>
        Outcome.holds_bind <| checked_holds (show 0 ≤ n.val - 2 ∧ n.val - 2 ≤ 4294967295 by omega) fun m em =>
        Outcome.holds_bind <| Outcome.holds_mono (ih m trivial (show 0 ≤ n.val ∧ m.val < n.val by omega)) fun h eh =>
        checked_holds (show 0 ≤ h.val + 1 ∧ h.val + 1 ≤ 4294967295 by omega) fun y ey => by omega)
    n trivial
