module
public import Harmonic.Int

/-! The bits of machine integers. -/

@[expose] public section
noncomputable section

namespace Harmonic

/-! ## The bit vector of an integer -/

theorem IntTy.modulus_eq_pow (t : IntTy) : t.modulus = ((2 ^ t.bits : Nat) : Int) := by
  cases t <;> rfl

theorem IntTy.wrap_emod (t : IntTy) (n : Int) : t.wrap n % t.modulus = n % t.modulus := by
  rw [wrap_eq, Int.emod_add_emod, Int.sub_add_cancel]

theorem IntTy.lt_top {t : IntTy} {n : Int} (h : n ≤ t.max) : n < t.min + t.modulus := by
  rw [modulus_eq]
  omega

/-- The bits of an integer at the width of `t`. -/
abbrev bv (t : IntTy) (n : Int) : BitVec t.bits := BitVec.ofInt t.bits n

theorem bv_wrap (t : IntTy) (n : Int) : bv t (t.wrap n) = bv t n := by
  refine BitVec.eq_of_toNat_eq ?_
  simp only [bv, BitVec.toNat_ofInt, ← IntTy.modulus_eq_pow, IntTy.wrap_emod]

/-- The integer of type `t` with these bits. -/
abbrev ofBv (t : IntTy) (b : BitVec t.bits) : Int := t.wrap b.toNat

theorem bv_ofBv (t : IntTy) (b : BitVec t.bits) : bv t (ofBv t b) = b := by
  refine BitVec.eq_of_toNat_eq ?_
  have h := b.isLt
  rw [ofBv, bv_wrap]
  simp only [bv, BitVec.toNat_ofInt]
  rw [Int.emod_eq_of_lt (by omega) (by omega)]
  omega

theorem max_lt_modulus (t : IntTy) : t.max < t.modulus := by
  have := IntTy.lt_top (Int.le_refl t.max)
  have := t.min_nonpos
  omega

theorem bv_toNat {t : IntTy} (a : MInt t) (h : 0 ≤ a.val) : (bv t a.val).toNat = a.val.toNat := by
  have ha := a.bounds
  have hm := max_lt_modulus t
  simp only [bv, BitVec.toNat_ofInt, ← IntTy.modulus_eq_pow]
  rw [Int.emod_eq_of_lt h (by omega)]

/-- What `&`, `|` and `^` of the integers `a` and `b` come to at the type `t`. -/
def iand (t : IntTy) (a b : Int) : Int := ofBv t (bv t a &&& bv t b)
def ior (t : IntTy) (a b : Int) : Int := ofBv t (bv t a ||| bv t b)
def ixor (t : IntTy) (a b : Int) : Int := ofBv t (bv t a ^^^ bv t b)

theorem bv_iand (t : IntTy) (a b : Int) : bv t (iand t a b) = bv t a &&& bv t b := bv_ofBv ..
theorem bv_ior (t : IntTy) (a b : Int) : bv t (ior t a b) = bv t a ||| bv t b := bv_ofBv ..
theorem bv_ixor (t : IntTy) (a b : Int) : bv t (ixor t a b) = bv t a ^^^ bv t b := bv_ofBv ..

theorem emod_inj {M lo x y : Int} (h : x % M = y % M) (hx : lo ≤ x ∧ x < lo + M) (hy : lo ≤ y ∧ y < lo + M) : x = y := by
  have ex : (x - lo) % M = x - lo := Int.emod_eq_of_lt (by omega) (by omega)
  have ey : (y - lo) % M = y - lo := Int.emod_eq_of_lt (by omega) (by omega)
  rw [Int.sub_emod, h, ← Int.sub_emod, ey] at ex
  omega

theorem bv_inj {t : IntTy} {a b : MInt t} (h : bv t a.val = bv t b.val) : a.val = b.val := by
  have h' := congrArg BitVec.toNat h
  simp only [bv, BitVec.toNat_ofInt, ← IntTy.modulus_eq_pow] at h'
  have p := t.modulus_pos
  have ne := Int.ne_of_gt p
  have e : a.val % t.modulus = b.val % t.modulus := by
    rw [← Int.toNat_of_nonneg (Int.emod_nonneg a.val ne), h', Int.toNat_of_nonneg (Int.emod_nonneg b.val ne)]
  exact emod_inj e ⟨a.bounds.1, IntTy.lt_top a.bounds.2⟩ ⟨b.bounds.1, IntTy.lt_top b.bounds.2⟩

theorem eq_zero_of_emod {t : IntTy} {a : MInt t} (h : a.val % t.modulus = 0) : a.val = 0 :=
  emod_inj (h.trans (Int.zero_emod _).symm) ⟨a.bounds.1, IntTy.lt_top a.bounds.2⟩
    ⟨t.min_nonpos, IntTy.lt_top t.max_nonneg⟩

/-! Bitwise operations of natural numbers against sums. -/

theorem Nat.or_le_add (a b : Nat) : a ||| b ≤ a + b := by
  induction a using Nat.strongRecOn generalizing b with
  | _ a ih =>
    by_cases h : a = 0
    · simp [h]
    · have i := ih (a / 2) (by omega) (b / 2)
      have d : (a ||| b) / 2 = a / 2 ||| b / 2 := by simpa using Nat.or_div_two_pow (a := a) (b := b) (n := 1)
      have m : (a ||| b) % 2 ≤ a % 2 + b % 2 := by
        rcases Nat.mod_two_eq_zero_or_one a with ha | ha <;> rcases Nat.mod_two_eq_zero_or_one b with hb | hb <;>
          simp [ha, hb] <;> have := Nat.or_mod_two_eq_one (a := a) (b := b) <;> omega
      omega

theorem Nat.xor_le_or (a b : Nat) : a ^^^ b ≤ a ||| b := by
  induction a using Nat.strongRecOn generalizing b with
  | _ a ih =>
    by_cases h : a = 0
    · simp [h]
    · have i := ih (a / 2) (by omega) (b / 2)
      have d : (a ||| b) / 2 = a / 2 ||| b / 2 := by simpa using Nat.or_div_two_pow (a := a) (b := b) (n := 1)
      have e : (a ^^^ b) / 2 = a / 2 ^^^ b / 2 := by simpa using Nat.xor_div_two_pow (a := a) (b := b) (n := 1)
      have m : (a ^^^ b) % 2 ≤ (a ||| b) % 2 := by
        have := Nat.or_mod_two_eq_one (a := a) (b := b)
        have := Nat.xor_mod_two_eq_one (a := a) (b := b)
        omega
      omega

theorem ofBv_of_le {t : IntTy} (b : BitVec t.bits) (h : (b.toNat : Int) ≤ t.max) : ofBv t b = b.toNat :=
  IntTy.wrap_of_bounds ⟨by have := t.min_nonpos; omega, h⟩

theorem iand_left {t : IntTy} (a b : MInt t) (h : 0 ≤ a.val) : 0 ≤ iand t a.val b.val ∧ iand t a.val b.val ≤ a.val := by
  have ha := a.bounds
  have l : (bv t a.val &&& bv t b.val).toNat ≤ a.val.toNat := by
    rw [BitVec.toNat_and, bv_toNat a h]; exact Nat.and_le_left
  rw [iand, ofBv_of_le _ (by omega)]
  omega

theorem iand_comm (t : IntTy) (a b : Int) : iand t a b = iand t b a := by
  simp only [iand, BitVec.and_comm]

theorem iand_right {t : IntTy} (a b : MInt t) (h : 0 ≤ b.val) : 0 ≤ iand t a.val b.val ∧ iand t a.val b.val ≤ b.val := by
  rw [iand_comm]; exact iand_left b a h

theorem iand_nat {t : IntTy} (a b : MInt t) (h : 0 ≤ a.val) (h' : 0 ≤ b.val) :
    iand t a.val b.val = ((a.val.toNat &&& b.val.toNat : Nat) : Int) := by
  have ha := a.bounds
  have l : (bv t a.val &&& bv t b.val).toNat = a.val.toNat &&& b.val.toNat := by
    rw [BitVec.toNat_and, bv_toNat a h, bv_toNat b h']
  have := Nat.and_le_left (n := a.val.toNat) (m := b.val.toNat)
  rw [iand, ofBv_of_le _ (by omega), l]

theorem max_eq_pow (t : IntTy) : ∃ k, t.max + 1 = ((2 ^ k : Nat) : Int) := by
  cases t
  case u8 => exact ⟨8, rfl⟩
  case u16 => exact ⟨16, rfl⟩
  case u32 => exact ⟨32, rfl⟩
  case u64 => exact ⟨64, rfl⟩
  case u128 => exact ⟨128, rfl⟩
  case usize => exact ⟨64, rfl⟩
  case i8 => exact ⟨7, rfl⟩
  case i16 => exact ⟨15, rfl⟩
  case i32 => exact ⟨31, rfl⟩
  case i64 => exact ⟨63, rfl⟩
  case i128 => exact ⟨127, rfl⟩
  case isize => exact ⟨63, rfl⟩

theorem ior_nat {t : IntTy} (a b : MInt t) (h : 0 ≤ a.val) (h' : 0 ≤ b.val) :
    ior t a.val b.val = ((a.val.toNat ||| b.val.toNat : Nat) : Int) := by
  have ha := a.bounds
  have hb := b.bounds
  obtain ⟨k, hk⟩ := max_eq_pow t
  have l : (bv t a.val ||| bv t b.val).toNat = a.val.toNat ||| b.val.toNat := by
    rw [BitVec.toNat_or, bv_toNat a h, bv_toNat b h']
  have := Nat.or_lt_two_pow (x := a.val.toNat) (y := b.val.toNat) (n := k) (by omega) (by omega)
  rw [ior, ofBv_of_le _ (by omega), l]

theorem ixor_nat {t : IntTy} (a b : MInt t) (h : 0 ≤ a.val) (h' : 0 ≤ b.val) :
    ixor t a.val b.val = ((a.val.toNat ^^^ b.val.toNat : Nat) : Int) := by
  have ha := a.bounds
  have hb := b.bounds
  obtain ⟨k, hk⟩ := max_eq_pow t
  have l : (bv t a.val ^^^ bv t b.val).toNat = a.val.toNat ^^^ b.val.toNat := by
    rw [BitVec.toNat_xor, bv_toNat a h, bv_toNat b h']
  have := Nat.xor_lt_two_pow (x := a.val.toNat) (y := b.val.toNat) (n := k) (by omega) (by omega)
  rw [ixor, ofBv_of_le _ (by omega), l]

/-! ## Bits and sums: facts that proof search uses -/

theorem and_add_or (a b : Nat) : (a &&& b) + (a ||| b) = a + b := by
  induction a using Nat.strongRecOn generalizing b with
  | ind a ih =>
    by_cases z : a = 0
    · simp [z]
    · have i := ih (a / 2) (by omega) (b / 2)
      have c : (a &&& b) / 2 = a / 2 &&& b / 2 := by simpa using Nat.and_div_two_pow (a := a) (b := b) (n := 1)
      have d : (a ||| b) / 2 = a / 2 ||| b / 2 := by simpa using Nat.or_div_two_pow (a := a) (b := b) (n := 1)
      have m : (a &&& b) % 2 + (a ||| b) % 2 = a % 2 + b % 2 := by
        have := Nat.or_mod_two_eq_one (a := a) (b := b)
        have := Nat.and_mod_two_eq_one (a := a) (b := b)
        omega
      omega

theorem or_eq_and_add_xor (a b : Nat) : (a ||| b) = (a &&& b) + (a ^^^ b) := by
  induction a using Nat.strongRecOn generalizing b with
  | ind a ih =>
    by_cases z : a = 0
    · simp [z]
    · have i := ih (a / 2) (by omega) (b / 2)
      have c : (a &&& b) / 2 = a / 2 &&& b / 2 := by simpa using Nat.and_div_two_pow (a := a) (b := b) (n := 1)
      have d : (a ||| b) / 2 = a / 2 ||| b / 2 := by simpa using Nat.or_div_two_pow (a := a) (b := b) (n := 1)
      have e : (a ^^^ b) / 2 = a / 2 ^^^ b / 2 := by simpa using Nat.xor_div_two_pow (a := a) (b := b) (n := 1)
      have m : (a ||| b) % 2 = (a &&& b) % 2 + (a ^^^ b) % 2 := by
        have := Nat.or_mod_two_eq_one (a := a) (b := b)
        have := Nat.xor_mod_two_eq_one (a := a) (b := b)
        have := Nat.and_mod_two_eq_one (a := a) (b := b)
        omega
      omega

/-! Numbers that have no bit in common: one below `2 ^ k`, one a multiple of it. -/

theorem and_of_low (a b k : Nat) (h : a < 2 ^ k) (h' : b % 2 ^ k = 0) : a &&& b = 0 := by
  apply Nat.eq_of_testBit_eq
  intro i
  rw [Nat.testBit_and, Nat.zero_testBit]
  by_cases c : i < k
  · have e : b = 2 ^ k * (b / 2 ^ k) := by have := Nat.div_add_mod b (2 ^ k); omega
    rw [e, Nat.testBit_two_pow_mul]
    simp; omega
  · rw [Nat.testBit_lt_two_pow (Nat.lt_of_lt_of_le h (Nat.pow_le_pow_right (by omega) (by omega)))]; rfl

theorem or_of_low (a b k : Nat) (h : a < 2 ^ k) (h' : b % 2 ^ k = 0) : a ||| b = a + b := by
  have := and_add_or a b
  rw [and_of_low a b k h h'] at this
  omega

/-- `a & M` for a mask of `n` ones above `k` zeros. -/
theorem and_mask (a k n : Nat) : a &&& ((2 ^ n - 1) * 2 ^ k) = a / 2 ^ k % 2 ^ n * 2 ^ k := by
  apply Nat.eq_of_testBit_eq
  intro i
  rw [Nat.testBit_and, Nat.testBit_mul_two_pow, Nat.testBit_mul_two_pow, Nat.testBit_two_pow_sub_one, Nat.testBit_mod_two_pow, Nat.testBit_div_two_pow]
  by_cases c : k ≤ i
  · simp [c, Nat.sub_add_cancel c, Bool.and_comm]
  · simp [c]

theorem bit_of_or (a i : Nat) : (a ||| 2 ^ i) / 2 ^ i % 2 = 1 := by
  have h : (a ||| 2 ^ i).testBit i = true := by rw [Nat.testBit_or, Nat.testBit_two_pow_self, Bool.or_true]
  rw [Nat.testBit_eq_decide_div_mod_eq] at h
  exact of_decide_eq_true h

/-! ## `&`, `|`, `^`, `!` -/

-- @op and MInt.and t a b
-- @rust & on every integer type
-- @case y:int(t) | {y} = iand {t} {a} {b} ; 0 ≤ {a} → 0 ≤ {y} ∧ {y} ≤ {a} ; 0 ≤ {b} → 0 ≤ {y} ∧ {y} ≤ {b} ; 0 ≤ {a} → 0 ≤ {b} → {y} = ((Int.toNat {a} &&& Int.toNat {b} : Nat) : Int) => y
def MInt.and (t : IntTy) (a b : MInt t) : Outcome (MInt t) := .ok ⟨iand t a.val b.val, t.wrap_bounds _⟩

theorem MInt.and_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = iand t a.val b.val → (0 ≤ a.val → 0 ≤ y.val ∧ y.val ≤ a.val) →
      (0 ≤ b.val → 0 ≤ y.val ∧ y.val ≤ b.val) →
      (0 ≤ a.val → 0 ≤ b.val → y.val = ((a.val.toNat &&& b.val.toNat : Nat) : Int)) → P y) : (and t a b).holds P :=
  ⟨_, rfl, k _ rfl (iand_left a b) (iand_right a b) (iand_nat a b)⟩

-- @op or MInt.or t a b
-- @rust | on every integer type
-- @case y:int(t) | {y} = ior {t} {a} {b} ; 0 ≤ {a} → 0 ≤ {b} → {y} = ((Int.toNat {a} ||| Int.toNat {b} : Nat) : Int) ; 0 ≤ {a} → 0 ≤ {b} → {a} ≤ {y} ∧ {b} ≤ {y} ∧ {y} ≤ {a} + {b} => y
def MInt.or (t : IntTy) (a b : MInt t) : Outcome (MInt t) := .ok ⟨ior t a.val b.val, t.wrap_bounds _⟩

theorem MInt.or_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = ior t a.val b.val →
      (0 ≤ a.val → 0 ≤ b.val → y.val = ((a.val.toNat ||| b.val.toNat : Nat) : Int)) →
      (0 ≤ a.val → 0 ≤ b.val → a.val ≤ y.val ∧ b.val ≤ y.val ∧ y.val ≤ a.val + b.val) → P y) : (or t a b).holds P := by
  refine ⟨_, rfl, k _ rfl (ior_nat a b) fun h h' => ?_⟩
  have l := Nat.left_le_or (n := a.val.toNat) (m := b.val.toNat)
  have r := Nat.right_le_or (n := a.val.toNat) (m := b.val.toNat)
  have s := Nat.or_le_add a.val.toNat b.val.toNat
  simp only [ior_nat a b h h']
  omega

-- @op xor MInt.xor t a b
-- @rust ^ on every integer type
-- @case y:int(t) | {y} = ixor {t} {a} {b} ; 0 ≤ {a} → 0 ≤ {b} → {y} = ((Int.toNat {a} ^^^ Int.toNat {b} : Nat) : Int) ; 0 ≤ {a} → 0 ≤ {b} → 0 ≤ {y} ∧ {y} ≤ {a} + {b} => y
def MInt.xor (t : IntTy) (a b : MInt t) : Outcome (MInt t) := .ok ⟨ixor t a.val b.val, t.wrap_bounds _⟩

theorem MInt.xor_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = ixor t a.val b.val →
      (0 ≤ a.val → 0 ≤ b.val → y.val = ((a.val.toNat ^^^ b.val.toNat : Nat) : Int)) →
      (0 ≤ a.val → 0 ≤ b.val → 0 ≤ y.val ∧ y.val ≤ a.val + b.val) → P y) : (xor t a b).holds P := by
  refine ⟨_, rfl, k _ rfl (ixor_nat a b) fun h h' => ?_⟩
  have l := Nat.xor_le_or a.val.toNat b.val.toNat
  have s := Nat.or_le_add a.val.toNat b.val.toNat
  simp only [ixor_nat a b h h']
  omega

-- @op not MInt.not t a
-- @rust ! on every integer type
-- @case y:int(t) | {y} = {t.min} + {t.max} - {a} => y
def MInt.not (t : IntTy) (a : MInt t) : Outcome (MInt t) := checked t (t.min + t.max - a.val)

theorem MInt.not_holds {t : IntTy} {a : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = t.min + t.max - a.val → P y) : (not t a).holds P := by
  have ha := a.bounds
  exact checked_holds (by omega) k

/-- `!` flips every bit. -/
theorem bv_not {t : IntTy} (a : Int) : bv t (t.min + t.max - a) = ~~~ (bv t a) := by
  have ones : bv t (t.min + t.max) = -1#t.bits := by cases t <;> rfl
  rw [Int.sub_eq_add_neg, bv, BitVec.ofInt_add, BitVec.ofInt_neg, BitVec.not_eq_neg_add, BitVec.sub_eq_add_neg,
    BitVec.add_comm]
  exact congrArg _ ones

/-! ## Shifts that drop the high bits of the amount, rotations -/

-- @op int.wrapping_shl MInt.wrappingShl t a k
-- @rust wrapping_shl of the integer types
-- @case y:int(t) | {y} = {t.wrap ({a} * pow2 ({k} % {t.bits}))} => y
def MInt.wrappingShl (t : IntTy) (a : MInt t) (k : MInt .u32) : Outcome (MInt t) :=
  .ok (.ofInt t (a.val * pow2 (k.val % t.bits)))

theorem MInt.wrappingShl_holds {t : IntTy} {a : MInt t} {k : MInt .u32} {P : MInt t → Prop}
    (c : ∀ y : MInt t, y.val = t.wrap (a.val * pow2 (k.val % t.bits)) → P y) : (wrappingShl t a k).holds P :=
  ⟨_, rfl, c _ rfl⟩

-- @op int.wrapping_shr MInt.wrappingShr t a k
-- @rust wrapping_shr of the integer types
-- @case y:int(t) | {y} = {a} / pow2 ({k} % {t.bits}) ; 0 ≤ {a} → 0 ≤ {y} ∧ {y} ≤ {a} ; {a} < 0 → {a} ≤ {y} ∧ {y} < 0 => y
def MInt.wrappingShr (t : IntTy) (a : MInt t) (k : MInt .u32) : Outcome (MInt t) :=
  .ok (.ofInt t (a.val / pow2 (k.val % t.bits)))

theorem MInt.wrappingShr_holds {t : IntTy} {a : MInt t} {k : MInt .u32} {P : MInt t → Prop}
    (c : ∀ y : MInt t, y.val = a.val / pow2 (k.val % t.bits) → (0 ≤ a.val → 0 ≤ y.val ∧ y.val ≤ a.val) →
      (a.val < 0 → a.val ≤ y.val ∧ y.val < 0) → P y) : (wrappingShr t a k).holds P := by
  have f := ediv_pos_facts a.val (pow2 (k.val % t.bits)) (pow2_pos _)
  have ha := a.bounds
  have hz := t.zero_bounds
  refine ok_ofInt_holds (by omega) fun y hy => c y hy ?_ ?_ <;> rw [hy]
  · exact f.1
  · exact f.2.1

/-- The number whose bits are, from the lowest, those of `n` at these places. -/
def gather : List Nat → Int → Int
  | [], _ => 0
  | p :: ps, n => n / 2 ^ p % 2 + 2 * gather ps n

/-- The places from which a rotation of `w` bits to the left by `k`, one to the right, the reversal of the bits and that of the
bytes take them. -/
def leftward (w k : Nat) : List Nat := (List.range w).map fun i => (i + (w - k % w)) % w
def rightward (w k : Nat) : List Nat := (List.range w).map fun i => (i + k) % w
def backward (w : Nat) : List Nat := (List.range w).map fun i => w - 1 - i
def bytewise (w : Nat) : List Nat := (List.range w).map fun i => w - 8 - i / 8 * 8 + i % 8

/-- What a rotation by `k` bits, `reverse_bits` and `swap_bytes` come to at the type `t`. -/
def irotl (t : IntTy) (a k : Int) : Int := t.wrap (gather (leftward t.bits k.toNat) a)
def irotr (t : IntTy) (a k : Int) : Int := t.wrap (gather (rightward t.bits k.toNat) a)
def ireverse (t : IntTy) (a : Int) : Int := t.wrap (gather (backward t.bits) a)
def iswap (t : IntTy) (a : Int) : Int := t.wrap (gather (bytewise t.bits) a)

-- @op int.rotate_left MInt.rotateLeft t a k
-- @rust rotate_left of the integer types
-- @case y:int(t) | {y} = irotl {t} {a} {k} => y
def MInt.rotateLeft (t : IntTy) (a : MInt t) (k : MInt .u32) : Outcome (MInt t) :=
  .ok ⟨irotl t a.val k.val, t.wrap_bounds _⟩

theorem MInt.rotateLeft_holds {t : IntTy} {a : MInt t} {k : MInt .u32} {P : MInt t → Prop}
    (c : ∀ y : MInt t, y.val = irotl t a.val k.val → P y) : (rotateLeft t a k).holds P :=
  ⟨_, rfl, c _ rfl⟩

-- @op int.rotate_right MInt.rotateRight t a k
-- @rust rotate_right of the integer types
-- @case y:int(t) | {y} = irotr {t} {a} {k} => y
def MInt.rotateRight (t : IntTy) (a : MInt t) (k : MInt .u32) : Outcome (MInt t) :=
  .ok ⟨irotr t a.val k.val, t.wrap_bounds _⟩

theorem MInt.rotateRight_holds {t : IntTy} {a : MInt t} {k : MInt .u32} {P : MInt t → Prop}
    (c : ∀ y : MInt t, y.val = irotr t a.val k.val → P y) : (rotateRight t a k).holds P :=
  ⟨_, rfl, c _ rfl⟩

-- @op int.reverse_bits MInt.reverseBits t a
-- @rust reverse_bits of the integer types
-- @case y:int(t) | {y} = ireverse {t} {a} => y
def MInt.reverseBits (t : IntTy) (a : MInt t) : Outcome (MInt t) := .ok ⟨ireverse t a.val, t.wrap_bounds _⟩

theorem MInt.reverseBits_holds {t : IntTy} {a : MInt t} {P : MInt t → Prop}
    (c : ∀ y : MInt t, y.val = ireverse t a.val → P y) : (reverseBits t a).holds P :=
  ⟨_, rfl, c _ rfl⟩

-- @op int.swap_bytes MInt.swapBytes t a
-- @rust swap_bytes of the integer types
-- @case y:int(t) | {y} = iswap {t} {a} => y
def MInt.swapBytes (t : IntTy) (a : MInt t) : Outcome (MInt t) := .ok ⟨iswap t a.val, t.wrap_bounds _⟩

theorem MInt.swapBytes_holds {t : IntTy} {a : MInt t} {P : MInt t → Prop}
    (c : ∀ y : MInt t, y.val = iswap t a.val → P y) : (swapBytes t a).holds P :=
  ⟨_, rfl, c _ rfl⟩

/-! ## Counting bits -/

/-- How many of the low `w` bits of `n` are set. -/
def popcount : Nat → Int → Int
  | 0, _ => 0
  | w + 1, n => n % 2 + popcount w (n / 2)

/-- How many of the low `w` bits of `n` are clear, from the lowest up to the first that is set. -/
def ctz : Nat → Int → Int
  | 0, _ => 0
  | w + 1, n => if n % 2 = 0 then 1 + ctz w (n / 2) else 0

/-- How many of the low `w` bits of `n` are clear, from the highest down to the first that is set. -/
def clz : Nat → Int → Int
  | 0, _ => 0
  | w + 1, n => if n / pow2 w % 2 = 0 then 1 + clz w n else 0

theorem popcount_bounds (w : Nat) (n : Int) : 0 ≤ popcount w n ∧ popcount w n ≤ w := by
  induction w generalizing n with
  | zero => simp [popcount]
  | succ w ih =>
    have := ih (n / 2)
    simp only [popcount]; omega

theorem ctz_bounds (w : Nat) (n : Int) : 0 ≤ ctz w n ∧ ctz w n ≤ w := by
  induction w generalizing n with
  | zero => simp [ctz]
  | succ w ih =>
    have := ih (n / 2)
    simp only [ctz]; split <;> omega

theorem clz_bounds (w : Nat) (n : Int) : 0 ≤ clz w n ∧ clz w n ≤ w := by
  induction w with
  | zero => simp [clz]
  | succ w ih => simp only [clz]; split <;> omega

theorem ctz_emod (w : Nat) (n : Int) : n % pow2 (ctz w n) = 0 := by
  induction w generalizing n with
  | zero => simp [ctz]
  | succ w ih =>
    simp only [ctz]
    split
    · next h =>
      have b := (ctz_bounds w (n / 2)).1
      obtain ⟨c, hc⟩ := Int.dvd_of_emod_eq_zero (ih (n / 2))
      rw [Int.add_comm 1, pow2_succ b]
      refine Int.emod_eq_zero_of_dvd ⟨c, ?_⟩
      have : n = 2 * (n / 2) := by omega
      generalize n / 2 = q at *
      rw [Int.mul_assoc, ← hc]; exact this
    · simp

theorem ctz_bit (w : Nat) (n : Int) (h : ctz w n < w) : n / pow2 (ctz w n) % 2 = 1 := by
  induction w generalizing n with
  | zero => simp [ctz] at h
  | succ w ih =>
    simp only [ctz] at h ⊢
    split at h
    · next e =>
      simp only [e, ↓reduceIte]
      have b := (ctz_bounds w (n / 2)).1
      rw [Int.add_comm 1, pow2_succ b, ← Int.ediv_ediv_of_nonneg (by omega)]
      exact ih (n / 2) (by omega)
    · next e =>
      simp only [e, ↓reduceIte, pow2_zero, Int.ediv_one]; omega

theorem clz_small (w : Nat) (n : Int) (h : 0 ≤ n ∧ n < pow2 w) : n < pow2 (w - clz w n) := by
  induction w with
  | zero => simpa [clz] using h.2
  | succ w ih =>
    have e := pow2_succ (k := (w : Int)) (by omega)
    simp only [clz]
    split
    · next c =>
      have f := ediv_pos_facts n (pow2 w) (pow2_pos _)
      have q0 := (f.1 h.1).1
      have q2 : n / pow2 w < 2 := Int.ediv_lt_of_lt_mul (pow2_pos _) (by rw [← e]; exact_mod_cast h.2)
      have z : n / pow2 w = 0 := by omega
      rw [z] at f
      have l := ih ⟨h.1, by omega⟩
      have : ((w + 1 : Nat) : Int) - (1 + clz w n) = w - clz w n := by omega
      rw [this]; exact l
    · simpa using h.2

theorem clz_large (w : Nat) (n : Int) (h : 0 ≤ n ∧ n < pow2 w) (c : clz w n < w) : pow2 (w - clz w n - 1) ≤ n := by
  induction w with
  | zero => simp [clz] at c
  | succ w ih =>
    have e := pow2_succ (k := (w : Int)) (by omega)
    have f := ediv_pos_facts n (pow2 w) (pow2_pos _)
    have q0 := (f.1 h.1).1
    have q2 : n / pow2 w < 2 := Int.ediv_lt_of_lt_mul (pow2_pos _) (by rw [← e]; exact_mod_cast h.2)
    simp only [clz] at c ⊢
    split
    · next z =>
      simp only [z, ↓reduceIte] at c
      have z : n / pow2 w = 0 := by omega
      rw [z] at f
      have : ((w + 1 : Nat) : Int) - (1 + clz w n) - 1 = w - clz w n - 1 := by omega
      rw [this]
      exact ih ⟨h.1, by omega⟩ (by omega)
    · next z =>
      have o : n / pow2 w = 1 := by omega
      rw [o] at f
      have : ((w + 1 : Nat) : Int) - 0 - 1 = w := by omega
      rw [this]; omega

theorem bits_u32 {t : IntTy} {n : Int} (h : 0 ≤ n ∧ n ≤ t.bits) : IntTy.min .u32 ≤ n ∧ n ≤ IntTy.max .u32 := by
  have : t.bits ≤ 128 := by cases t <;> decide
  show 0 ≤ n ∧ n ≤ 4294967295
  omega

-- @op int.count_ones MInt.countOnes t a
-- @rust count_ones of the integer types
-- @case y:int(u32) | {y} = popcount {t.bits} {a} ; 0 ≤ {y} ∧ {y} ≤ {t.bits} => y
def MInt.countOnes (t : IntTy) (a : MInt t) : Outcome (MInt .u32) := .ok (.ofInt .u32 (popcount t.bits a.val))

theorem MInt.countOnes_holds {t : IntTy} {a : MInt t} {P : MInt .u32 → Prop}
    (k : ∀ y : MInt .u32, y.val = popcount t.bits a.val → 0 ≤ y.val ∧ y.val ≤ t.bits → P y) : (countOnes t a).holds P :=
  ok_ofInt_holds (bits_u32 (popcount_bounds ..)) fun y e => k y e (e ▸ popcount_bounds ..)

-- @op int.count_zeros MInt.countZeros t a
-- @rust count_zeros of the integer types
-- @case y:int(u32) | {y} = {t.bits} - popcount {t.bits} {a} ; 0 ≤ {y} ∧ {y} ≤ {t.bits} => y
def MInt.countZeros (t : IntTy) (a : MInt t) : Outcome (MInt .u32) := .ok (.ofInt .u32 (t.bits - popcount t.bits a.val))

theorem MInt.countZeros_holds {t : IntTy} {a : MInt t} {P : MInt .u32 → Prop}
    (k : ∀ y : MInt .u32, y.val = t.bits - popcount t.bits a.val → 0 ≤ y.val ∧ y.val ≤ t.bits → P y) :
    (countZeros t a).holds P := by
  have b := popcount_bounds t.bits a.val
  exact ok_ofInt_holds (bits_u32 (t := t) (by omega)) fun y e => k y e (by omega)

-- @op int.trailing_zeros MInt.trailingZeros t a
-- @rust trailing_zeros of the integer types
-- @case y:int(u32) | {y} = ctz {t.bits} {a} ; 0 ≤ {y} ∧ {y} ≤ {t.bits} ; {a} % pow2 {y} = 0 ; {y} < {t.bits} → {a} / pow2 {y} % 2 = 1 ; {y} = {t.bits} → {a} = 0 ; {a} = 0 → {y} = {t.bits} => y
def MInt.trailingZeros (t : IntTy) (a : MInt t) : Outcome (MInt .u32) := .ok (.ofInt .u32 (ctz t.bits a.val))

theorem MInt.trailingZeros_holds {t : IntTy} {a : MInt t} {P : MInt .u32 → Prop}
    (k : ∀ y : MInt .u32, y.val = ctz t.bits a.val → 0 ≤ y.val ∧ y.val ≤ t.bits → a.val % pow2 y.val = 0 →
      (y.val < t.bits → a.val / pow2 y.val % 2 = 1) → (y.val = t.bits → a.val = 0) → (a.val = 0 → y.val = t.bits) →
      P y) : (trailingZeros t a).holds P := by
  refine ok_ofInt_holds (bits_u32 (ctz_bounds ..)) fun y e => k y e (e ▸ ctz_bounds ..) (e ▸ ctz_emod ..)
    (fun h => e ▸ ctz_bit _ _ (e ▸ h)) (fun h => ?_) fun h => ?_
  · have m := ctz_emod t.bits a.val
    rw [← e, h] at m
    have p : pow2 t.bits = t.modulus := by rw [IntTy.modulus_eq_pow]; rfl
    rw [p] at m
    exact eq_zero_of_emod m
  · have : ∀ w, ctz w 0 = w := fun w => by
      induction w with
      | zero => rfl
      | succ w ih => simp [ctz, ih]; omega
    rw [e, h, this]

-- @op int.leading_zeros MInt.leadingZeros t a
-- @rust leading_zeros of the integer types
-- @case y:int(u32) | {y} = clz {t.bits} ({a} % {t.mod}) ; 0 ≤ {y} ∧ {y} ≤ {t.bits} ; {a} % {t.mod} < pow2 ({t.bits} - {y}) ; {y} < {t.bits} → pow2 ({t.bits} - {y} - 1) ≤ {a} % {t.mod} ; {y} = {t.bits} → {a} = 0 ; {a} = 0 → {y} = {t.bits} => y
def MInt.leadingZeros (t : IntTy) (a : MInt t) : Outcome (MInt .u32) := .ok (.ofInt .u32 (clz t.bits (a.val % t.modulus)))

theorem MInt.leadingZeros_holds {t : IntTy} {a : MInt t} {P : MInt .u32 → Prop}
    (k : ∀ y : MInt .u32, y.val = clz t.bits (a.val % t.modulus) → 0 ≤ y.val ∧ y.val ≤ t.bits →
      a.val % t.modulus < pow2 (t.bits - y.val) →
      (y.val < t.bits → pow2 (t.bits - y.val - 1) ≤ a.val % t.modulus) → (y.val = t.bits → a.val = 0) →
      (a.val = 0 → y.val = t.bits) → P y) : (leadingZeros t a).holds P := by
  have p : pow2 t.bits = t.modulus := by rw [IntTy.modulus_eq_pow]; rfl
  have mp : 0 < t.modulus := p ▸ pow2_pos _
  have r : 0 ≤ a.val % t.modulus ∧ a.val % t.modulus < pow2 t.bits :=
    ⟨Int.emod_nonneg _ (by omega), by rw [p]; exact Int.emod_lt_of_pos _ mp⟩
  have s := clz_small t.bits _ r
  have l := clz_large t.bits _ r
  refine ok_ofInt_holds (bits_u32 (clz_bounds ..)) fun y e => k y e (e ▸ clz_bounds ..) (e ▸ s)
    (fun h => e ▸ l (e ▸ h)) (fun h => ?_) fun h => ?_
  · rw [← e, h, Int.sub_self, pow2_zero] at s
    exact eq_zero_of_emod (Int.le_antisymm (Int.le_of_lt_add_one s) r.1)
  · have b := clz_bounds t.bits (a.val % t.modulus)
    rw [h, Int.zero_emod] at l b e
    by_cases q : clz t.bits 0 < t.bits
    · have := pow2_pos (t.bits - clz t.bits 0 - 1)
      have := l q
      omega
    · omega

-- @op int.is_power_of_two MInt.isPowerOfTwo t a
-- @rust is_power_of_two of the unsigned integer types
-- @case k:math | 0 ≤ {k} ∧ {k} < {t.bits} ; {a} = pow2 {k} => true
-- @case | ∀ k : Int, {a} ≠ pow2 k => false
def MInt.isPowerOfTwo (t : IntTy) (a : MInt t) : Outcome Bool := .ok (decide (a.val = pow2 a.val.toNat.log2))

theorem MInt.isPowerOfTwo_holds {t : IntTy} {a : MInt t} {P : Bool → Prop}
    (k1 : ∀ k : Int, 0 ≤ k ∧ k < t.bits → a.val = pow2 k → P true) (k2 : (∀ k : Int, a.val ≠ pow2 k) → P false) :
    (isPowerOfTwo t a).holds P := by
  refine ⟨_, rfl, ?_⟩
  by_cases h : a.val = pow2 a.val.toNat.log2
  · simp only [decide_eq_true h]
    refine k1 _ ⟨by omega, ?_⟩ h
    have ha := a.bounds
    have hm := max_lt_modulus t
    have p : pow2 t.bits = t.modulus := by rw [IntTy.modulus_eq_pow]; rfl
    by_cases q : (a.val.toNat.log2 : Int) < t.bits
    · exact q
    · have := pow2_le (j := t.bits) (k := a.val.toNat.log2) (by omega)
      omega
  · simp only [decide_eq_false h]
    refine k2 fun k e => h ?_
    have : a.val.toNat = 2 ^ k.toNat := by rw [e, pow2, Int.toNat_natCast]
    rw [this, Nat.log2_two_pow, e]
    simp only [pow2, Int.toNat_natCast]

/-! ## Single bits at any position -/

/-- A bit of a natural number. -/
theorem bit_nat (n : Nat) (k : Int) : ((n : Int) / pow2 k) % 2 = 1 ↔ n.testBit k.toNat = true := by
  rw [pow2, Nat.testBit_eq_decide_div_mod_eq]
  simp only [decide_eq_true_eq]
  omega

/-- The bit of a union at any position. -/
theorem bit_ior {t : IntTy} (a b : MInt t) (k : Int) (ha : 0 ≤ a.val) (hb : 0 ≤ b.val) :
    (ior t a.val b.val / pow2 k) % 2 = 1 ↔ (a.val / pow2 k) % 2 = 1 ∨ (b.val / pow2 k) % 2 = 1 := by
  have ea := bit_nat a.val.toNat k
  have eb := bit_nat b.val.toNat k
  rw [Int.toNat_of_nonneg ha] at ea
  rw [Int.toNat_of_nonneg hb] at eb
  rw [ior_nat a b ha hb, bit_nat, ea, eb, Nat.testBit_or, Bool.or_eq_true]

/-- The bit of an intersection at any position. -/
theorem bit_iand {t : IntTy} (a b : MInt t) (k : Int) (ha : 0 ≤ a.val) (hb : 0 ≤ b.val) :
    (iand t a.val b.val / pow2 k) % 2 = 1 ↔ (a.val / pow2 k) % 2 = 1 ∧ (b.val / pow2 k) % 2 = 1 := by
  have ea := bit_nat a.val.toNat k
  have eb := bit_nat b.val.toNat k
  rw [Int.toNat_of_nonneg ha] at ea
  rw [Int.toNat_of_nonneg hb] at eb
  rw [iand_nat a b ha hb, bit_nat, ea, eb, Nat.testBit_and, Bool.and_eq_true]

/-- The bit of a difference at any position. -/
theorem bit_ixor {t : IntTy} (a b : MInt t) (k : Int) (ha : 0 ≤ a.val) (hb : 0 ≤ b.val) :
    (ixor t a.val b.val / pow2 k) % 2 = 1 ↔ ¬((a.val / pow2 k) % 2 = 1 ↔ (b.val / pow2 k) % 2 = 1) := by
  have ea := bit_nat a.val.toNat k
  have eb := bit_nat b.val.toNat k
  rw [Int.toNat_of_nonneg ha] at ea
  rw [Int.toNat_of_nonneg hb] at eb
  rw [ixor_nat a b ha hb, bit_nat, ea, eb, Nat.testBit_xor]
  cases a.val.toNat.testBit k.toNat <;> cases b.val.toNat.testBit k.toNat <;> decide

/-- `1 << x` as a power of two. -/
theorem single_nat {y x M : Int} (w : Nat) (h : y = (1 * pow2 x) % M) (e : M = ((2 ^ w : Nat) : Int)) (hx : 0 ≤ x)
    (hw : x < w) : y = ((2 ^ x.toNat : Nat) : Int) := by
  have l : 2 ^ x.toNat < 2 ^ w := Nat.pow_lt_pow_right (by decide) (by omega)
  rw [h, e, pow2, Int.one_mul]
  exact Int.emod_eq_of_lt (Int.natCast_nonneg _) (Int.ofNat_lt.mpr l)

/-- The bits of `1 << x`. -/
theorem bit_single {y x M : Int} (w : Nat) (k : Int) (h : y = (1 * pow2 x) % M) (e : M = ((2 ^ w : Nat) : Int)) (hx : 0 ≤ x)
    (hw : x < w) (hk : 0 ≤ k) : (y / pow2 k) % 2 = 1 ↔ k = x := by
  rw [single_nat w h e hx hw, bit_nat, Nat.testBit_two_pow, decide_eq_true_eq]
  omega

/-- The bits of `!a`. -/
theorem bit_not {y a M : Int} (w : Nat) (k : Int) (h : y = M - a) (e : M + 1 = ((2 ^ w : Nat) : Int)) (ha : 0 ≤ a ∧ a ≤ M)
    (hk : 0 ≤ k) (hw : k < w) : (y / pow2 k) % 2 = 1 ↔ ¬ (a / pow2 k) % 2 = 1 := by
  have ea := bit_nat a.toNat k
  rw [Int.toNat_of_nonneg ha.1] at ea
  have ey : y = ((2 ^ w - (a.toNat + 1) : Nat) : Int) := by omega
  rw [ey, bit_nat, ea, Nat.testBit_two_pow_sub_succ (by omega)]
  have : k.toNat < w := by omega
  simp [this]

/-- `a & (1 << x)` is zero where the bit of `a` is. -/
theorem mask_zero {t : IntTy} {y x M : Int} (w : Nat) (a b : MInt t) (h : b.val = (1 * pow2 x) % M) (e : M = ((2 ^ w : Nat) : Int))
    (hx : 0 ≤ x) (hw : x < w) (ha : 0 ≤ a.val) (hy : y = iand t a.val b.val) : y = 0 ↔ ¬ (a.val / pow2 x) % 2 = 1 := by
  have eb := single_nat w h e hx hw
  have ea := bit_nat a.val.toNat x
  rw [Int.toNat_of_nonneg ha] at ea
  rw [hy, iand_nat a b ha (by rw [eb]; exact Int.natCast_nonneg _), ea, eb, Int.toNat_natCast]
  constructor
  · intro z n
    have z : a.val.toNat &&& 2 ^ x.toNat = 0 := Int.ofNat_eq_zero.mp z
    have z := congrArg (fun m => m.testBit x.toNat) z
    simp [Nat.testBit_and, n] at z
  · intro n
    have z : a.val.toNat &&& 2 ^ x.toNat = 0 := by
      refine Nat.eq_of_testBit_eq fun j => ?_
      simp only [Nat.testBit_and, Nat.testBit_two_pow, Nat.zero_testBit]
      by_cases j = x.toNat <;> simp_all
      omega
    exact Int.ofNat_eq_zero.mpr z

/-- What is shifted to the right stays within the type. -/
theorem shifted_within {a m : Int} (k : Int) (h : 0 ≤ a ∧ a ≤ m) : 0 ≤ a / pow2 k ∧ a / pow2 k ≤ m := by
  have p := pow2_pos k
  have l := Int.ediv_le_self (pow2 k) h.1
  exact ⟨Int.ediv_nonneg h.1 (by omega), by omega⟩

end Harmonic
