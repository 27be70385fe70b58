module
public import Harmonic.Int

/-! Slices, arrays and `Vec`: a list with its length bound. -/

@[expose] public section
noncomputable section

namespace Harmonic

/-- A slice, an array or a `Vec`. -/
@[ext] structure Slice (α : Type) where
  val : List α
  fits : val.length ≤ 18446744073709551615
deriving DecidableEq

attribute [grind ext] Slice.ext

namespace Slice
instance : Inhabited (Slice α) := ⟨⟨[], Nat.zero_le _⟩⟩

@[simp] theorem default_val : (default : Slice α).val = [] := rfl

theorem eq_iff {a b : Slice α} : a = b ↔ a.val = b.val := ⟨fun h => h ▸ rfl, Slice.ext⟩

/-- The length of every slice is a `usize`. -/
theorem length_le (v : Slice α) : (v.val.length : Int) ≤ 18446744073709551615 := Int.ofNat_le.mpr v.fits

grind_pattern length_le => v.val.length
end Slice

/-! ## Making and reading -/

-- @op mk_slice mk_slice l
-- @rust [a, b, …], vec![a, b, …] (`l` is a Lean list)
-- @req this list may not fit in memory: (List.length {l} : Int) ≤ 18446744073709551615
-- @case v:slice | {v}.val = {l} ; ({v}.val.length : Int) = List.length {l} => v
def mk_slice (l : List α) : Outcome (Slice α) :=
  if h : l.length ≤ 18446744073709551615 then .ok ⟨l, h⟩ else .panic

theorem mk_slice_holds {l : List α} {P : Slice α → Prop} (h : (l.length : Int) ≤ 18446744073709551615)
    (k : ∀ v : Slice α, v.val = l → (v.val.length : Int) = l.length → P v) : (mk_slice l).holds P := by
  have h' : l.length ≤ 18446744073709551615 := Int.ofNat_le.mp h
  exact ⟨⟨l, h'⟩, dif_pos h', k _ rfl rfl⟩

-- @op index index v i
-- @rust v[i]
-- @req this index may be out of bounds: {i} < ({v}.val.length : Int)
-- @case | => term({v}.val[Int.toNat {i}]!)
def index [Inhabited α] (v : Slice α) (i : MInt .usize) : Outcome α :=
  if i.val < (v.val.length : Int) then .ok v.val[i.val.toNat]! else .panic

theorem index_holds [Inhabited α] {v : Slice α} {i : MInt .usize} {P : α → Prop}
    (h : i.val < (v.val.length : Int)) (k : P (v.val[i.val.toNat]!)) : (index v i).holds P :=
  ⟨_, if_pos h, k⟩

-- @op set Slice.set v i x
-- @rust v[i] = x
-- @req this index may be out of bounds: {i} < ({v}.val.length : Int)
-- @case w:slice | {w}.val = {v}.val.set (Int.toNat {i}) {x!} ; {w}.val.length = {v}.val.length => w
def Slice.set (v : Slice α) (i : MInt .usize) (x : α) : Outcome (Slice α) :=
  if i.val < (v.val.length : Int) then .ok ⟨v.val.set i.val.toNat x, by rw [List.length_set]; exact v.fits⟩ else .panic

theorem Slice.set_holds {v : Slice α} {i : MInt .usize} {x : α} {P : Slice α → Prop}
    (h : i.val < (v.val.length : Int))
    (k : ∀ w : Slice α, w.val = v.val.set i.val.toNat x → w.val.length = v.val.length → P w) :
    (Slice.set v i x).holds P :=
  ⟨_, if_pos h, k _ rfl List.length_set⟩

-- @op subslice subslice v lo hi
-- @rust v[lo..hi]
-- @req this range may be the wrong way round: {lo} ≤ {hi}
-- @req this range may end out of bounds: {hi} ≤ ({v}.val.length : Int)
-- @case w:slice | {w}.val = ({v}.val.drop (Int.toNat {lo})).take (Int.toNat ({hi} - {lo})) ; ({w}.val.length : Int) = {hi} - {lo} => w
def subslice (v : Slice α) (lo hi : MInt .usize) : Outcome (Slice α) :=
  if lo.val ≤ hi.val ∧ hi.val ≤ (v.val.length : Int) then
    .ok ⟨(v.val.drop lo.val.toNat).take (hi.val - lo.val).toNat,
      Nat.le_trans ((List.take_sublist ..).trans (List.drop_sublist ..)).length_le v.fits⟩
  else .panic

theorem subslice_holds {v : Slice α} {lo hi : MInt .usize} {P : Slice α → Prop} (h1 : lo.val ≤ hi.val)
    (h2 : hi.val ≤ (v.val.length : Int))
    (k : ∀ w : Slice α, w.val = (v.val.drop lo.val.toNat).take (hi.val - lo.val).toNat →
      (w.val.length : Int) = hi.val - lo.val → P w) : (subslice v lo hi).holds P := by
  have e : (hi.val - lo.val).toNat ≤ (v.val.drop lo.val.toNat).length := by
    rw [List.length_drop, Int.toNat_le, Int.natCast_sub (Int.toNat_le.mpr (Int.le_trans h1 h2)),
      Int.toNat_of_nonneg lo.nonneg]
    exact Int.sub_le_sub_right h2 _
  exact ⟨_, if_pos ⟨h1, h2⟩, k _ rfl (by rw [List.length_take_of_le e, Int.toNat_sub_of_le h1])⟩

/-- The part of a list from one position up to another, in conditions: they say beside it that the positions are in order and in
bounds. -/
def Slice.sub (v : Slice α) (lo hi : Int) : Slice α :=
  ⟨(v.val.drop lo.toNat).take (hi - lo).toNat,
    Nat.le_trans ((List.take_sublist ..).trans (List.drop_sublist ..)).length_le v.fits⟩

theorem Slice.sub_length {v : Slice α} {lo hi : Int} (h0 : 0 ≤ lo) (h1 : lo ≤ hi) (h2 : hi ≤ (v.val.length : Int)) :
    ((v.sub lo hi).val.length : Int) = hi - lo := by
  show (((v.val.drop lo.toNat).take (hi - lo).toNat).length : Int) = hi - lo
  rw [List.length_take, List.length_drop]
  omega

theorem Slice.sub_val {v : Slice α} {lo hi : Int} :
    (v.sub lo hi).val = (v.val.drop lo.toNat).take (hi - lo).toNat := rfl

theorem Slice.sub_get [Inhabited α] {v : Slice α} {lo hi k : Int} (h0 : 0 ≤ lo) (h1 : 0 ≤ k) (h2 : k < hi - lo) :
    (v.sub lo hi).val[k.toNat]! = v.val[(lo + k).toNat]! := by
  show ((v.val.drop lo.toNat).take (hi - lo).toNat)[k.toNat]! = v.val[(lo + k).toNat]!
  rw [List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD,
    List.getElem?_take_of_lt ((Int.toNat_lt_toNat (Int.lt_of_le_of_lt h1 h2)).mpr h2), List.getElem?_drop,
    Int.toNat_add h0 h1]

theorem Slice.sub_all {v : Slice α} : v.sub 0 (v.val.length : Int) = v := by
  apply Slice.ext
  show (v.val.drop (0 : Int).toNat).take ((v.val.length : Int) - 0).toNat = v.val
  rw [Int.toNat_zero, List.drop_zero, Int.sub_zero, Int.toNat_natCast, List.take_length]

grind_pattern Slice.sub_length => (v.sub lo hi).val.length
grind_pattern Slice.sub_get => (v.sub lo hi).val[k.toNat]!

-- @op repeat Slice.replicate x n size
-- @rust [x; n], vec![x; n] (`size` is the size of an element in bytes, a Lean `Nat` literal)
-- @req this allocation may be larger than `isize::MAX` bytes: {n} * ({size} : Int) ≤ 9223372036854775807
-- @case v:slice | {v}.val = List.replicate (Int.toNat {n}) {x!} ; ({v}.val.length : Int) = {n} => v
def Slice.replicate (x : α) (n : MInt .usize) (size : Nat) : Outcome (Slice α) :=
  if n.val * (size : Int) ≤ 9223372036854775807 then
    .ok ⟨List.replicate n.val.toNat x, by
      rw [List.length_replicate]; exact Int.toNat_le.mpr n.bounds.2⟩
  else .panic

theorem Slice.replicate_holds {x : α} {n : MInt .usize} {size : Nat} {P : Slice α → Prop}
    (h : n.val * (size : Int) ≤ 9223372036854775807)
    (k : ∀ v : Slice α, v.val = List.replicate n.val.toNat x → (v.val.length : Int) = n.val → P v) :
    (Slice.replicate x n size).holds P :=
  ⟨_, if_pos h, k _ rfl (by rw [List.length_replicate, Int.toNat_of_nonneg n.nonneg])⟩

/-! ## Slice methods -/

-- @op slice.len Slice.len v
-- @rust len of slices, arrays and Vec
-- @case y:int(usize) | {y} = ({v}.val.length : Int) => y
def Slice.len (v : Slice α) : Outcome (MInt .usize) := .ok (.ofInt .usize v.val.length)

theorem Slice.len_holds {v : Slice α} {P : MInt .usize → Prop}
    (k : ∀ y : MInt .usize, y.val = (v.val.length : Int) → P y) : (len v).holds P :=
  ok_ofInt_holds (show 0 ≤ (v.val.length : Int) ∧ (v.val.length : Int) ≤ 18446744073709551615 from
    ⟨Int.natCast_nonneg _, v.length_le⟩) k

-- @op slice.is_empty Slice.isEmpty v
-- @rust is_empty of slices, arrays and Vec
-- @case | ({v}.val.length : Int) = 0 ; {v}.val = [] => true
-- @case | 0 < ({v}.val.length : Int) ; {v}.val ≠ [] => false
def Slice.isEmpty (v : Slice α) : Outcome Bool := .ok v.val.isEmpty

theorem Slice.isEmpty_holds {v : Slice α} {P : Bool → Prop} (k1 : (v.val.length : Int) = 0 → v.val = [] → P true)
    (k2 : 0 < (v.val.length : Int) → v.val ≠ [] → P false) : (isEmpty v).holds P := by
  refine ⟨_, rfl, ?_⟩
  cases h : v.val with
  | nil => exact k1 (by rw [h]; rfl) h
  | cons a l => exact k2 (by rw [h]; exact Int.ofNat_lt.mpr (Nat.succ_pos _)) (by rw [h]; exact List.cons_ne_nil _ _)

-- @op slice.first Slice.first v
-- @rust first of slices, arrays and Vec
-- @case | 0 < ({v}.val.length : Int) => some(term({v}.val[0]!))
-- @case | ({v}.val.length : Int) = 0 => none
def Slice.first [Inhabited α] (v : Slice α) : Outcome (Option α) :=
  if v.val.length = 0 then .ok none else .ok (some v.val[0]!)

theorem Slice.first_holds [Inhabited α] {v : Slice α} {P : Option α → Prop}
    (k1 : 0 < (v.val.length : Int) → P (some v.val[0]!)) (k2 : (v.val.length : Int) = 0 → P none) :
    (first v).holds P := by
  unfold first
  split
  · next h => exact ⟨_, rfl, k2 (congrArg Int.ofNat h)⟩
  · next h => exact ⟨_, rfl, k1 (Int.ofNat_lt.mpr (Nat.pos_of_ne_zero h))⟩

-- @op slice.last Slice.last v
-- @rust last of slices, arrays and Vec
-- @case | 0 < ({v}.val.length : Int) => some(term({v}.val[Int.toNat (({v}.val.length : Int) - 1)]!))
-- @case | ({v}.val.length : Int) = 0 => none
def Slice.last [Inhabited α] (v : Slice α) : Outcome (Option α) :=
  if v.val.length = 0 then .ok none else .ok (some v.val[((v.val.length : Int) - 1).toNat]!)

theorem Slice.last_holds [Inhabited α] {v : Slice α} {P : Option α → Prop}
    (k1 : 0 < (v.val.length : Int) → P (some v.val[((v.val.length : Int) - 1).toNat]!))
    (k2 : (v.val.length : Int) = 0 → P none) : (last v).holds P := by
  unfold last
  split
  · next h => exact ⟨_, rfl, k2 (congrArg Int.ofNat h)⟩
  · next h => exact ⟨_, rfl, k1 (Int.ofNat_lt.mpr (Nat.pos_of_ne_zero h))⟩

-- @op slice.get Slice.get v i
-- @rust get(usize) of slices, arrays and Vec
-- @case | {i} < ({v}.val.length : Int) => some(term({v}.val[Int.toNat {i}]!))
-- @case | ({v}.val.length : Int) ≤ {i} => none
def Slice.get [Inhabited α] (v : Slice α) (i : MInt .usize) : Outcome (Option α) :=
  if i.val < (v.val.length : Int) then .ok (some v.val[i.val.toNat]!) else .ok none

theorem Slice.get_holds [Inhabited α] {v : Slice α} {i : MInt .usize} {P : Option α → Prop}
    (k1 : i.val < (v.val.length : Int) → P (some v.val[i.val.toNat]!))
    (k2 : (v.val.length : Int) ≤ i.val → P none) : (get v i).holds P := by
  unfold get
  split
  · exact ⟨_, rfl, k1 ‹_›⟩
  · exact ⟨_, rfl, k2 (by omega)⟩

-- @op slice.contains Slice.contains v x
-- @rust contains of slices, arrays and Vec (equality must be Lean equality)
-- @case | {x!} ∈ {v}.val => true
-- @case | ¬({x!} ∈ {v}.val) => false
def Slice.contains [DecidableEq α] (v : Slice α) (x : α) : Outcome Bool := .ok (decide (x ∈ v.val))

theorem Slice.contains_holds [DecidableEq α] {v : Slice α} {x : α} {P : Bool → Prop} (k1 : x ∈ v.val → P true)
    (k2 : ¬(x ∈ v.val) → P false) : (contains v x).holds P := by
  refine ⟨_, rfl, ?_⟩
  by_cases h : x ∈ v.val
  · simpa [h] using k1 h
  · simpa [h] using k2 h

-- @op slice.swap Slice.swap v i j
-- @rust swap of slices, arrays and Vec
-- @req the first index may be out of bounds: {i} < ({v}.val.length : Int)
-- @req the second index may be out of bounds: {j} < ({v}.val.length : Int)
-- @case w:slice | {w}.val = ({v}.val.set (Int.toNat {i}) ({v}.val[Int.toNat {j}]!)).set (Int.toNat {j}) ({v}.val[Int.toNat {i}]!) ; {w}.val.length = {v}.val.length => pair(unit, w)
def Slice.swap [Inhabited α] (v : Slice α) (i j : MInt .usize) : Outcome (Unit × Slice α) :=
  if i.val < (v.val.length : Int) ∧ j.val < (v.val.length : Int) then
    .ok ((), ⟨(v.val.set i.val.toNat v.val[j.val.toNat]!).set j.val.toNat v.val[i.val.toNat]!, by
      rw [List.length_set, List.length_set]; exact v.fits⟩)
  else .panic

theorem Slice.swap_holds [Inhabited α] {v : Slice α} {i j : MInt .usize} {P : Unit × Slice α → Prop}
    (h1 : i.val < (v.val.length : Int)) (h2 : j.val < (v.val.length : Int))
    (k : ∀ w : Slice α, w.val = (v.val.set i.val.toNat (v.val[j.val.toNat]!)).set j.val.toNat (v.val[i.val.toNat]!) →
      w.val.length = v.val.length → P ((), w)) : (swap v i j).holds P :=
  ⟨_, if_pos ⟨h1, h2⟩, k _ rfl (by rw [List.length_set, List.length_set])⟩

-- @op slice.to_vec Slice.toVec v
-- @rust to_vec of slices and arrays
-- @case w:slice | {w} = {v} => w
def Slice.toVec (v : Slice α) : Outcome (Slice α) := .ok v

theorem Slice.toVec_holds {v : Slice α} {P : Slice α → Prop} (k : ∀ w : Slice α, w = v → P w) : (toVec v).holds P :=
  ⟨_, rfl, k v rfl⟩

/-! ## Parts behind `&mut`, and what is done to a whole slice: their rules speak of single elements -/

theorem get_toNat [Inhabited α] {l : List α} {k : Int} (h0 : 0 ≤ k) (h : k < (l.length : Int)) :
    l[k.toNat]! = l[k.toNat]'((Int.toNat_lt h0).mpr h) :=
  getElem!_pos l _ _

-- @op part Slice.part v lo hi
-- @rust &mut v[lo..hi], read
-- @req this range may be the wrong way round: {lo} ≤ {hi}
-- @req this range may end out of bounds: {hi} ≤ ({v}.val.length : Int)
-- @case w:slice | ({w}.val.length : Int) = {hi} - {lo} ; (∀ (k : Int), 0 ≤ k → (k < {hi} - {lo} → ({w}.val[Int.toNat k]! = {v}.val[Int.toNat ({lo} + k)]!))) => w
def Slice.part (v : Slice α) (lo hi : MInt .usize) : Outcome (Slice α) := subslice v lo hi

theorem Slice.part_holds [Inhabited α] {v : Slice α} {lo hi : MInt .usize} {P : Slice α → Prop} (h1 : lo.val ≤ hi.val)
    (h2 : hi.val ≤ (v.val.length : Int))
    (k : ∀ w : Slice α, (w.val.length : Int) = hi.val - lo.val →
      (∀ k : Int, 0 ≤ k → (k < hi.val - lo.val → (w.val[k.toNat]! = v.val[(lo.val + k).toNat]!))) → P w) :
    (part v lo hi).holds P :=
  subslice_holds h1 h2 fun w e n => k w n fun j h0 hj => by
    rw [e, List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD,
      List.getElem?_take_of_lt ((Int.toNat_lt_toNat (Int.lt_of_le_of_lt h0 hj)).mpr hj), List.getElem?_drop,
      Int.toNat_add lo.nonneg h0]

-- @op set_part Slice.setPart v lo hi s
-- @rust &mut v[lo..hi], written
-- @req this range may be the wrong way round: {lo} ≤ {hi}
-- @req this range may end out of bounds: {hi} ≤ ({v}.val.length : Int)
-- @req the part may not be as long as it was: ({s}.val.length : Int) = {hi} - {lo}
-- @case w:slice | {w}.val.length = {v}.val.length ; (∀ (k : Int), 0 ≤ k → (k < {lo} → ({w}.val[Int.toNat k]! = {v}.val[Int.toNat k]!))) ; (∀ (k : Int), {lo} ≤ k → (k < {hi} → ({w}.val[Int.toNat k]! = {s}.val[Int.toNat (k - {lo})]!))) ; (∀ (k : Int), {hi} ≤ k → (k < ({v}.val.length : Int) → ({w}.val[Int.toNat k]! = {v}.val[Int.toNat k]!))) => w
def Slice.setPart (v : Slice α) (lo hi : MInt .usize) (s : Slice α) : Outcome (Slice α) :=
  if h : (v.val.take lo.val.toNat ++ (s.val ++ v.val.drop hi.val.toNat)).length = v.val.length then
    .ok ⟨_, h ▸ v.fits⟩
  else .panic

theorem Slice.setPart_holds [Inhabited α] {v s : Slice α} {lo hi : MInt .usize} {P : Slice α → Prop}
    (h1 : lo.val ≤ hi.val) (h2 : hi.val ≤ (v.val.length : Int)) (h3 : (s.val.length : Int) = hi.val - lo.val)
    (k : ∀ w : Slice α, w.val.length = v.val.length →
      (∀ k : Int, 0 ≤ k → (k < lo.val → (w.val[k.toNat]! = v.val[k.toNat]!))) →
      (∀ k : Int, lo.val ≤ k → (k < hi.val → (w.val[k.toNat]! = s.val[(k - lo.val).toNat]!))) →
      (∀ k : Int, hi.val ≤ k → (k < (v.val.length : Int) → (w.val[k.toNat]! = v.val[k.toNat]!))) → P w) :
    (setPart v lo hi s).holds P := by
  have l0 := lo.nonneg
  have e : (v.val.take lo.val.toNat).length = lo.val.toNat := List.length_take_of_le (by omega)
  have n : (v.val.take lo.val.toNat ++ (s.val ++ v.val.drop hi.val.toNat)).length = v.val.length := by
    rw [List.length_append, List.length_append, List.length_drop, e]; omega
  refine ⟨_, dif_pos n, k _ n ?_ ?_ ?_⟩ <;> intro j h0 hj <;>
    rw [List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD]
  · rw [List.getElem?_append_left (by omega), List.getElem?_take_of_lt (by omega)]
  · rw [List.getElem?_append_right (by omega), List.getElem?_append_left (by omega), e]
    congr 2; omega
  · rw [List.getElem?_append_right (by omega), List.getElem?_append_right (by omega), List.getElem?_drop, e]
    congr 2; omega

-- @op slice.fill Slice.fill v x
-- @rust fill of slices, arrays and Vec
-- @case w:slice | {w}.val.length = {v}.val.length ; (∀ (k : Int), 0 ≤ k → (k < ({v}.val.length : Int) → ({w}.val[Int.toNat k]! = {x!}))) => pair(unit, w)
def Slice.fill (v : Slice α) (x : α) : Outcome (Unit × Slice α) :=
  .ok ((), ⟨List.replicate v.val.length x, by rw [List.length_replicate]; exact v.fits⟩)

theorem Slice.fill_holds [Inhabited α] {v : Slice α} {x : α} {P : Unit × Slice α → Prop}
    (k : ∀ w : Slice α, w.val.length = v.val.length →
      (∀ k : Int, 0 ≤ k → (k < (v.val.length : Int) → (w.val[k.toNat]! = x))) → P ((), w)) : (fill v x).holds P :=
  ⟨_, rfl, k _ List.length_replicate fun j h0 hj => by
    rw [get_toNat h0 (by rw [List.length_replicate]; exact hj), List.getElem_replicate]⟩

-- @op slice.reverse Slice.reverse v
-- @rust reverse of slices, arrays and Vec
-- @case w:slice | {w}.val.length = {v}.val.length ; (∀ (k : Int), 0 ≤ k → (k < ({v}.val.length : Int) → ({w}.val[Int.toNat k]! = {v}.val[Int.toNat (({v}.val.length : Int) - 1 - k)]!))) => pair(unit, w)
def Slice.reverse (v : Slice α) : Outcome (Unit × Slice α) :=
  .ok ((), ⟨v.val.reverse, by rw [List.length_reverse]; exact v.fits⟩)

theorem Slice.reverse_holds [Inhabited α] {v : Slice α} {P : Unit × Slice α → Prop}
    (k : ∀ w : Slice α, w.val.length = v.val.length →
      (∀ k : Int, 0 ≤ k → (k < (v.val.length : Int) →
        (w.val[k.toNat]! = v.val[((v.val.length : Int) - 1 - k).toNat]!))) → P ((), w)) : (reverse v).holds P :=
  ⟨_, rfl, k _ List.length_reverse fun j h0 hj => by
    rw [List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD, List.getElem?_reverse (by omega)]
    congr 2; omega⟩

-- @op slice.copy_from_slice Slice.copyFrom v u
-- @rust copy_from_slice of slices, arrays and Vec
-- @req the slices may not be of one length: ({v}.val.length : Int) = ({u}.val.length : Int)
-- @case | => pair(unit, u)
def Slice.copyFrom (v u : Slice α) : Outcome (Unit × Slice α) :=
  if (v.val.length : Int) = (u.val.length : Int) then .ok ((), u) else .panic

theorem Slice.copyFrom_holds {v u : Slice α} {P : Unit × Slice α → Prop}
    (h : (v.val.length : Int) = (u.val.length : Int)) (k : P ((), u)) : (copyFrom v u).holds P :=
  ⟨_, if_pos h, k⟩

-- @op slice.clone_from_slice Slice.copyFrom v u
-- @rust clone_from_slice of slices, arrays and Vec
-- @req the slices may not be of one length: ({v}.val.length : Int) = ({u}.val.length : Int)
-- @case | => pair(unit, u)

/-! ## Vec -/

-- @op vec.new Vec.new
-- @rust Vec::new
-- @case w:slice | {w}.val = [] ; ({w}.val.length : Int) = 0 => w
def Vec.new : Outcome (Slice α) := .ok ⟨[], Nat.zero_le _⟩

theorem Vec.new_holds {P : Slice α → Prop} (k : ∀ w : Slice α, w.val = [] → (w.val.length : Int) = 0 → P w) :
    (new).holds P :=
  ⟨_, rfl, k _ rfl rfl⟩

-- @op vec.with_capacity Vec.withCapacity n size
-- @rust Vec::with_capacity (`size` is the size of an element in bytes, a Lean `Nat` literal)
-- @req this allocation may be larger than `isize::MAX` bytes: {n} * ({size} : Int) ≤ 9223372036854775807
-- @case w:slice | {w}.val = [] ; ({w}.val.length : Int) = 0 => w
def Vec.withCapacity (n : MInt .usize) (size : Nat) : Outcome (Slice α) :=
  if n.val * (size : Int) ≤ 9223372036854775807 then .ok ⟨[], Nat.zero_le _⟩ else .panic

theorem Vec.withCapacity_holds {n : MInt .usize} {size : Nat} {P : Slice α → Prop}
    (h : n.val * (size : Int) ≤ 9223372036854775807)
    (k : ∀ w : Slice α, w.val = [] → (w.val.length : Int) = 0 → P w) : (withCapacity n size).holds P :=
  ⟨_, if_pos h, k _ rfl rfl⟩

-- @op vec.push Vec.push v x
-- @rust push of Vec
-- @req this `Vec` may be full: ({v}.val.length : Int) < 18446744073709551615
-- @case w:slice | {w}.val = {v}.val ++ [{x!}] ; {w}.val.length = {v}.val.length + 1 => pair(unit, w)
def Vec.push (v : Slice α) (x : α) : Outcome (Unit × Slice α) :=
  if h : (v.val.length : Int) < 18446744073709551615 then
    .ok ((), ⟨v.val ++ [x], by rw [List.length_append]; exact Int.ofNat_lt.mp h⟩)
  else .panic

theorem Vec.push_holds {v : Slice α} {x : α} {P : Unit × Slice α → Prop}
    (h : (v.val.length : Int) < 18446744073709551615)
    (k : ∀ w : Slice α, w.val = v.val ++ [x] → w.val.length = v.val.length + 1 → P ((), w)) : (push v x).holds P :=
  ⟨_, dif_pos h, k _ rfl List.length_append⟩

-- @op vec.pop Vec.pop v
-- @rust pop of Vec
-- @case w:slice | 0 < ({v}.val.length : Int) ; {w}.val = {v}.val.take ({v}.val.length - 1) ; {w}.val.length + 1 = {v}.val.length ; {v}.val = {w}.val ++ [{v}.val[Int.toNat (({v}.val.length : Int) - 1)]!] => pair(some(term({v}.val[Int.toNat (({v}.val.length : Int) - 1)]!)), w)
-- @case | ({v}.val.length : Int) = 0 => pair(none, v)
def Vec.pop [Inhabited α] (v : Slice α) : Outcome (Option α × Slice α) :=
  if v.val.length = 0 then .ok (none, v)
  else .ok (some v.val[((v.val.length : Int) - 1).toNat]!, ⟨v.val.take (v.val.length - 1),
    Nat.le_trans (List.take_sublist ..).length_le v.fits⟩)

theorem Vec.pop_holds [Inhabited α] {v : Slice α} {P : Option α × Slice α → Prop}
    (k1 : ∀ w : Slice α, 0 < (v.val.length : Int) → w.val = v.val.take (v.val.length - 1) →
      w.val.length + 1 = v.val.length → v.val = w.val ++ [v.val[((v.val.length : Int) - 1).toNat]!] →
      P (some (v.val[((v.val.length : Int) - 1).toNat]!), w))
    (k2 : (v.val.length : Int) = 0 → P (none, v)) : (pop v).holds P := by
  unfold pop
  split
  · next h => exact ⟨_, rfl, k2 (congrArg Int.ofNat h)⟩
  · next h =>
    have p := Nat.pos_of_ne_zero h
    refine ⟨_, rfl, k1 _ (Int.ofNat_lt.mpr p) rfl ?_ ?_⟩
    · rw [List.length_take_of_le (Nat.sub_le ..), Nat.sub_add_cancel p]
    · have e : ((v.val.length : Int) - 1).toNat = v.val.length - 1 := by rw [Int.pred_toNat, Int.toNat_natCast]
      have b : v.val.length - 1 < v.val.length := Nat.sub_lt p Nat.one_pos
      rw [e, getElem!_pos v.val _ b, List.take_append_getElem b, Nat.sub_add_cancel p, List.take_length]

theorem length_insert {l : List α} {x : α} {n : Nat} : (l.take n ++ x :: l.drop n).length = l.length + 1 := by
  rw [List.length_append, List.length_cons, ← Nat.add_assoc, ← List.length_append, List.take_append_drop]

-- @op vec.insert Vec.insert v i x
-- @rust insert of Vec
-- @req this index may be past the end: {i} ≤ ({v}.val.length : Int)
-- @req this `Vec` may be full: ({v}.val.length : Int) < 18446744073709551615
-- @case w:slice | {w}.val = {v}.val.take (Int.toNat {i}) ++ {x!} :: {v}.val.drop (Int.toNat {i}) ; {w}.val.length = {v}.val.length + 1 => pair(unit, w)
def Vec.insert (v : Slice α) (i : MInt .usize) (x : α) : Outcome (Unit × Slice α) :=
  if h : i.val ≤ (v.val.length : Int) ∧ (v.val.length : Int) < 18446744073709551615 then
    .ok ((), ⟨v.val.take i.val.toNat ++ x :: v.val.drop i.val.toNat, by
      rw [length_insert]; exact Int.ofNat_lt.mp h.2⟩)
  else .panic

theorem Vec.insert_holds {v : Slice α} {i : MInt .usize} {x : α} {P : Unit × Slice α → Prop}
    (h1 : i.val ≤ (v.val.length : Int)) (h2 : (v.val.length : Int) < 18446744073709551615)
    (k : ∀ w : Slice α, w.val = v.val.take i.val.toNat ++ x :: v.val.drop i.val.toNat →
      w.val.length = v.val.length + 1 → P ((), w)) : (insert v i x).holds P :=
  ⟨_, dif_pos ⟨h1, h2⟩, k _ rfl length_insert⟩

-- @op vec.remove Vec.remove v i
-- @rust remove of Vec
-- @req this index may be out of bounds: {i} < ({v}.val.length : Int)
-- @case w:slice | {w}.val = {v}.val.eraseIdx (Int.toNat {i}) ; {w}.val.length + 1 = {v}.val.length => pair(term({v}.val[Int.toNat {i}]!), w)
def Vec.remove [Inhabited α] (v : Slice α) (i : MInt .usize) : Outcome (α × Slice α) :=
  if i.val < (v.val.length : Int) then
    .ok (v.val[i.val.toNat]!, ⟨v.val.eraseIdx i.val.toNat,
      Nat.le_trans (List.eraseIdx_sublist ..).length_le v.fits⟩)
  else .panic

theorem Vec.remove_holds [Inhabited α] {v : Slice α} {i : MInt .usize} {P : α × Slice α → Prop}
    (h : i.val < (v.val.length : Int))
    (k : ∀ w : Slice α, w.val = v.val.eraseIdx i.val.toNat → w.val.length + 1 = v.val.length →
      P (v.val[i.val.toNat]!, w)) : (remove v i).holds P := by
  have lt := (Int.toNat_lt i.nonneg).mpr h
  exact ⟨_, if_pos h, k _ rfl (by
    rw [List.length_eraseIdx_of_lt lt, Nat.sub_add_cancel (Nat.lt_of_le_of_lt (Nat.zero_le _) lt)])⟩

-- @op vec.truncate Vec.truncate v n
-- @rust truncate of Vec
-- @case w:slice | {w}.val = {v}.val.take (Int.toNat {n}) ; {n} ≤ ({v}.val.length : Int) → ({w}.val.length : Int) = {n} ; ({v}.val.length : Int) ≤ {n} → {w}.val = {v}.val => pair(unit, w)
def Vec.truncate (v : Slice α) (n : MInt .usize) : Outcome (Unit × Slice α) :=
  .ok ((), ⟨v.val.take n.val.toNat, Nat.le_trans (List.take_sublist ..).length_le v.fits⟩)

theorem Vec.truncate_holds {v : Slice α} {n : MInt .usize} {P : Unit × Slice α → Prop}
    (k : ∀ w : Slice α, w.val = v.val.take n.val.toNat →
      (n.val ≤ (v.val.length : Int) → (w.val.length : Int) = n.val) →
      ((v.val.length : Int) ≤ n.val → w.val = v.val) → P ((), w)) : (truncate v n).holds P :=
  ⟨_, rfl, k _ rfl
    (fun h => by rw [List.length_take_of_le (Int.toNat_le.mpr h), Int.toNat_of_nonneg n.nonneg])
    fun h => List.take_of_length_le ((Int.le_toNat n.nonneg).mpr h)⟩

-- @op vec.clear Vec.clear v
-- @rust clear of Vec
-- @case w:slice | {w}.val = [] ; ({w}.val.length : Int) = 0 => pair(unit, w)
def Vec.clear (_v : Slice α) : Outcome (Unit × Slice α) := .ok ((), ⟨[], Nat.zero_le _⟩)

theorem Vec.clear_holds {v : Slice α} {P : Unit × Slice α → Prop}
    (k : ∀ w : Slice α, w.val = [] → (w.val.length : Int) = 0 → P ((), w)) : (clear v).holds P :=
  ⟨_, rfl, k _ rfl rfl⟩

-- @op vec.extend_from_slice Vec.extendFromSlice v u
-- @rust extend_from_slice of Vec
-- @req this `Vec` may grow too long: ({v}.val.length : Int) + ({u}.val.length : Int) ≤ 18446744073709551615
-- @case w:slice | {w}.val = {v}.val ++ {u}.val ; {w}.val.length = {v}.val.length + {u}.val.length => pair(unit, w)
def Vec.extendFromSlice (v u : Slice α) : Outcome (Unit × Slice α) :=
  if h : (v.val.length : Int) + (u.val.length : Int) ≤ 18446744073709551615 then
    .ok ((), ⟨v.val ++ u.val, by
      rw [List.length_append]; exact Int.ofNat_le.mp (by rw [Int.natCast_add]; exact h)⟩)
  else .panic

theorem Vec.extendFromSlice_holds {v u : Slice α} {P : Unit × Slice α → Prop}
    (h : (v.val.length : Int) + (u.val.length : Int) ≤ 18446744073709551615)
    (k : ∀ w : Slice α, w.val = v.val ++ u.val → w.val.length = v.val.length + u.val.length → P ((), w)) :
    (extendFromSlice v u).holds P :=
  ⟨_, dif_pos h, k _ rfl List.length_append⟩

end Harmonic
