module
public import Harmonic.Core

/-! Machine integers: a mathematical integer with its bounds. `usize` and `isize` are 64 bits wide. -/

@[expose] public section
noncomputable section

namespace Harmonic

/-- The integer types of Rust. -/
inductive IntTy where
  | u8 | u16 | u32 | u64 | u128 | usize | i8 | i16 | i32 | i64 | i128 | isize
deriving DecidableEq

namespace IntTy
@[reducible] def min : IntTy → Int
  | .u8 => 0
  | .u16 => 0
  | .u32 => 0
  | .u64 => 0
  | .u128 => 0
  | .usize => 0
  | .i8 => -128
  | .i16 => -32768
  | .i32 => -2147483648
  | .i64 => -9223372036854775808
  | .i128 => -170141183460469231731687303715884105728
  | .isize => -9223372036854775808

@[reducible] def max : IntTy → Int
  | .u8 => 255
  | .u16 => 65535
  | .u32 => 4294967295
  | .u64 => 18446744073709551615
  | .u128 => 340282366920938463463374607431768211455
  | .usize => 18446744073709551615
  | .i8 => 127
  | .i16 => 32767
  | .i32 => 2147483647
  | .i64 => 9223372036854775807
  | .i128 => 170141183460469231731687303715884105727
  | .isize => 9223372036854775807

@[reducible] def bits : IntTy → Nat
  | .u8 => 8
  | .u16 => 16
  | .u32 => 32
  | .u64 => 64
  | .u128 => 128
  | .usize => 64
  | .i8 => 8
  | .i16 => 16
  | .i32 => 32
  | .i64 => 64
  | .i128 => 128
  | .isize => 64

@[reducible] def modulus : IntTy → Int
  | .u8 => 256
  | .u16 => 65536
  | .u32 => 4294967296
  | .u64 => 18446744073709551616
  | .u128 => 340282366920938463463374607431768211456
  | .usize => 18446744073709551616
  | .i8 => 256
  | .i16 => 65536
  | .i32 => 4294967296
  | .i64 => 18446744073709551616
  | .i128 => 340282366920938463463374607431768211456
  | .isize => 18446744073709551616

@[reducible] def signed : IntTy → Bool
  | .u8 => false
  | .u16 => false
  | .u32 => false
  | .u64 => false
  | .u128 => false
  | .usize => false
  | .i8 => true
  | .i16 => true
  | .i32 => true
  | .i64 => true
  | .i128 => true
  | .isize => true

/-- The unsigned type of the same width. -/
@[reducible] def unsigned : IntTy → IntTy
  | .u8 => .u8
  | .u16 => .u16
  | .u32 => .u32
  | .u64 => .u64
  | .u128 => .u128
  | .usize => .usize
  | .i8 => .u8
  | .i16 => .u16
  | .i32 => .u32
  | .i64 => .u64
  | .i128 => .u128
  | .isize => .usize

/-- The value of the type that `n` becomes when only the low bits are kept. -/
@[reducible] def wrap (t : IntTy) (n : Int) : Int :=
  match t with
  | .u8 => n % 256
  | .u16 => n % 65536
  | .u32 => n % 4294967296
  | .u64 => n % 18446744073709551616
  | .u128 => n % 340282366920938463463374607431768211456
  | .usize => n % 18446744073709551616
  | .i8 => (n + 128) % 256 - 128
  | .i16 => (n + 32768) % 65536 - 32768
  | .i32 => (n + 2147483648) % 4294967296 - 2147483648
  | .i64 => (n + 9223372036854775808) % 18446744073709551616 - 9223372036854775808
  | .i128 => (n + 170141183460469231731687303715884105728) % 340282366920938463463374607431768211456 - 170141183460469231731687303715884105728
  | .isize => (n + 9223372036854775808) % 18446744073709551616 - 9223372036854775808

/-! What the literals come to, for every type at once. What follows is proved from it, not from each literal again. -/

theorem modulus_eq (t : IntTy) : t.modulus = t.max - t.min + 1 := by
  cases t <;> rfl

theorem min_cases (t : IntTy) : t.min = 0 ∨ t.min = -t.max - 1 := by
  cases t <;> first | exact .inl rfl | exact .inr rfl

theorem max_pos (t : IntTy) : 0 < t.max := by
  cases t <;> exact Int.ofNat_lt.mpr (Nat.lt_of_sub_eq_succ rfl)

theorem modulus_pos (t : IntTy) : 0 < t.modulus := by
  cases t <;> exact Int.ofNat_lt.mpr (Nat.lt_of_sub_eq_succ rfl)

theorem wrap_eq (t : IntTy) (n : Int) : t.wrap n = (n - t.min) % t.modulus + t.min := by
  have u (m : Int) : n % m = (n - 0) % m + 0 := by rw [Int.sub_zero, Int.add_zero]
  cases t
  iterate 6 exact u _
  all_goals rfl

theorem wrap_bounds (t : IntTy) (n : Int) : t.min ≤ t.wrap n ∧ t.wrap n ≤ t.max := by
  have p := t.modulus_pos
  have l := Int.emod_nonneg (n - t.min) (Int.ne_of_gt p)
  have u := Int.emod_lt_of_pos (n - t.min) p
  rw [modulus_eq] at l u
  rw [wrap_eq, modulus_eq]
  exact ⟨Int.le_add_of_nonneg_left l, by omega⟩

theorem wrap_of_bounds {t : IntTy} {n : Int} (h : t.min ≤ n ∧ n ≤ t.max) : t.wrap n = n := by
  rw [wrap_eq, modulus_eq, Int.emod_eq_of_lt (Int.sub_nonneg_of_le h.1)
    (Int.lt_add_one_of_le (Int.sub_le_sub_right h.2 _)), Int.sub_add_cancel]

theorem max_nonneg (t : IntTy) : 0 ≤ t.max := Int.le_of_lt t.max_pos

theorem min_nonpos (t : IntTy) : t.min ≤ 0 := by
  have := t.max_pos
  have := t.min_cases
  omega

theorem neg_le_succ {t : IntTy} {n : Int} (h : t.min ≤ n) (neg : n < 0) : -n ≤ t.max + 1 := by
  have := t.min_cases
  omega

theorem neg_le_max {t : IntTy} {n : Int} (h : t.min ≤ n) (neg : n < 0) (ne : n ≠ t.min) : -n ≤ t.max := by
  have := t.min_cases
  omega

theorem min_le_neg {t : IntTy} {n : Int} (s : t.min = -t.max - 1) (h : n ≤ t.max) : t.min ≤ -n := by
  omega

theorem zero_bounds (t : IntTy) : t.min ≤ 0 ∧ 0 ≤ t.max := ⟨t.min_nonpos, t.max_nonneg⟩

theorem min_le_max (t : IntTy) : t.min ≤ t.max := Int.le_trans t.min_nonpos t.max_nonneg

/-- The unsigned integer types. -/
class Unsigned (t : IntTy) : Prop where
  min_eq : t.min = 0
  max_eq : t.max = t.modulus - 1

/-- The signed integer types. -/
class Signed (t : IntTy) : Prop where
  signed : t.signed = true

instance : Unsigned .u8 := ⟨rfl, rfl⟩
instance : Unsigned .u16 := ⟨rfl, rfl⟩
instance : Unsigned .u32 := ⟨rfl, rfl⟩
instance : Unsigned .u64 := ⟨rfl, rfl⟩
instance : Unsigned .u128 := ⟨rfl, rfl⟩
instance : Unsigned .usize := ⟨rfl, rfl⟩
instance : Signed .i8 := ⟨rfl⟩
instance : Signed .i16 := ⟨rfl⟩
instance : Signed .i32 := ⟨rfl⟩
instance : Signed .i64 := ⟨rfl⟩
instance : Signed .i128 := ⟨rfl⟩
instance : Signed .isize := ⟨rfl⟩

end IntTy

/-- A value of the integer type `t`. -/
@[ext] structure MInt (t : IntTy) where
  val : Int
  inRange : t.min ≤ val ∧ val ≤ t.max
deriving DecidableEq

namespace MInt
instance : Inhabited (MInt t) := ⟨⟨0, t.zero_bounds⟩⟩

theorem bounds (x : MInt t) : t.min ≤ x.val ∧ x.val ≤ t.max := x.inRange

theorem nonneg {t : IntTy} [u : t.Unsigned] (x : MInt t) : 0 ≤ x.val := u.min_eq ▸ x.inRange.1

/-! The bounds with literals. Not for `grind` to try on every value: one such pattern makes it many times slower. -/

theorem bounds_u8 (x : MInt .u8) : 0 ≤ x.val ∧ x.val ≤ 255 := x.inRange
theorem bounds_u16 (x : MInt .u16) : 0 ≤ x.val ∧ x.val ≤ 65535 := x.inRange
theorem bounds_u32 (x : MInt .u32) : 0 ≤ x.val ∧ x.val ≤ 4294967295 := x.inRange
theorem bounds_u64 (x : MInt .u64) : 0 ≤ x.val ∧ x.val ≤ 18446744073709551615 := x.inRange
theorem bounds_u128 (x : MInt .u128) : 0 ≤ x.val ∧ x.val ≤ 340282366920938463463374607431768211455 := x.inRange
theorem bounds_usize (x : MInt .usize) : 0 ≤ x.val ∧ x.val ≤ 18446744073709551615 := x.inRange
theorem bounds_i8 (x : MInt .i8) : -128 ≤ x.val ∧ x.val ≤ 127 := x.inRange
theorem bounds_i16 (x : MInt .i16) : -32768 ≤ x.val ∧ x.val ≤ 32767 := x.inRange
theorem bounds_i32 (x : MInt .i32) : -2147483648 ≤ x.val ∧ x.val ≤ 2147483647 := x.inRange
theorem bounds_i64 (x : MInt .i64) : -9223372036854775808 ≤ x.val ∧ x.val ≤ 9223372036854775807 := x.inRange
theorem bounds_i128 (x : MInt .i128) : -170141183460469231731687303715884105728 ≤ x.val ∧ x.val ≤ 170141183460469231731687303715884105727 := x.inRange
theorem bounds_isize (x : MInt .isize) : -9223372036854775808 ≤ x.val ∧ x.val ≤ 9223372036854775807 := x.inRange

@[simp] theorem default_val : (default : MInt t).val = 0 := rfl

theorem eq_iff {a b : MInt t} : a = b ↔ a.val = b.val := ⟨fun h => h ▸ rfl, MInt.ext⟩
theorem ne_iff {a b : MInt t} : a ≠ b ↔ a.val ≠ b.val := not_congr eq_iff

attribute [grind ext] MInt.ext

/-- An integer literal, written `MInt.lit .u8 5 rfl`. -/
abbrev lit (t : IntTy) (n : Int) (h : decide (t.min ≤ n ∧ n ≤ t.max) = true) : MInt t := ⟨n, of_decide_eq_true h⟩

/-- `n as t`: the low bits of `n`. -/
def ofInt (t : IntTy) (n : Int) : MInt t := ⟨t.wrap n, t.wrap_bounds n⟩

@[simp] theorem ofInt_val : (ofInt t n).val = t.wrap n := rfl
@[simp] theorem lit_val : (lit t n h).val = n := rfl

end MInt

/-! ## Arithmetic -/

-- @op checked checked t n
-- @rust + - * and unary -, on every integer type
-- @req this arithmetic may overflow `{T}`: {t.min} ≤ {n} ∧ {n} ≤ {t.max}
-- @case y:int(t) | {y} = {n} => y
def checked (t : IntTy) (n : Int) : Outcome (MInt t) :=
  if h : t.min ≤ n ∧ n ≤ t.max then .ok ⟨n, h⟩ else .panic

theorem checked_holds {t : IntTy} {n : Int} {P : MInt t → Prop} (h : t.min ≤ n ∧ n ≤ t.max)
    (k : ∀ y : MInt t, y.val = n → P y) : (checked t n).holds P :=
  ⟨⟨n, h⟩, dif_pos h, k _ rfl⟩

-- @op known known t n
-- @rust a conversion that is exact
-- @req this value may not fit in `{T}`: {t.min} ≤ {n} ∧ {n} ≤ {t.max}
-- @case y:int(t) | {y} = {n} => y
def known (t : IntTy) (n : Int) : Outcome (MInt t) := checked t n

theorem known_holds {t : IntTy} {n : Int} {P : MInt t → Prop} (h : t.min ≤ n ∧ n ≤ t.max)
    (k : ∀ y : MInt t, y.val = n → P y) : (known t n).holds P :=
  checked_holds h k

-- @op wrapped wrapped t n
-- @rust wrapping arithmetic
-- @case y:int(t) | {y} = {t.wrap n} => y
def wrapped (t : IntTy) (n : Int) : Outcome (MInt t) := .ok (.ofInt t n)

theorem wrapped_holds {t : IntTy} {n : Int} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = t.wrap n → P y) : (wrapped t n).holds P :=
  ⟨_, rfl, k _ rfl⟩

-- @op cast castTo t n
-- @rust as, between integer types
-- @case y:int(t) | {y} = {t.wrap n} => y
def castTo (t : IntTy) (n : Int) : Outcome (MInt t) := .ok (.ofInt t n)

theorem castTo_holds {t : IntTy} {n : Int} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = t.wrap n → P y) : (castTo t n).holds P :=
  ⟨_, rfl, k _ rfl⟩

-- @op udiv udiv t a b
-- @rust / on unsigned integers
-- @req this division may be by zero: {b} ≠ 0
-- @case y:int(t) | {y} = {a} / {b} ; 0 ≤ {y} ; {y} ≤ {a} ; {b} * {y} ≤ {a} ; {a} < {b} * {y} + {b} => y
def udiv (t : IntTy) (a b : MInt t) : Outcome (MInt t) :=
  if b.val = 0 then .panic else .ok (.ofInt t (a.val / b.val))

-- @op urem urem t a b
-- @rust % on unsigned integers
-- @req this remainder may be by zero: {b} ≠ 0
-- @case y:int(t) | {y} = {a} % {b} ; 0 ≤ {y} ; {y} < {b} ; {y} ≤ {a} ; {a} = {b} * ({a} / {b}) + {y} => y
def urem (t : IntTy) (a b : MInt t) : Outcome (MInt t) :=
  if b.val = 0 then .panic else .ok (.ofInt t (a.val % b.val))

-- @op sdiv sdiv t a b
-- @rust / on signed integers
-- @req this division may be by zero: {b} ≠ 0
-- @req this division may overflow `{T}`: ¬({a} = {t.min} ∧ {b} = -1)
-- @case y:int(t) | {y} = Int.tdiv {a} {b} ; 0 ≤ {a} → {y} = {a} / {b} ; {a} < 0 → {y} = -((-{a}) / {b}) => y
def sdiv (t : IntTy) (a b : MInt t) : Outcome (MInt t) :=
  if b.val = 0 ∨ (a.val = t.min ∧ b.val = -1) then .panic else .ok (.ofInt t (a.val.tdiv b.val))

-- @op srem srem t a b
-- @rust % on signed integers
-- @req this remainder may be by zero: {b} ≠ 0
-- @req this remainder may overflow `{T}`: ¬({a} = {t.min} ∧ {b} = -1)
-- @case y:int(t) | {y} = Int.tmod {a} {b} ; 0 ≤ {a} → {y} = {a} % {b} ; {a} < 0 → {y} = -((-{a}) % {b}) ; 0 ≤ {a} → 0 ≤ {y} ∧ {y} ≤ {a} ; {a} ≤ 0 → {a} ≤ {y} ∧ {y} ≤ 0 ; 0 < {b} → -{b} < {y} ∧ {y} < {b} ; {b} < 0 → {b} < {y} ∧ {y} < -{b} => y
def srem (t : IntTy) (a b : MInt t) : Outcome (MInt t) :=
  if b.val = 0 ∨ (a.val = t.min ∧ b.val = -1) then .panic else .ok (.ofInt t (a.val.tmod b.val))

theorem ok_ofInt_holds {t : IntTy} {n : Int} {P : MInt t → Prop} (h : t.min ≤ n ∧ n ≤ t.max)
    (k : ∀ y : MInt t, y.val = n → P y) : (Outcome.ok (MInt.ofInt t n)).holds P :=
  ⟨_, rfl, k _ (IntTy.wrap_of_bounds h)⟩

theorem ediv_pos_facts (a p : Int) (hp : 0 < p) :
    (0 ≤ a → 0 ≤ a / p ∧ a / p ≤ a) ∧ (a < 0 → a ≤ a / p ∧ a / p < 0) ∧
    p * (a / p) ≤ a ∧ a < p * (a / p) + p := by
  refine ⟨fun h => ⟨Int.ediv_nonneg h (Int.le_of_lt hp), Int.ediv_le_self _ h⟩,
    fun h => ⟨?_, Int.ediv_neg_of_neg_of_pos h hp⟩, Int.mul_ediv_self_le (Int.ne_of_gt hp), ?_⟩
  · refine (Int.le_ediv_iff_mul_le hp).mpr ?_
    have := Int.mul_le_mul_of_nonpos_left (a := a) (b := p) (c := 1) (Int.le_of_lt h) hp
    rwa [Int.mul_one] at this
  · have := Int.lt_mul_ediv_self_add (x := a) hp
    exact this

theorem tmod_le {a : Int} (b : Int) (h : 0 ≤ a) : a.tmod b ≤ a := by
  have e : ((a.tmod b).natAbs : Int) ≤ a.natAbs := Int.ofNat_le.mpr (Int.natAbs_tmod a b ▸ Nat.mod_le ..)
  rwa [Int.natAbs_of_nonneg (Int.tmod_nonneg b h), Int.natAbs_of_nonneg h] at e

theorem udiv_holds {t : IntTy} [t.Unsigned] {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (k : ∀ y : MInt t, y.val = a.val / b.val → 0 ≤ y.val → y.val ≤ a.val → b.val * y.val ≤ a.val →
      a.val < b.val * y.val + b.val → P y) : (udiv t a b).holds P := by
  have f := ediv_pos_facts a.val b.val (Int.lt_iff_le_and_ne.mpr ⟨b.nonneg, Ne.symm nz⟩)
  have q := f.1 a.nonneg
  rw [udiv, if_neg nz]
  refine ok_ofInt_holds ⟨Int.le_trans t.min_nonpos q.1, Int.le_trans q.2 a.bounds.2⟩ fun y hy => k y hy ?_ ?_ ?_ ?_ <;>
    rw [hy]
  · exact q.1
  · exact q.2
  · exact f.2.2.1
  · exact f.2.2.2

theorem urem_holds {t : IntTy} [t.Unsigned] {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (k : ∀ y : MInt t, y.val = a.val % b.val → 0 ≤ y.val → y.val < b.val → y.val ≤ a.val →
      a.val = b.val * (a.val / b.val) + y.val → P y) : (urem t a b).holds P := by
  have p := Int.lt_iff_le_and_ne.mpr ⟨b.nonneg, Ne.symm nz⟩
  have m0 := Int.emod_nonneg a.val nz
  have le := tmod_le b.val a.nonneg
  rw [Int.tmod_eq_emod_of_nonneg a.nonneg] at le
  rw [urem, if_neg nz]
  refine ok_ofInt_holds ⟨Int.le_trans t.min_nonpos m0, Int.le_trans le a.bounds.2⟩ fun y hy => k y hy ?_ ?_ ?_ ?_ <;>
    rw [hy]
  · exact m0
  · exact Int.emod_lt_of_pos a.val p
  · exact le
  · exact (Int.mul_ediv_add_emod a.val b.val).symm

theorem tdiv_size {a : Int} (h : 0 ≤ a) (b : Int) : -a ≤ a.tdiv b ∧ a.tdiv b ≤ a := by
  have := Int.tdiv_le_self (-b) h
  rw [Int.tdiv_neg] at this
  exact ⟨Int.neg_le_of_neg_le this, Int.tdiv_le_self b h⟩

/-- A quotient as large as its positive dividend has the divisor 1. -/
theorem tdiv_lt {a b : Int} (h : 0 < a) (hb : b ≠ 1) : a.tdiv b < a := by
  rcases Int.lt_or_gt_of_ne hb with c | c
  · refine Int.lt_of_le_of_lt ?_ h
    have := Int.tdiv_nonneg (b := -b) (Int.le_of_lt h) (Int.neg_nonneg_of_nonpos (Int.le_of_lt_add_one c))
    rw [Int.tdiv_neg] at this
    exact Int.nonpos_of_neg_nonneg this
  · rw [Int.tdiv_eq_ediv_of_nonneg (Int.le_of_lt h)]
    refine Int.ediv_lt_of_lt_mul (Int.lt_trans (by decide) c) ?_
    have := Int.mul_lt_mul_of_pos_left c h
    rwa [Int.mul_one] at this

theorem tdiv_bounds {t : IntTy} {a b : MInt t} (no : ¬(a.val = t.min ∧ b.val = -1)) :
    t.min ≤ a.val.tdiv b.val ∧ a.val.tdiv b.val ≤ t.max := by
  have ha := a.bounds
  by_cases h : 0 ≤ a.val
  · have u := tdiv_size h b.val
    refine ⟨?_, Int.le_trans u.2 ha.2⟩
    rcases t.min_cases with s | s
    · exact s ▸ Int.tdiv_nonneg h (s ▸ b.bounds.1)
    · exact Int.le_trans (IntTy.min_le_neg s ha.2) u.1
  · have h := Int.not_le.mp h
    have n := Int.neg_pos_of_neg h
    have e : a.val.tdiv b.val = (-a.val).tdiv (-b.val) := by rw [Int.neg_tdiv, Int.tdiv_neg, Int.neg_neg]
    have u := tdiv_size (Int.le_of_lt n) (-b.val)
    rw [Int.neg_neg] at u
    refine e ▸ ⟨Int.le_trans ha.1 u.1, ?_⟩
    by_cases d : b.val = -1
    · exact Int.le_trans u.2 (IntTy.neg_le_max ha.1 h fun m => no ⟨m, d⟩)
    · have l := tdiv_lt n (b := -b.val) fun m => d (by rw [← m, Int.neg_neg])
      exact Int.le_of_lt_add_one (Int.lt_of_lt_of_le l (IntTy.neg_le_succ ha.1 h))

theorem tmod_of_neg (a b : Int) : a.tmod b = -((-a) % b) ∨ 0 ≤ a := by
  by_cases h : 0 ≤ a
  · exact .inr h
  · refine .inl ?_
    rw [← Int.tmod_eq_emod_of_nonneg (Int.neg_nonneg_of_nonpos (Int.le_of_lt (Int.not_le.mp h))), Int.neg_tmod,
      Int.neg_neg]

theorem tdiv_of_neg (a b : Int) : a.tdiv b = -((-a) / b) ∨ 0 ≤ a := by
  by_cases h : 0 ≤ a
  · exact .inr h
  · refine .inl ?_
    rw [← Int.tdiv_eq_ediv_of_nonneg (Int.neg_nonneg_of_nonpos (Int.le_of_lt (Int.not_le.mp h))), Int.neg_tdiv,
      Int.neg_neg]

theorem sdiv_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (no : ¬(a.val = t.min ∧ b.val = -1))
    (k : ∀ y : MInt t, y.val = Int.tdiv a.val b.val → (0 ≤ a.val → y.val = a.val / b.val) →
      (a.val < 0 → y.val = -((-a.val) / b.val)) → P y) : (sdiv t a b).holds P := by
  have c : ¬(b.val = 0 ∨ (a.val = t.min ∧ b.val = -1)) := not_or.mpr ⟨nz, no⟩
  rw [sdiv, if_neg c]
  refine ok_ofInt_holds (tdiv_bounds no) fun y hy => k y hy ?_ ?_ <;> rw [hy]
  · exact Int.tdiv_eq_ediv_of_nonneg
  · intro h
    exact (tdiv_of_neg a.val b.val).resolve_right (Int.not_le.mpr h)

theorem tmod_facts (a b : Int) :
    (0 ≤ a → 0 ≤ a.tmod b ∧ a.tmod b ≤ a) ∧ (a ≤ 0 → a ≤ a.tmod b ∧ a.tmod b ≤ 0) ∧
    (0 < b → -b < a.tmod b ∧ a.tmod b < b) ∧ (b < 0 → b < a.tmod b ∧ a.tmod b < -b) := by
  refine ⟨fun h => ⟨Int.tmod_nonneg b h, tmod_le b h⟩, fun h => ?_,
    fun h => ⟨Int.lt_tmod_of_pos a h, Int.tmod_lt_of_pos a h⟩, fun h => ?_⟩
  · have n := Int.neg_nonneg_of_nonpos h
    have l := tmod_le b n
    have u := Int.tmod_nonneg b n
    rw [Int.neg_tmod] at l u
    exact ⟨Int.le_of_neg_le_neg l, Int.nonpos_of_neg_nonneg u⟩
  · have n := Int.neg_pos_of_neg h
    have l := Int.lt_tmod_of_pos a n
    have u := Int.tmod_lt_of_pos a n
    rw [Int.tmod_neg] at l u
    rw [Int.neg_neg] at l
    exact ⟨l, u⟩

/-- What lies between zero and a value of `t` is one itself. -/
theorem bounds_toward_zero {t : IntTy} {a : MInt t} {n : Int} (h : 0 ≤ a.val → 0 ≤ n ∧ n ≤ a.val)
    (h' : a.val ≤ 0 → a.val ≤ n ∧ n ≤ 0) : t.min ≤ n ∧ n ≤ t.max := by
  have ha := a.bounds
  by_cases c : 0 ≤ a.val
  · exact ⟨Int.le_trans t.min_nonpos (h c).1, Int.le_trans (h c).2 ha.2⟩
  · have c := Int.le_of_lt (Int.not_le.mp c)
    exact ⟨Int.le_trans ha.1 (h' c).1, Int.le_trans (h' c).2 t.max_nonneg⟩

theorem srem_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (no : ¬(a.val = t.min ∧ b.val = -1))
    (k : ∀ y : MInt t, y.val = Int.tmod a.val b.val → (0 ≤ a.val → y.val = a.val % b.val) →
      (a.val < 0 → y.val = -((-a.val) % b.val)) → (0 ≤ a.val → 0 ≤ y.val ∧ y.val ≤ a.val) →
      (a.val ≤ 0 → a.val ≤ y.val ∧ y.val ≤ 0) → (0 < b.val → -b.val < y.val ∧ y.val < b.val) →
      (b.val < 0 → b.val < y.val ∧ y.val < -b.val) → P y) : (srem t a b).holds P := by
  have c : ¬(b.val = 0 ∨ (a.val = t.min ∧ b.val = -1)) := not_or.mpr ⟨nz, no⟩
  have f := tmod_facts a.val b.val
  rw [srem, if_neg c]
  refine ok_ofInt_holds (bounds_toward_zero f.1 f.2.1) fun y hy => k y hy ?_ ?_ ?_ ?_ ?_ ?_ <;> rw [hy]
  · exact Int.tmod_eq_emod_of_nonneg
  · intro h
    exact (tmod_of_neg a.val b.val).resolve_right (Int.not_le.mpr h)
  · exact f.1
  · exact f.2.1
  · exact f.2.2.1
  · exact f.2.2.2

/-- `2 ^ k`. -/
def pow2 (k : Int) : Int := ((2 ^ k.toNat : Nat) : Int)

theorem pow2_pos (k : Int) : 0 < pow2 k := Int.ofNat_lt.mpr (Nat.two_pow_pos k.toNat)

grind_pattern pow2_pos => pow2 k

@[simp] theorem pow2_zero : pow2 0 = 1 := rfl

theorem pow2_add {j k : Int} (hj : 0 ≤ j) (hk : 0 ≤ k) : pow2 (j + k) = pow2 j * pow2 k := by
  rw [pow2, pow2, pow2, Int.toNat_add hj hk, Nat.pow_add, Int.natCast_mul]

theorem pow2_succ {k : Int} (h : 0 ≤ k) : pow2 (k + 1) = 2 * pow2 k := by
  rw [pow2_add h (by decide), Int.mul_comm]; rfl

theorem pow2_le {j k : Int} (h : j ≤ k) : pow2 j ≤ pow2 k :=
  Int.ofNat_le.mpr (Nat.pow_le_pow_right (by decide) (Int.toNat_le_toNat h))

theorem pow2_le_two_pow (k : Int) (n : Nat) (h : k ≤ n) : pow2 k ≤ 2 ^ n := by
  have := pow2_le h
  rwa [show pow2 (n : Int) = 2 ^ n from by rw [pow2, Int.toNat_natCast, Int.natCast_pow]; rfl] at this

theorem pow2_lt {j k : Int} (h : j < k) (hk : 0 < k) : pow2 j < pow2 k :=
  Int.ofNat_lt.mpr (Nat.pow_lt_pow_right (by decide) ((Int.toNat_lt_toNat hk).mpr h))

-- @op shl shl t a k
-- @rust << on every integer type
-- @req this shift may be by too many bits: 0 ≤ {k} ∧ {k} < {t.bits}
-- @case y:int(t) | {y} = {t.wrap ({a} * pow2 {k})} => y
def shl (t : IntTy) (a : MInt t) (k : MInt s) : Outcome (MInt t) :=
  if 0 ≤ k.val ∧ k.val < t.bits then .ok (.ofInt t (a.val * pow2 k.val)) else .panic

theorem shl_holds {t s : IntTy} {a : MInt t} {k : MInt s} {P : MInt t → Prop}
    (h : 0 ≤ k.val ∧ k.val < t.bits) (c : ∀ y : MInt t, y.val = t.wrap (a.val * pow2 k.val) → P y) :
    (shl t a k).holds P :=
  ⟨_, if_pos h, c _ rfl⟩

-- @op shr shr t a k
-- @rust >> on every integer type
-- @req this shift may be by too many bits: 0 ≤ {k} ∧ {k} < {t.bits}
-- @case y:int(t) | {y} = {a} / pow2 {k} ; 0 ≤ {a} → 0 ≤ {y} ∧ {y} ≤ {a} ; {a} < 0 → {a} ≤ {y} ∧ {y} < 0 ; pow2 {k} * {y} ≤ {a} ; {a} < pow2 {k} * {y} + pow2 {k} => y
def shr (t : IntTy) (a : MInt t) (k : MInt s) : Outcome (MInt t) :=
  if 0 ≤ k.val ∧ k.val < t.bits then .ok (.ofInt t (a.val / pow2 k.val)) else .panic

theorem shr_bounds {t : IntTy} {a : MInt t} {n : Int} {r : Prop}
    (f : (0 ≤ a.val → 0 ≤ n ∧ n ≤ a.val) ∧ (a.val < 0 → a.val ≤ n ∧ n < 0) ∧ r) : t.min ≤ n ∧ n ≤ t.max := by
  refine bounds_toward_zero f.1 fun h => ?_
  rcases Int.lt_or_eq_of_le h with h | h
  · exact ⟨(f.2.1 h).1, Int.le_of_lt (f.2.1 h).2⟩
  · have := f.1 (Int.le_of_eq h.symm)
    rw [h] at this ⊢
    exact this

theorem shr_holds {t s : IntTy} {a : MInt t} {k : MInt s} {P : MInt t → Prop}
    (h : 0 ≤ k.val ∧ k.val < t.bits)
    (c : ∀ y : MInt t, y.val = a.val / pow2 k.val → (0 ≤ a.val → 0 ≤ y.val ∧ y.val ≤ a.val) →
      (a.val < 0 → a.val ≤ y.val ∧ y.val < 0) → pow2 k.val * y.val ≤ a.val →
      a.val < pow2 k.val * y.val + pow2 k.val → P y) : (shr t a k).holds P := by
  have f := ediv_pos_facts a.val (pow2 k.val) (pow2_pos _)
  rw [shr, if_pos h]
  refine ok_ofInt_holds (shr_bounds f) fun y hy => c y hy ?_ ?_ ?_ ?_ <;> rw [hy]
  · exact f.1
  · exact f.2.1
  · exact f.2.2.1
  · exact f.2.2.2

/-! ## Order: what a type parameter with `Ord` asks for -/

instance {t : IntTy} : LE (MInt t) := ⟨fun a b => a.val ≤ b.val⟩
instance {t : IntTy} : LT (MInt t) := ⟨fun a b => a.val < b.val⟩
theorem MInt.le_iff {t : IntTy} {a b : MInt t} : a ≤ b ↔ a.val ≤ b.val := Iff.rfl
theorem MInt.lt_iff {t : IntTy} {a b : MInt t} : a < b ↔ a.val < b.val := Iff.rfl
instance {t : IntTy} : DecidableLE (MInt t) := fun a b => inferInstanceAs (Decidable (a.val ≤ b.val))
instance {t : IntTy} : DecidableLT (MInt t) := fun a b => inferInstanceAs (Decidable (a.val < b.val))
instance {t : IntTy} : Std.IsLinearOrder (MInt t) where
  le_refl a := Int.le_refl a.val
  le_trans a b c := Int.le_trans
  le_antisymm a b h h' := by
    have := Int.le_antisymm (MInt.le_iff.1 h) (MInt.le_iff.1 h')
    cases a; cases b; simp_all
  le_total a b := Int.le_total a.val b.val
instance {t : IntTy} : Std.LawfulOrderLT (MInt t) where
  lt_iff a b := by
    have : a.val < b.val ↔ a.val ≤ b.val ∧ ¬ b.val ≤ a.val := by omega
    exact this

end Harmonic
