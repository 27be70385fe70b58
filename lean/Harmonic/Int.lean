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

theorem wrap_bounds (t : IntTy) (n : Int) : t.min ≤ t.wrap n ∧ t.wrap n ≤ t.max := by
  cases t <;> simp only [wrap, min, max] <;> omega

theorem wrap_of_bounds {t : IntTy} {n : Int} (h : t.min ≤ n ∧ n ≤ t.max) : t.wrap n = n := by
  cases t <;> simp only [wrap, min, max] at * <;> omega

theorem zero_bounds (t : IntTy) : t.min ≤ 0 ∧ 0 ≤ t.max := by
  cases t <;> decide

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

theorem min_le_max (t : IntTy) : t.min ≤ t.max := by
  cases t <;> decide

theorem min_nonpos (t : IntTy) : t.min ≤ 0 := (zero_bounds t).1
theorem max_nonneg (t : IntTy) : 0 ≤ t.max := (zero_bounds t).2
end IntTy

/-- A value of the integer type `t`. -/
@[ext] structure MInt (t : IntTy) where
  val : Int
  inRange : t.min ≤ val ∧ val ≤ t.max
deriving DecidableEq

namespace MInt
instance : Inhabited (MInt t) := ⟨⟨0, t.zero_bounds⟩⟩

theorem bounds (x : MInt t) : t.min ≤ x.val ∧ x.val ≤ t.max := x.inRange

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
  ⟨⟨n, h⟩, by simp [checked, h], k _ rfl⟩

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

theorem udiv_holds {t : IntTy} [t.Unsigned] {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (k : ∀ y : MInt t, y.val = a.val / b.val → 0 ≤ y.val → y.val ≤ a.val → b.val * y.val ≤ a.val →
      a.val < b.val * y.val + b.val → P y) : (udiv t a b).holds P := by
  have ha := a.bounds
  have hb := b.bounds
  have h0 := IntTy.Unsigned.min_eq (t := t)
  have d0 : 0 ≤ a.val / b.val := Int.ediv_nonneg (by omega) (by omega)
  have dl : a.val / b.val ≤ a.val := Int.ediv_le_self _ (by omega)
  have e := Int.mul_ediv_add_emod a.val b.val
  have m0 := Int.emod_nonneg a.val nz
  have m1 := Int.emod_lt_of_pos a.val (b := b.val) (by omega)
  simp only [udiv, nz, ↓reduceIte]
  refine ok_ofInt_holds (by omega) fun y hy => k y hy ?_ ?_ ?_ ?_ <;> rw [hy] <;> omega

theorem urem_holds {t : IntTy} [t.Unsigned] {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (k : ∀ y : MInt t, y.val = a.val % b.val → 0 ≤ y.val → y.val < b.val → y.val ≤ a.val →
      a.val = b.val * (a.val / b.val) + y.val → P y) : (urem t a b).holds P := by
  have ha := a.bounds
  have hb := b.bounds
  have h0 := IntTy.Unsigned.min_eq (t := t)
  have e := Int.mul_ediv_add_emod a.val b.val
  have d0 : 0 ≤ a.val / b.val := Int.ediv_nonneg (by omega) (by omega)
  have p0 : 0 ≤ b.val * (a.val / b.val) := Int.mul_nonneg (by omega) d0
  have m0 := Int.emod_nonneg a.val nz
  have m1 := Int.emod_lt_of_pos a.val (b := b.val) (by omega)
  simp only [urem, nz, ↓reduceIte]
  refine ok_ofInt_holds (by omega) fun y hy => k y hy ?_ ?_ ?_ ?_ <;> rw [hy] <;> omega

theorem tdiv_bounds {t : IntTy} {a b : MInt t} (nz : b.val ≠ 0) (no : ¬(a.val = t.min ∧ b.val = -1)) :
    t.min ≤ a.val.tdiv b.val ∧ a.val.tdiv b.val ≤ t.max := by
  have ha := a.bounds
  have habs : (a.val.tdiv b.val).natAbs = a.val.natAbs / b.val.natAbs := Int.natAbs_tdiv ..
  by_cases h1 : b.val = 1
  · rw [h1, Int.tdiv_one]; exact ha
  by_cases h2 : b.val = -1
  · rw [h2, Int.tdiv_neg, Int.tdiv_one]
    have : a.val ≠ t.min := fun h => no ⟨h, h2⟩
    generalize a.val = x at *
    have hb := b.bounds
    rw [h2] at hb
    cases t <;> simp only [IntTy.min, IntTy.max] at * <;> omega
  have hle : a.val.natAbs / b.val.natAbs ≤ a.val.natAbs / 2 := Nat.div_le_div_left (by omega) (by omega)
  have hpos : t.min < 0 ∨ 0 ≤ a.val.tdiv b.val := by
    have hb := b.bounds
    by_cases h : t.min < 0
    · exact .inl h
    · exact .inr (Int.tdiv_nonneg (by omega) (by omega))
  generalize a.val.tdiv b.val = q at *
  generalize a.val = x at *
  cases t <;> simp only [IntTy.min, IntTy.max] at * <;> omega

theorem tmod_of_neg (a b : Int) : a.tmod b = -((-a) % b) ∨ 0 ≤ a := by
  by_cases h : 0 ≤ a
  · exact .inr h
  · refine .inl ?_
    have := Int.tmod_eq_emod_of_nonneg (a := -a) (b := b) (by omega)
    rw [Int.neg_tmod] at this
    omega

theorem tdiv_of_neg (a b : Int) : a.tdiv b = -((-a) / b) ∨ 0 ≤ a := by
  by_cases h : 0 ≤ a
  · exact .inr h
  · refine .inl ?_
    have := Int.tdiv_eq_ediv_of_nonneg (a := -a) (b := b) (by omega)
    rw [Int.neg_tdiv] at this
    omega

theorem sdiv_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (no : ¬(a.val = t.min ∧ b.val = -1))
    (k : ∀ y : MInt t, y.val = Int.tdiv a.val b.val → (0 ≤ a.val → y.val = a.val / b.val) →
      (a.val < 0 → y.val = -((-a.val) / b.val)) → P y) : (sdiv t a b).holds P := by
  have c : ¬(b.val = 0 ∨ (a.val = t.min ∧ b.val = -1)) := by simp [nz]; simpa using no
  simp only [sdiv, c, ↓reduceIte]
  refine ok_ofInt_holds (tdiv_bounds nz no) fun y hy => k y hy ?_ ?_ <;> rw [hy]
  · exact Int.tdiv_eq_ediv_of_nonneg
  · intro h
    exact (tdiv_of_neg a.val b.val).resolve_right (by omega)

theorem tmod_facts (a b : Int) (nz : b ≠ 0) :
    (0 ≤ a → 0 ≤ a.tmod b ∧ a.tmod b ≤ a) ∧ (a ≤ 0 → a ≤ a.tmod b ∧ a.tmod b ≤ 0) ∧
    (0 < b → -b < a.tmod b ∧ a.tmod b < b) ∧ (b < 0 → b < a.tmod b ∧ a.tmod b < -b) := by
  have h1 : (a.tmod b).natAbs = a.natAbs % b.natAbs := Int.natAbs_tmod ..
  have h2 : a.natAbs % b.natAbs ≤ a.natAbs := Nat.mod_le _ _
  have h3 : a.natAbs % b.natAbs < b.natAbs := Nat.mod_lt _ (by omega)
  have h4 : 0 ≤ a → 0 ≤ a.tmod b := Int.tmod_nonneg b
  have h5 : 0 ≤ -a → 0 ≤ (-a).tmod b := Int.tmod_nonneg b
  rw [Int.neg_tmod] at h5
  omega

theorem srem_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (no : ¬(a.val = t.min ∧ b.val = -1))
    (k : ∀ y : MInt t, y.val = Int.tmod a.val b.val → (0 ≤ a.val → y.val = a.val % b.val) →
      (a.val < 0 → y.val = -((-a.val) % b.val)) → (0 ≤ a.val → 0 ≤ y.val ∧ y.val ≤ a.val) →
      (a.val ≤ 0 → a.val ≤ y.val ∧ y.val ≤ 0) → (0 < b.val → -b.val < y.val ∧ y.val < b.val) →
      (b.val < 0 → b.val < y.val ∧ y.val < -b.val) → P y) : (srem t a b).holds P := by
  have c : ¬(b.val = 0 ∨ (a.val = t.min ∧ b.val = -1)) := by simp [nz]; simpa using no
  have f := tmod_facts a.val b.val nz
  have ha := a.bounds
  have hz := t.zero_bounds
  simp only [srem, c, ↓reduceIte]
  refine ok_ofInt_holds (by omega) fun y hy => k y hy ?_ ?_ ?_ ?_ ?_ ?_ <;> rw [hy]
  · exact Int.tmod_eq_emod_of_nonneg
  · intro h
    exact (tmod_of_neg a.val b.val).resolve_right (by omega)
  · exact f.1
  · exact f.2.1
  · exact f.2.2.1
  · exact f.2.2.2

/-- `2 ^ k`. -/
def pow2 (k : Int) : Int := ((2 ^ k.toNat : Nat) : Int)

theorem pow2_pos (k : Int) : 0 < pow2 k := by
  have := Nat.two_pow_pos k.toNat
  simp only [pow2]; omega

grind_pattern pow2_pos => pow2 k

@[simp] theorem pow2_zero : pow2 0 = 1 := rfl

theorem pow2_succ {k : Int} (h : 0 ≤ k) : pow2 (k + 1) = 2 * pow2 k := by
  have : (k + 1).toNat = k.toNat + 1 := by omega
  simp only [pow2, this, Nat.pow_succ]; omega

theorem pow2_add {j k : Int} (hj : 0 ≤ j) (hk : 0 ≤ k) : pow2 (j + k) = pow2 j * pow2 k := by
  have : (j + k).toNat = j.toNat + k.toNat := by omega
  simp only [pow2, this, Nat.pow_add, Int.natCast_mul]

theorem pow2_le {j k : Int} (h : j ≤ k) : pow2 j ≤ pow2 k := by
  have : 2 ^ j.toNat ≤ 2 ^ k.toNat := Nat.pow_le_pow_right (by omega) (by omega)
  simp only [pow2]; omega

theorem pow2_lt {j k : Int} (h : j < k) (hk : 0 < k) : pow2 j < pow2 k := by
  have : 2 ^ j.toNat < 2 ^ k.toNat := Nat.pow_lt_pow_right (by omega) (by omega)
  simp only [pow2]; omega

-- @op shl shl t a k
-- @rust << on every integer type
-- @req this shift may be by too many bits: 0 ≤ {k} ∧ {k} < {t.bits}
-- @case y:int(t) | {y} = {t.wrap ({a} * pow2 {k})} => y
def shl (t : IntTy) (a : MInt t) (k : MInt s) : Outcome (MInt t) :=
  if 0 ≤ k.val ∧ k.val < t.bits then .ok (.ofInt t (a.val * pow2 k.val)) else .panic

theorem shl_holds {t s : IntTy} {a : MInt t} {k : MInt s} {P : MInt t → Prop}
    (h : 0 ≤ k.val ∧ k.val < t.bits) (c : ∀ y : MInt t, y.val = t.wrap (a.val * pow2 k.val) → P y) :
    (shl t a k).holds P :=
  ⟨_, by simp only [shl, h, and_self, ↓reduceIte]; rfl, c _ rfl⟩

-- @op shr shr t a k
-- @rust >> on every integer type
-- @req this shift may be by too many bits: 0 ≤ {k} ∧ {k} < {t.bits}
-- @case y:int(t) | {y} = {a} / pow2 {k} ; 0 ≤ {a} → 0 ≤ {y} ∧ {y} ≤ {a} ; {a} < 0 → {a} ≤ {y} ∧ {y} < 0 ; pow2 {k} * {y} ≤ {a} ; {a} < pow2 {k} * {y} + pow2 {k} => y
def shr (t : IntTy) (a : MInt t) (k : MInt s) : Outcome (MInt t) :=
  if 0 ≤ k.val ∧ k.val < t.bits then .ok (.ofInt t (a.val / pow2 k.val)) else .panic

theorem ediv_pos_facts (a p : Int) (hp : 0 < p) :
    (0 ≤ a → 0 ≤ a / p ∧ a / p ≤ a) ∧ (a < 0 → a ≤ a / p ∧ a / p < 0) ∧
    p * (a / p) ≤ a ∧ a < p * (a / p) + p := by
  have e := Int.mul_ediv_add_emod a p
  have m0 := Int.emod_nonneg a (b := p) (by omega)
  have m1 := Int.emod_lt_of_pos a hp
  refine ⟨fun h => ⟨Int.ediv_nonneg h (by omega), Int.ediv_le_self _ h⟩, fun h => ⟨?_, Int.ediv_neg_of_neg_of_pos h hp⟩,
    by omega, by omega⟩
  refine (Int.le_ediv_iff_mul_le hp).mpr ?_
  have := Int.mul_le_mul_of_nonpos_left (a := a) (b := p) (c := 1) (by omega) (by omega)
  omega

theorem shr_holds {t s : IntTy} {a : MInt t} {k : MInt s} {P : MInt t → Prop}
    (h : 0 ≤ k.val ∧ k.val < t.bits)
    (c : ∀ y : MInt t, y.val = a.val / pow2 k.val → (0 ≤ a.val → 0 ≤ y.val ∧ y.val ≤ a.val) →
      (a.val < 0 → a.val ≤ y.val ∧ y.val < 0) → pow2 k.val * y.val ≤ a.val →
      a.val < pow2 k.val * y.val + pow2 k.val → P y) : (shr t a k).holds P := by
  have f := ediv_pos_facts a.val (pow2 k.val) (pow2_pos _)
  have ha := a.bounds
  have hz := t.zero_bounds
  simp only [shr, h, and_self, ↓reduceIte]
  refine ok_ofInt_holds (by omega) fun y hy => c y hy ?_ ?_ ?_ ?_ <;> rw [hy]
  · exact f.1
  · exact f.2.1
  · exact f.2.2.1
  · exact f.2.2.2

end Harmonic
