module
public import Harmonic.Int

/-! The methods of the integer types, and their bits. -/

@[expose] public section
noncomputable section

namespace Harmonic

theorem ok_checked {t : IntTy} {n : Int} (h : t.min ≤ n ∧ n ≤ t.max) : checked t n = .ok ⟨n, h⟩ := by
  exact dif_pos h

/-- The value of `t` nearest to `n`. -/
def saturate (t : IntTy) (n : Int) : MInt t :=
  if h : t.min ≤ n ∧ n ≤ t.max then ⟨n, h⟩
  else if n < t.min then ⟨t.min, Int.le_refl _, t.min_le_max⟩ else ⟨t.max, t.min_le_max, Int.le_refl _⟩

theorem saturate_holds {t : IntTy} {n : Int} {P : MInt t → Prop}
    (k : ∀ y : MInt t, (t.min ≤ n ∧ n ≤ t.max → y.val = n) → (n < t.min → y.val = t.min) →
      (t.max < n → y.val = t.max) → P y) : (Outcome.ok (saturate t n)).holds P := by
  unfold saturate
  split
  · next h =>
    exact ⟨_, rfl, k _ (fun _ => rfl) (fun c => absurd c (Int.not_lt.mpr h.1)) fun c => absurd c (Int.not_lt.mpr h.2)⟩
  · next h =>
    split
    · next c =>
      exact ⟨_, rfl, k _ (fun b => absurd b h) (fun _ => rfl) fun d =>
        absurd (Int.lt_trans c (Int.lt_of_le_of_lt t.min_le_max d)) (Int.lt_irrefl _)⟩
    · next c => exact ⟨_, rfl, k _ (fun b => absurd b h) (fun d => absurd d c) fun _ => rfl⟩

/-- The low bits of `n` in `t`, and whether bits were lost. -/
def overflowing (t : IntTy) (n : Int) : MInt t × Bool := (.ofInt t n, !decide (t.min ≤ n ∧ n ≤ t.max))

theorem overflowing_holds {t : IntTy} {n : Int} {P : MInt t × Bool → Prop}
    (k1 : ∀ y : MInt t, y.val = n → P (y, false))
    (k2 : ∀ y : MInt t, ¬(t.min ≤ n ∧ n ≤ t.max) → y.val = t.wrap n → P (y, true)) :
    (Outcome.ok (overflowing t n)).holds P := by
  refine ⟨_, rfl, ?_⟩
  by_cases h : t.min ≤ n ∧ n ≤ t.max
  · rw [overflowing, decide_eq_true h]
    exact k1 (.ofInt t n) (IntTy.wrap_of_bounds h)
  · rw [overflowing, decide_eq_false h]
    exact k2 (.ofInt t n) h rfl

/-! ## Families of addition, subtraction, multiplication and negation -/

-- @op int.wrapping_add MInt.wrappingAdd t a b
-- @rust wrapping_add of the integer types
-- @case y:int(t) | {y} = {t.wrap ({a} + {b})} => y
def MInt.wrappingAdd (t : IntTy) (a b : MInt t) : Outcome (MInt t) := wrapped t (a.val + b.val)

theorem MInt.wrappingAdd_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = t.wrap (a.val + b.val) → P y) : (wrappingAdd t a b).holds P :=
  wrapped_holds k

-- @op int.checked_add MInt.checkedAdd t a b
-- @rust checked_add of the integer types
-- @case y:int(t) | {y} = {a} + {b} => some(y)
-- @case | ¬({t.min} ≤ {a} + {b} ∧ {a} + {b} ≤ {t.max}) => none
def MInt.checkedAdd (t : IntTy) (a b : MInt t) : Outcome (Option (MInt t)) :=
  if h : t.min ≤ a.val + b.val ∧ a.val + b.val ≤ t.max then .ok (some ⟨_, h⟩) else .ok none

theorem MInt.checkedAdd_holds {t : IntTy} {a b : MInt t} {P : Option (MInt t) → Prop}
    (k1 : ∀ y : MInt t, y.val = a.val + b.val → P (some y))
    (k2 : ¬(t.min ≤ a.val + b.val ∧ a.val + b.val ≤ t.max) → P none) : (checkedAdd t a b).holds P := by
  unfold checkedAdd
  split
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 ‹_›⟩

-- @op int.saturating_add MInt.saturatingAdd t a b
-- @rust saturating_add of the integer types
-- @case y:int(t) | {t.min} ≤ {a} + {b} ∧ {a} + {b} ≤ {t.max} → {y} = {a} + {b} ; {a} + {b} < {t.min} → {y} = {t.min} ; {t.max} < {a} + {b} → {y} = {t.max} => y
def MInt.saturatingAdd (t : IntTy) (a b : MInt t) : Outcome (MInt t) := .ok (saturate t (a.val + b.val))

theorem MInt.saturatingAdd_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, (t.min ≤ a.val + b.val ∧ a.val + b.val ≤ t.max → y.val = a.val + b.val) →
      (a.val + b.val < t.min → y.val = t.min) → (t.max < a.val + b.val → y.val = t.max) → P y) :
    (saturatingAdd t a b).holds P :=
  saturate_holds k

-- @op int.overflowing_add MInt.overflowingAdd t a b
-- @rust overflowing_add of the integer types
-- @case y:int(t) | {y} = {a} + {b} => pair(y, false)
-- @case y:int(t) | ¬({t.min} ≤ {a} + {b} ∧ {a} + {b} ≤ {t.max}) ; {y} = {t.wrap ({a} + {b})} => pair(y, true)
def MInt.overflowingAdd (t : IntTy) (a b : MInt t) : Outcome (MInt t × Bool) := .ok (overflowing t (a.val + b.val))

theorem MInt.overflowingAdd_holds {t : IntTy} {a b : MInt t} {P : MInt t × Bool → Prop}
    (k1 : ∀ y : MInt t, y.val = a.val + b.val → P (y, false))
    (k2 : ∀ y : MInt t, ¬(t.min ≤ a.val + b.val ∧ a.val + b.val ≤ t.max) → y.val = t.wrap (a.val + b.val) → P (y, true)) :
    (overflowingAdd t a b).holds P :=
  overflowing_holds k1 k2

-- @op int.wrapping_sub MInt.wrappingSub t a b
-- @rust wrapping_sub of the integer types
-- @case y:int(t) | {y} = {t.wrap ({a} - {b})} => y
def MInt.wrappingSub (t : IntTy) (a b : MInt t) : Outcome (MInt t) := wrapped t (a.val - b.val)

theorem MInt.wrappingSub_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = t.wrap (a.val - b.val) → P y) : (wrappingSub t a b).holds P :=
  wrapped_holds k

-- @op int.checked_sub MInt.checkedSub t a b
-- @rust checked_sub of the integer types
-- @case y:int(t) | {y} = {a} - {b} => some(y)
-- @case | ¬({t.min} ≤ {a} - {b} ∧ {a} - {b} ≤ {t.max}) => none
def MInt.checkedSub (t : IntTy) (a b : MInt t) : Outcome (Option (MInt t)) :=
  if h : t.min ≤ a.val - b.val ∧ a.val - b.val ≤ t.max then .ok (some ⟨_, h⟩) else .ok none

theorem MInt.checkedSub_holds {t : IntTy} {a b : MInt t} {P : Option (MInt t) → Prop}
    (k1 : ∀ y : MInt t, y.val = a.val - b.val → P (some y))
    (k2 : ¬(t.min ≤ a.val - b.val ∧ a.val - b.val ≤ t.max) → P none) : (checkedSub t a b).holds P := by
  unfold checkedSub
  split
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 ‹_›⟩

-- @op int.saturating_sub MInt.saturatingSub t a b
-- @rust saturating_sub of the integer types
-- @case y:int(t) | {t.min} ≤ {a} - {b} ∧ {a} - {b} ≤ {t.max} → {y} = {a} - {b} ; {a} - {b} < {t.min} → {y} = {t.min} ; {t.max} < {a} - {b} → {y} = {t.max} => y
def MInt.saturatingSub (t : IntTy) (a b : MInt t) : Outcome (MInt t) := .ok (saturate t (a.val - b.val))

theorem MInt.saturatingSub_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, (t.min ≤ a.val - b.val ∧ a.val - b.val ≤ t.max → y.val = a.val - b.val) →
      (a.val - b.val < t.min → y.val = t.min) → (t.max < a.val - b.val → y.val = t.max) → P y) :
    (saturatingSub t a b).holds P :=
  saturate_holds k

-- @op int.overflowing_sub MInt.overflowingSub t a b
-- @rust overflowing_sub of the integer types
-- @case y:int(t) | {y} = {a} - {b} => pair(y, false)
-- @case y:int(t) | ¬({t.min} ≤ {a} - {b} ∧ {a} - {b} ≤ {t.max}) ; {y} = {t.wrap ({a} - {b})} => pair(y, true)
def MInt.overflowingSub (t : IntTy) (a b : MInt t) : Outcome (MInt t × Bool) := .ok (overflowing t (a.val - b.val))

theorem MInt.overflowingSub_holds {t : IntTy} {a b : MInt t} {P : MInt t × Bool → Prop}
    (k1 : ∀ y : MInt t, y.val = a.val - b.val → P (y, false))
    (k2 : ∀ y : MInt t, ¬(t.min ≤ a.val - b.val ∧ a.val - b.val ≤ t.max) → y.val = t.wrap (a.val - b.val) → P (y, true)) :
    (overflowingSub t a b).holds P :=
  overflowing_holds k1 k2

-- @op int.wrapping_mul MInt.wrappingMul t a b
-- @rust wrapping_mul of the integer types
-- @case y:int(t) | {y} = {t.wrap ({a} * {b})} => y
def MInt.wrappingMul (t : IntTy) (a b : MInt t) : Outcome (MInt t) := wrapped t (a.val * b.val)

theorem MInt.wrappingMul_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = t.wrap (a.val * b.val) → P y) : (wrappingMul t a b).holds P :=
  wrapped_holds k

-- @op int.checked_mul MInt.checkedMul t a b
-- @rust checked_mul of the integer types
-- @case y:int(t) | {y} = {a} * {b} => some(y)
-- @case | ¬({t.min} ≤ {a} * {b} ∧ {a} * {b} ≤ {t.max}) => none
def MInt.checkedMul (t : IntTy) (a b : MInt t) : Outcome (Option (MInt t)) :=
  if h : t.min ≤ a.val * b.val ∧ a.val * b.val ≤ t.max then .ok (some ⟨_, h⟩) else .ok none

theorem MInt.checkedMul_holds {t : IntTy} {a b : MInt t} {P : Option (MInt t) → Prop}
    (k1 : ∀ y : MInt t, y.val = a.val * b.val → P (some y))
    (k2 : ¬(t.min ≤ a.val * b.val ∧ a.val * b.val ≤ t.max) → P none) : (checkedMul t a b).holds P := by
  unfold checkedMul
  split
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 ‹_›⟩

-- @op int.saturating_mul MInt.saturatingMul t a b
-- @rust saturating_mul of the integer types
-- @case y:int(t) | {t.min} ≤ {a} * {b} ∧ {a} * {b} ≤ {t.max} → {y} = {a} * {b} ; {a} * {b} < {t.min} → {y} = {t.min} ; {t.max} < {a} * {b} → {y} = {t.max} => y
def MInt.saturatingMul (t : IntTy) (a b : MInt t) : Outcome (MInt t) := .ok (saturate t (a.val * b.val))

theorem MInt.saturatingMul_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, (t.min ≤ a.val * b.val ∧ a.val * b.val ≤ t.max → y.val = a.val * b.val) →
      (a.val * b.val < t.min → y.val = t.min) → (t.max < a.val * b.val → y.val = t.max) → P y) :
    (saturatingMul t a b).holds P :=
  saturate_holds k

-- @op int.overflowing_mul MInt.overflowingMul t a b
-- @rust overflowing_mul of the integer types
-- @case y:int(t) | {y} = {a} * {b} => pair(y, false)
-- @case y:int(t) | ¬({t.min} ≤ {a} * {b} ∧ {a} * {b} ≤ {t.max}) ; {y} = {t.wrap ({a} * {b})} => pair(y, true)
def MInt.overflowingMul (t : IntTy) (a b : MInt t) : Outcome (MInt t × Bool) := .ok (overflowing t (a.val * b.val))

theorem MInt.overflowingMul_holds {t : IntTy} {a b : MInt t} {P : MInt t × Bool → Prop}
    (k1 : ∀ y : MInt t, y.val = a.val * b.val → P (y, false))
    (k2 : ∀ y : MInt t, ¬(t.min ≤ a.val * b.val ∧ a.val * b.val ≤ t.max) → y.val = t.wrap (a.val * b.val) → P (y, true)) :
    (overflowingMul t a b).holds P :=
  overflowing_holds k1 k2

-- @op int.wrapping_neg MInt.wrappingNeg t a
-- @rust wrapping_neg of the integer types
-- @case y:int(t) | {y} = {t.wrap (-{a})} => y
def MInt.wrappingNeg (t : IntTy) (a : MInt t) : Outcome (MInt t) := wrapped t (-a.val)

theorem MInt.wrappingNeg_holds {t : IntTy} {a : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = t.wrap (-a.val) → P y) : (wrappingNeg t a).holds P :=
  wrapped_holds k

-- @op int.checked_neg MInt.checkedNeg t a
-- @rust checked_neg of the integer types
-- @case y:int(t) | {y} = -{a} => some(y)
-- @case | ¬({t.min} ≤ -{a} ∧ -{a} ≤ {t.max}) => none
def MInt.checkedNeg (t : IntTy) (a : MInt t) : Outcome (Option (MInt t)) :=
  if h : t.min ≤ -a.val ∧ -a.val ≤ t.max then .ok (some ⟨_, h⟩) else .ok none

theorem MInt.checkedNeg_holds {t : IntTy} {a : MInt t} {P : Option (MInt t) → Prop}
    (k1 : ∀ y : MInt t, y.val = -a.val → P (some y))
    (k2 : ¬(t.min ≤ -a.val ∧ -a.val ≤ t.max) → P none) : (checkedNeg t a).holds P := by
  unfold checkedNeg
  split
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 ‹_›⟩

/-! ## Division -/

-- @op int.checked_div MInt.checkedDiv t a b
-- @rust checked_div of the integer types
-- @case y:int(t) | {b} ≠ 0 ; {y} = Int.tdiv {a} {b} ; 0 ≤ {a} → {y} = {a} / {b} ; {a} < 0 → {y} = -((-{a}) / {b}) => some(y)
-- @case | {b} = 0 ∨ ({a} = {t.min} ∧ {b} = -1) => none
def MInt.checkedDiv (t : IntTy) (a b : MInt t) : Outcome (Option (MInt t)) :=
  if b.val = 0 ∨ (a.val = t.min ∧ b.val = -1) then .ok none else .ok (some (.ofInt t (a.val.tdiv b.val)))

theorem MInt.checkedDiv_holds {t : IntTy} {a b : MInt t} {P : Option (MInt t) → Prop}
    (k1 : ∀ y : MInt t, b.val ≠ 0 → y.val = Int.tdiv a.val b.val → (0 ≤ a.val → y.val = a.val / b.val) →
      (a.val < 0 → y.val = -((-a.val) / b.val)) → P (some y))
    (k2 : b.val = 0 ∨ (a.val = t.min ∧ b.val = -1) → P none) : (checkedDiv t a b).holds P := by
  by_cases c : b.val = 0 ∨ (a.val = t.min ∧ b.val = -1)
  · exact ⟨_, if_pos c, k2 c⟩
  · have c' := not_or.mp c
    rw [checkedDiv, if_neg c]
    have e : (MInt.ofInt t (a.val.tdiv b.val)).val = a.val.tdiv b.val := IntTy.wrap_of_bounds (tdiv_bounds c'.2)
    refine ⟨_, rfl, k1 _ c'.1 e ?_ ?_⟩ <;> rw [e]
    · exact Int.tdiv_eq_ediv_of_nonneg
    · intro h
      exact (tdiv_of_neg a.val b.val).resolve_right (Int.not_le.mpr h)

-- @op int.checked_rem MInt.checkedRem t a b
-- @rust checked_rem of the integer types
-- @case y:int(t) | {b} ≠ 0 ; {y} = Int.tmod {a} {b} ; 0 ≤ {a} → {y} = {a} % {b} ; {a} < 0 → {y} = -((-{a}) % {b}) => some(y)
-- @case | {b} = 0 ∨ ({a} = {t.min} ∧ {b} = -1) => none
def MInt.checkedRem (t : IntTy) (a b : MInt t) : Outcome (Option (MInt t)) :=
  if b.val = 0 ∨ (a.val = t.min ∧ b.val = -1) then .ok none else .ok (some (.ofInt t (a.val.tmod b.val)))

theorem MInt.checkedRem_holds {t : IntTy} {a b : MInt t} {P : Option (MInt t) → Prop}
    (k1 : ∀ y : MInt t, b.val ≠ 0 → y.val = Int.tmod a.val b.val → (0 ≤ a.val → y.val = a.val % b.val) →
      (a.val < 0 → y.val = -((-a.val) % b.val)) → P (some y))
    (k2 : b.val = 0 ∨ (a.val = t.min ∧ b.val = -1) → P none) : (checkedRem t a b).holds P := by
  by_cases c : b.val = 0 ∨ (a.val = t.min ∧ b.val = -1)
  · exact ⟨_, if_pos c, k2 c⟩
  · have c' := not_or.mp c
    have f := tmod_facts a.val b.val
    rw [checkedRem, if_neg c]
    have e : (MInt.ofInt t (a.val.tmod b.val)).val = a.val.tmod b.val := IntTy.wrap_of_bounds (bounds_toward_zero f.1 f.2.1)
    refine ⟨_, rfl, k1 _ c'.1 e ?_ ?_⟩ <;> rw [e]
    · exact Int.tmod_eq_emod_of_nonneg
    · intro h
      exact (tmod_of_neg a.val b.val).resolve_right (Int.not_le.mpr h)

-- @op int.rem_euclid MInt.remEuclid t a b
-- @rust rem_euclid of the integer types
-- @req this remainder may be by zero: {b} ≠ 0
-- @req this remainder may overflow `{T}`: ¬({a} = {t.min} ∧ {b} = -1)
-- @case y:int(t) | {y} = {a} % {b} ; 0 ≤ {y} ; 0 < {b} → {y} < {b} ; {b} < 0 → {y} < -{b} ; 0 ≤ {a} → {y} ≤ {a} ; {a} = {b} * ({a} / {b}) + {y} => y
def MInt.remEuclid (t : IntTy) (a b : MInt t) : Outcome (MInt t) :=
  if b.val = 0 ∨ (a.val = t.min ∧ b.val = -1) then .panic else .ok (.ofInt t (a.val % b.val))

theorem MInt.remEuclid_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (no : ¬(a.val = t.min ∧ b.val = -1))
    (k : ∀ y : MInt t, y.val = a.val % b.val → 0 ≤ y.val → (0 < b.val → y.val < b.val) →
      (b.val < 0 → y.val < -b.val) → (0 ≤ a.val → y.val ≤ a.val) → a.val = b.val * (a.val / b.val) + y.val → P y) :
    (remEuclid t a b).holds P := by
  have c : ¬(b.val = 0 ∨ (a.val = t.min ∧ b.val = -1)) := not_or.mpr ⟨nz, no⟩
  have m0 := Int.emod_nonneg a.val nz
  have pos : 0 < b.val → a.val % b.val < b.val := Int.emod_lt_of_pos a.val
  have neg (h : b.val < 0) : a.val % b.val < -b.val := by
    have := Int.emod_lt_of_pos a.val (Int.neg_pos_of_neg h)
    rwa [Int.emod_neg] at this
  have le (h : 0 ≤ a.val) : a.val % b.val ≤ a.val := by
    have := tmod_le b.val h
    rwa [Int.tmod_eq_emod_of_nonneg h] at this
  have fits : a.val % b.val ≤ t.max := by
    rcases Int.lt_or_gt_of_ne nz with h | h
    · exact Int.le_of_lt_add_one (Int.lt_of_lt_of_le (neg h) (IntTy.neg_le_succ b.bounds.1 h))
    · exact Int.le_trans (Int.le_of_lt (pos h)) b.bounds.2
  rw [remEuclid, if_neg c]
  refine ok_ofInt_holds ⟨Int.le_trans t.min_nonpos m0, fits⟩ fun y hy => k y hy ?_ ?_ ?_ ?_ ?_ <;> rw [hy]
  · exact m0
  · exact pos
  · exact neg
  · exact le
  · exact (Int.mul_ediv_add_emod a.val b.val).symm

-- @op int.div_euclid MInt.divEuclid t a b
-- @rust div_euclid of the integer types
-- @req this division may be by zero: {b} ≠ 0
-- @req this division may overflow `{T}`: ¬({a} = {t.min} ∧ {b} = -1)
-- @case y:int(t) | {y} = {a} / {b} ; {b} * {y} ≤ {a} ; 0 < {b} → {a} < {b} * {y} + {b} ; {b} < 0 → {a} < {b} * {y} - {b} => y
def MInt.divEuclid (t : IntTy) (a b : MInt t) : Outcome (MInt t) :=
  if b.val = 0 ∨ (a.val = t.min ∧ b.val = -1) then .panic else .ok (.ofInt t (a.val / b.val))

theorem quotient_ne_min {m c : Int} (hm : m ≤ -2) (hc : 2 ≤ c) (h : m < c * m + c) : False := by
  have := Int.mul_le_mul_of_nonpos_right hc (c := m + 1) (by omega)
  rw [Int.mul_add, Int.mul_one] at this
  omega

theorem ediv_bounds {t : IntTy} {a b : MInt t} (nz : b.val ≠ 0) (no : ¬(a.val = t.min ∧ b.val = -1)) :
    t.min ≤ a.val / b.val ∧ a.val / b.val ≤ t.max := by
  have ha := a.bounds
  rcases Int.lt_or_gt_of_ne nz with hn | hp
  · have cp := Int.neg_pos_of_neg hn
    have f := ediv_pos_facts a.val (-b.val) cp
    have s : t.min = -t.max - 1 := t.min_cases.resolve_left fun e =>
      absurd (e ▸ b.bounds.1) (Int.not_le.mpr hn)
    have e : a.val / b.val = -(a.val / -b.val) := by rw [Int.ediv_neg, Int.neg_neg]
    rw [e]
    by_cases h : 0 ≤ a.val
    · have q := f.1 h
      exact ⟨IntTy.min_le_neg s (Int.le_trans q.2 ha.2), Int.le_trans (Int.neg_nonpos_of_nonneg q.1) t.max_nonneg⟩
    · have h := Int.not_le.mp h
      have q := f.2.1 h
      refine ⟨Int.le_trans t.min_nonpos (Int.le_of_lt (Int.neg_pos_of_neg q.2)), ?_⟩
      by_cases d : b.val = -1
      · exact Int.le_trans (Int.neg_le_neg q.1) (IntTy.neg_le_max ha.1 h fun m => no ⟨m, d⟩)
      · refine IntTy.neg_le_max (Int.le_trans ha.1 q.1) q.2 fun m => ?_
        have am : a.val = t.min := Int.le_antisymm (m ▸ q.1) ha.1
        have l := f.2.2.2
        rw [m, am] at l
        have p := t.max_pos
        exact quotient_ne_min (c := -b.val) (s ▸ (by omega : -t.max - 1 ≤ -2)) (by omega) l
  · exact shr_bounds (ediv_pos_facts a.val b.val hp)

theorem MInt.divEuclid_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop} (nz : b.val ≠ 0)
    (no : ¬(a.val = t.min ∧ b.val = -1))
    (k : ∀ y : MInt t, y.val = a.val / b.val → b.val * y.val ≤ a.val →
      (0 < b.val → a.val < b.val * y.val + b.val) → (b.val < 0 → a.val < b.val * y.val - b.val) → P y) :
    (divEuclid t a b).holds P := by
  have c : ¬(b.val = 0 ∨ (a.val = t.min ∧ b.val = -1)) := not_or.mpr ⟨nz, no⟩
  rw [divEuclid, if_neg c]
  refine ok_ofInt_holds (ediv_bounds nz no) fun y hy => k y hy ?_ ?_ ?_ <;> rw [hy]
  · exact Int.mul_ediv_self_le nz
  · exact fun h => (ediv_pos_facts a.val b.val h).2.2.2
  · intro h
    have := (ediv_pos_facts a.val (-b.val) (Int.neg_pos_of_neg h)).2.2.2
    rwa [Int.ediv_neg, Int.neg_mul_neg] at this

/-! ## Sign, size and powers -/

-- @op int.abs MInt.abs t a
-- @rust abs of the signed integer types
-- @req this absolute value may overflow `{T}`: {a} ≠ {t.min}
-- @case y:int(t) | 0 ≤ {a} → {y} = {a} ; {a} < 0 → {y} = -{a} ; 0 ≤ {y} => y
def MInt.abs (t : IntTy) (a : MInt t) : Outcome (MInt t) := if a.val < 0 then checked t (-a.val) else .ok a

theorem MInt.abs_holds {t : IntTy} {a : MInt t} {P : MInt t → Prop} (no : a.val ≠ t.min)
    (k : ∀ y : MInt t, (0 ≤ a.val → y.val = a.val) → (a.val < 0 → y.val = -a.val) → 0 ≤ y.val → P y) :
    (abs t a).holds P := by
  unfold abs
  split
  · next h =>
    exact checked_holds ⟨Int.le_trans t.min_nonpos (Int.le_of_lt (Int.neg_pos_of_neg h)),
        IntTy.neg_le_max a.bounds.1 h no⟩
      fun y e => k y (fun p => absurd h (Int.not_lt.mpr p)) (fun _ => e) (e ▸ Int.le_of_lt (Int.neg_pos_of_neg h))
  · next h => exact ⟨_, rfl, k a (fun _ => rfl) (fun n => absurd n h) (Int.not_lt.mp h)⟩

theorem unsigned_bounds {t : IntTy} {n : Int} (h : 0 ≤ n ∧ n ≤ t.max - t.min) : t.unsigned.min ≤ n ∧ n ≤ t.unsigned.max := by
  have e : t.unsigned.min = 0 ∧ t.unsigned.max = t.max - t.min := by cases t <;> exact ⟨rfl, rfl⟩
  rwa [e.1, e.2]

-- @op int.unsigned_abs MInt.unsignedAbs t a
-- @rust unsigned_abs of the signed integer types
-- @case y:int(unsigned(t)) | 0 ≤ {a} → {y} = {a} ; {a} < 0 → {y} = -{a} => y
def MInt.unsignedAbs (t : IntTy) (a : MInt t) : Outcome (MInt t.unsigned) := .ok (.ofInt _ (if a.val < 0 then -a.val else a.val))

theorem MInt.unsignedAbs_holds {t : IntTy} {a : MInt t} {P : MInt t.unsigned → Prop}
    (k : ∀ y : MInt t.unsigned, (0 ≤ a.val → y.val = a.val) → (a.val < 0 → y.val = -a.val) → P y) :
    (unsignedAbs t a).holds P := by
  have ha := a.bounds
  have hz := t.zero_bounds
  by_cases h : a.val < 0
  · rw [unsignedAbs, if_pos h]
    exact ok_ofInt_holds (unsigned_bounds ⟨by omega, by omega⟩) fun y e =>
      k y (fun p => absurd h (Int.not_lt.mpr p)) fun _ => e
  · rw [unsignedAbs, if_neg h]
    exact ok_ofInt_holds (unsigned_bounds ⟨Int.not_lt.mp h, by omega⟩) fun y e => k y (fun _ => e) fun n => absurd n h

-- @op int.abs_diff MInt.absDiff t a b
-- @rust abs_diff of the integer types
-- @case y:int(unsigned(t)) | {a} ≤ {b} → {y} = {b} - {a} ; {b} ≤ {a} → {y} = {a} - {b} => y
def MInt.absDiff (t : IntTy) (a b : MInt t) : Outcome (MInt t.unsigned) :=
  .ok (.ofInt _ (if a.val ≤ b.val then b.val - a.val else a.val - b.val))

theorem MInt.absDiff_holds {t : IntTy} {a b : MInt t} {P : MInt t.unsigned → Prop}
    (k : ∀ y : MInt t.unsigned, (a.val ≤ b.val → y.val = b.val - a.val) → (b.val ≤ a.val → y.val = a.val - b.val) → P y) :
    (absDiff t a b).holds P := by
  have ha := a.bounds
  have hb := b.bounds
  by_cases h : a.val ≤ b.val
  · rw [absDiff, if_pos h]
    refine ok_ofInt_holds (unsigned_bounds ⟨Int.sub_nonneg_of_le h, Int.sub_le_sub hb.2 ha.1⟩) fun y e =>
      k y (fun _ => e) fun g => ?_
    rw [e, Int.le_antisymm h g]
  · have g := Int.le_of_lt (Int.not_le.mp h)
    rw [absDiff, if_neg h]
    exact ok_ofInt_holds (unsigned_bounds ⟨Int.sub_nonneg_of_le g, Int.sub_le_sub ha.2 hb.1⟩) fun y e =>
      k y (fun p => absurd p h) fun _ => e

-- @op int.pow MInt.pow t a e
-- @rust pow of the integer types
-- @req this power may overflow `{T}`: {t.min} ≤ {a} ^ Int.toNat {e} ∧ {a} ^ Int.toNat {e} ≤ {t.max}
-- @case y:int(t) | {y} = {a} ^ Int.toNat {e} => y
def MInt.pow (t : IntTy) (a : MInt t) (e : MInt .u32) : Outcome (MInt t) := checked t (a.val ^ e.val.toNat)

theorem MInt.pow_holds {t : IntTy} {a : MInt t} {e : MInt .u32} {P : MInt t → Prop}
    (h : t.min ≤ a.val ^ e.val.toNat ∧ a.val ^ e.val.toNat ≤ t.max)
    (k : ∀ y : MInt t, y.val = a.val ^ e.val.toNat → P y) : (pow t a e).holds P :=
  checked_holds h k

-- @op int.checked_pow MInt.checkedPow t a e
-- @rust checked_pow of the integer types
-- @case y:int(t) | {y} = {a} ^ Int.toNat {e} => some(y)
-- @case | ¬({t.min} ≤ {a} ^ Int.toNat {e} ∧ {a} ^ Int.toNat {e} ≤ {t.max}) => none
def MInt.checkedPow (t : IntTy) (a : MInt t) (e : MInt .u32) : Outcome (Option (MInt t)) :=
  if h : t.min ≤ a.val ^ e.val.toNat ∧ a.val ^ e.val.toNat ≤ t.max then .ok (some ⟨_, h⟩) else .ok none

theorem MInt.checkedPow_holds {t : IntTy} {a : MInt t} {e : MInt .u32} {P : Option (MInt t) → Prop}
    (k1 : ∀ y : MInt t, y.val = a.val ^ e.val.toNat → P (some y))
    (k2 : ¬(t.min ≤ a.val ^ e.val.toNat ∧ a.val ^ e.val.toNat ≤ t.max) → P none) : (checkedPow t a e).holds P := by
  unfold checkedPow
  split
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 ‹_›⟩

-- @op int.wrapping_pow MInt.wrappingPow t a e
-- @rust wrapping_pow of the integer types
-- @case y:int(t) | {y} = {t.wrap ({a} ^ Int.toNat {e})} => y
def MInt.wrappingPow (t : IntTy) (a : MInt t) (e : MInt .u32) : Outcome (MInt t) := wrapped t (a.val ^ e.val.toNat)

theorem MInt.wrappingPow_holds {t : IntTy} {a : MInt t} {e : MInt .u32} {P : MInt t → Prop}
    (k : ∀ y : MInt t, y.val = t.wrap (a.val ^ e.val.toNat) → P y) : (wrappingPow t a e).holds P :=
  wrapped_holds k

-- @op int.saturating_pow MInt.saturatingPow t a e
-- @rust saturating_pow of the integer types
-- @case y:int(t) | {t.min} ≤ {a} ^ Int.toNat {e} ∧ {a} ^ Int.toNat {e} ≤ {t.max} → {y} = {a} ^ Int.toNat {e} ; {a} ^ Int.toNat {e} < {t.min} → {y} = {t.min} ; {t.max} < {a} ^ Int.toNat {e} → {y} = {t.max} => y
def MInt.saturatingPow (t : IntTy) (a : MInt t) (e : MInt .u32) : Outcome (MInt t) := .ok (saturate t (a.val ^ e.val.toNat))

theorem MInt.saturatingPow_holds {t : IntTy} {a : MInt t} {e : MInt .u32} {P : MInt t → Prop}
    (k : ∀ y : MInt t, (t.min ≤ a.val ^ e.val.toNat ∧ a.val ^ e.val.toNat ≤ t.max → y.val = a.val ^ e.val.toNat) →
      (a.val ^ e.val.toNat < t.min → y.val = t.min) → (t.max < a.val ^ e.val.toNat → y.val = t.max) → P y) :
    (saturatingPow t a e).holds P :=
  saturate_holds k

-- @op int.min MInt.min t a b
-- @rust min of the integer types
-- @case y:int(t) | {a} ≤ {b} → {y} = {a} ; {b} ≤ {a} → {y} = {b} ; {y} = Min.min {a} {b} => y
def MInt.min (t : IntTy) (a b : MInt t) : Outcome (MInt t) := .ok (if a.val ≤ b.val then a else b)

theorem MInt.min_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, (a.val ≤ b.val → y.val = a.val) → (b.val ≤ a.val → y.val = b.val) →
      y.val = Min.min a.val b.val → P y) : (min t a b).holds P := by
  refine ⟨_, rfl, ?_⟩
  split
  · next h => exact k _ (fun _ => rfl) (fun g => Int.le_antisymm h g) (Int.min_eq_left h).symm
  · next h =>
    exact k _ (fun g => absurd g h) (fun _ => rfl) (Int.min_eq_right (Int.le_of_lt (Int.not_le.mp h))).symm

-- @op int.max MInt.max t a b
-- @rust max of the integer types
-- @case y:int(t) | {a} ≤ {b} → {y} = {b} ; {b} ≤ {a} → {y} = {a} ; {y} = Max.max {a} {b} => y
def MInt.max (t : IntTy) (a b : MInt t) : Outcome (MInt t) := .ok (if a.val ≤ b.val then b else a)

theorem MInt.max_holds {t : IntTy} {a b : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, (a.val ≤ b.val → y.val = b.val) → (b.val ≤ a.val → y.val = a.val) →
      y.val = Max.max a.val b.val → P y) : (max t a b).holds P := by
  refine ⟨_, rfl, ?_⟩
  split
  · next h => exact k _ (fun _ => rfl) (fun g => Int.le_antisymm g h) (Int.max_eq_right h).symm
  · next h =>
    exact k _ (fun g => absurd g h) (fun _ => rfl) (Int.max_eq_left (Int.le_of_lt (Int.not_le.mp h))).symm

-- @op int.clamp MInt.clamp t a lo hi
-- @rust clamp of the integer types
-- @req the bounds of this clamp may be in the wrong order: {lo} ≤ {hi}
-- @case y:int(t) | {a} < {lo} → {y} = {lo} ; {hi} < {a} → {y} = {hi} ; {lo} ≤ {a} ∧ {a} ≤ {hi} → {y} = {a} => y
def MInt.clamp (t : IntTy) (a lo hi : MInt t) : Outcome (MInt t) :=
  if hi.val < lo.val then .panic
  else .ok (if a.val < lo.val then lo else if hi.val < a.val then hi else a)

theorem MInt.clamp_holds {t : IntTy} {a lo hi : MInt t} {P : MInt t → Prop} (h : lo.val ≤ hi.val)
    (k : ∀ y : MInt t, (a.val < lo.val → y.val = lo.val) → (hi.val < a.val → y.val = hi.val) →
      (lo.val ≤ a.val ∧ a.val ≤ hi.val → y.val = a.val) → P y) : (clamp t a lo hi).holds P := by
  have c : ¬hi.val < lo.val := Int.not_lt.mpr h
  rw [clamp, if_neg c]
  refine ⟨_, rfl, ?_⟩
  split
  · next l =>
    exact k _ (fun _ => rfl) (fun g => absurd (Int.lt_trans l (Int.lt_of_le_of_lt h g)) (Int.lt_irrefl _))
      fun g => absurd l (Int.not_lt.mpr g.1)
  · next l =>
    split
    · next g => exact k _ (fun c => absurd c l) (fun _ => rfl) fun c => absurd g (Int.not_lt.mpr c.2)
    · next g => exact k _ (fun c => absurd c l) (fun c => absurd c g) fun _ => rfl

-- @op int.signum MInt.signum t a
-- @rust signum of the signed integer types
-- @case y:int(t) | 0 < {a} → {y} = 1 ; {a} = 0 → {y} = 0 ; {a} < 0 → {y} = -1 => y
def MInt.signum (t : IntTy) (a : MInt t) : Outcome (MInt t) := .ok (.ofInt t a.val.sign)

theorem MInt.signum_holds {t : IntTy} {a : MInt t} {P : MInt t → Prop}
    (k : ∀ y : MInt t, (0 < a.val → y.val = 1) → (a.val = 0 → y.val = 0) → (a.val < 0 → y.val = -1) → P y) :
    (signum t a).holds P := by
  have p (h : 0 < a.val) : a.val.sign = 1 := Int.sign_eq_one_of_pos h
  have z (h : a.val = 0) : a.val.sign = 0 := by rw [h]; rfl
  have n (h : a.val < 0) : a.val.sign = -1 := Int.sign_eq_neg_one_of_neg h
  have fits : t.min ≤ a.val.sign ∧ a.val.sign ≤ t.max := by
    rcases Int.lt_trichotomy a.val 0 with h | h | h
    · rw [n h]
      exact ⟨Int.le_trans a.bounds.1 (Int.le_sub_one_of_lt h), Int.le_trans (by decide) t.max_nonneg⟩
    · rw [z h]; exact t.zero_bounds
    · rw [p h]; exact ⟨Int.le_trans t.min_nonpos (by decide), t.max_pos⟩
  exact ok_ofInt_holds fits fun y e => k y (fun h => e ▸ p h) (fun h => e ▸ z h) fun h => e ▸ n h

-- @op int.is_positive MInt.isPositive t a
-- @rust is_positive of the signed integer types
-- @case | 0 < {a} => true
-- @case | {a} ≤ 0 => false
def MInt.isPositive (t : IntTy) (a : MInt t) : Outcome Bool := .ok (decide (0 < a.val))

theorem MInt.isPositive_holds {t : IntTy} {a : MInt t} {P : Bool → Prop} (k1 : 0 < a.val → P true)
    (k2 : a.val ≤ 0 → P false) : (isPositive t a).holds P := by
  refine ⟨_, rfl, ?_⟩
  by_cases h : 0 < a.val
  · rw [decide_eq_true h]; exact k1 h
  · rw [decide_eq_false h]; exact k2 (Int.not_lt.mp h)

-- @op int.is_negative MInt.isNegative t a
-- @rust is_negative of the signed integer types
-- @case | {a} < 0 => true
-- @case | 0 ≤ {a} => false
def MInt.isNegative (t : IntTy) (a : MInt t) : Outcome Bool := .ok (decide (a.val < 0))

theorem MInt.isNegative_holds {t : IntTy} {a : MInt t} {P : Bool → Prop} (k1 : a.val < 0 → P true)
    (k2 : 0 ≤ a.val → P false) : (isNegative t a).holds P := by
  refine ⟨_, rfl, ?_⟩
  by_cases h : a.val < 0
  · rw [decide_eq_true h]; exact k1 h
  · rw [decide_eq_false h]; exact k2 (Int.not_lt.mp h)

/-- The error of a conversion between integer types carries nothing. -/
abbrev TryFromIntError := Unit

-- @op int.try_from MInt.tryFrom t a
-- @rust try_from between integer types (`t` is the target)
-- @case y:int(t) | {y} = {a} => ok(y)
-- @case | ¬({t.min} ≤ {a} ∧ {a} ≤ {t.max}) => err(unit)
def MInt.tryFrom (t : IntTy) (a : MInt s) : Outcome (Result (MInt t) TryFromIntError) :=
  if h : t.min ≤ a.val ∧ a.val ≤ t.max then .ok (.ok ⟨a.val, h⟩) else .ok (.err ())

theorem MInt.tryFrom_holds {t s : IntTy} {a : MInt s} {P : Result (MInt t) TryFromIntError → Prop}
    (k1 : ∀ y : MInt t, y.val = a.val → P (.ok y))
    (k2 : ¬(t.min ≤ a.val ∧ a.val ≤ t.max) → P (.err ())) : (tryFrom t a).holds P := by
  unfold tryFrom
  split
  · exact ⟨_, rfl, k1 _ rfl⟩
  · exact ⟨_, rfl, k2 ‹_›⟩

end Harmonic

