module
public import Harmonic.Slice

/-! Facts that proof search uses: elements at integer indices, membership, order, products. -/

@[expose] public section
noncomputable section

namespace Harmonic

/-! ## Elements at integer indices -/

theorem get_take [Inhabited α] {l : List α} {n j : Int} (h0 : 0 ≤ j) (h : j < n) :
    (l.take n.toNat)[j.toNat]! = l[j.toNat]! := by
  have : j.toNat < n.toNat := by omega
  simp [this]

theorem get_take_nat [Inhabited α] {l : List α} {n : Nat} {j : Int} (h0 : 0 ≤ j) (h : j < n) :
    (l.take n)[j.toNat]! = l[j.toNat]! := by
  have : j.toNat < n := by omega
  simp [this]

theorem get_drop [Inhabited α] {l : List α} {n j : Int} (h0 : 0 ≤ j) (h : 0 ≤ n) :
    (l.drop n.toNat)[j.toNat]! = l[(n + j).toNat]! := by
  have : n.toNat + j.toNat = (n + j).toNat := by omega
  simp [this]

theorem get_subslice [Inhabited α] {l : List α} {lo n j : Int} (h : 0 ≤ lo) (h0 : 0 ≤ j) (hn : j < n) :
    ((l.drop lo.toNat).take n.toNat)[j.toNat]! = l[(lo + j).toNat]! := by
  rw [get_take h0 hn, get_drop h0 h]

theorem get_append_left [Inhabited α] {l m : List α} {j : Int} (h0 : 0 ≤ j) (h : j < l.length) :
    (l ++ m)[j.toNat]! = l[j.toNat]! := by
  have : j.toNat < l.length := by omega
  simp [List.getElem?_append, this]

theorem get_append_right [Inhabited α] {l m : List α} {j : Int} (h : (l.length : Int) ≤ j) :
    (l ++ m)[j.toNat]! = m[(j - l.length).toNat]! := by
  have e : j.toNat - l.length = (j - l.length).toNat := by omega
  rw [List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD, List.getElem?_append_right (by omega), e]

theorem get_insert [Inhabited α] {l : List α} {x : α} {i j : Int} (h : 0 ≤ i) (hi : i ≤ l.length) (h0 : 0 ≤ j) :
    (l.take i.toNat ++ x :: l.drop i.toNat)[j.toNat]! =
      if j < i then l[j.toNat]! else if j = i then x else l[(j - 1).toNat]! := by
  have hl : ((l.take i.toNat).length : Int) = i := by simp only [List.length_take]; omega
  by_cases c : j < i
  · rw [get_append_left h0 (by omega), get_take h0 c]; simp [c]
  · rw [get_append_right (by omega), hl]
    by_cases e : j = i
    · simp [e]
    · have s : (j - i).toNat = (j - i - 1).toNat + 1 := by omega
      have d := get_drop (l := l) (n := i) (j := j - i - 1) (by omega) h
      have a : i + (j - i - 1) = j - 1 := by omega
      rw [a] at d
      simp only [c, e, ↓reduceIte, s]
      rw [← d]
      simp

theorem get_set [Inhabited α] {l : List α} {x : α} {i j : Int} (h : 0 ≤ i) (hi : i < l.length) (h0 : 0 ≤ j) :
    (l.set i.toNat x)[j.toNat]! = if j = i then x else l[j.toNat]! := by
  by_cases e : j = i
  · have : i.toNat < l.length := by omega
    simp [e, this]
  · have : i.toNat ≠ j.toNat := by omega
    simp [e, this]

grind_pattern get_subslice => ((l.drop lo.toNat).take n.toNat)[j.toNat]!
grind_pattern get_insert => (l.take i.toNat ++ x :: l.drop i.toNat)[j.toNat]!

/-! ## Membership -/

theorem get_mem [Inhabited α] {l : List α} {i : Int} (h0 : 0 ≤ i) (h : i < l.length) : l[i.toNat]! ∈ l := by
  have : i.toNat < l.length := by omega
  rw [getElem!_pos l _ this]
  exact List.getElem_mem this

theorem mem_iff_get [Inhabited α] {l : List α} {x : α} : x ∈ l ↔ ∃ i : Int, 0 ≤ i ∧ i < l.length ∧ l[i.toNat]! = x := by
  constructor
  · intro h
    obtain ⟨n, hn, e⟩ := List.mem_iff_getElem.mp h
    exact ⟨n, by omega, by omega, by simp only [Int.toNat_natCast, getElem!_pos l n hn, e]⟩
  · rintro ⟨i, h0, h, rfl⟩
    exact get_mem h0 h

theorem forall_mem_iff_get [Inhabited α] {l : List α} {p : α → Prop} :
    (∀ x ∈ l, p x) ↔ ∀ i : Int, 0 ≤ i → i < l.length → p l[i.toNat]! := by
  constructor
  · exact fun h i h0 hi => h _ (get_mem h0 hi)
  · intro h x hx
    obtain ⟨i, h0, hi, rfl⟩ := mem_iff_get.mp hx
    exact h i h0 hi

/-- Two slices with the same length and the same elements are equal. -/
theorem list_ext [Inhabited α] {l m : List α} (hl : l.length = m.length)
    (h : ∀ i : Int, 0 ≤ i → i < l.length → l[i.toNat]! = m[i.toNat]!) : l = m := by
  refine List.ext_getElem hl fun n h1 h2 => ?_
  have := h n (by omega) (by omega)
  rwa [Int.toNat_natCast, getElem!_pos l n h1, getElem!_pos m n h2] at this

theorem slice_ext [Inhabited α] {v w : Slice α} (hl : v.val.length = w.val.length)
    (h : ∀ i : Int, 0 ≤ i → i < v.val.length → v.val[i.toNat]! = w.val[i.toNat]!) : v = w :=
  Slice.ext (list_ext hl h)

/-! ## Order -/

/-- What holds between neighbours holds between any two, for a relation that is reflexive and transitive. -/
theorem of_adjacent {r : Int → Int → Prop} (refl : ∀ i, r i i) (trans : ∀ i j k, r i j → r j k → r i k) {a b : Int}
    (h : ∀ k : Int, a ≤ k → k + 1 < b → r k (k + 1)) {i j : Int} (hi : a ≤ i) (hij : i ≤ j) (hj : j < b) : r i j := by
  obtain ⟨n, rfl⟩ : ∃ n : Nat, j = i + n := ⟨(j - i).toNat, by omega⟩
  induction n with
  | zero => simpa using refl i
  | succ n ih =>
    have e : i + ((n + 1 : Nat) : Int) = i + n + 1 := by omega
    rw [e] at hj ⊢
    exact trans _ _ _ (ih (by omega) (by omega)) (h _ (by omega) hj)

theorem sorted_of_adjacent {v : Slice (MInt t)} {a b : Int}
    (h : ∀ k : Int, a ≤ k → k + 1 < b → (v.val[k.toNat]!).val ≤ (v.val[(k + 1).toNat]!).val) :
    ∀ i j : Int, a ≤ i → i ≤ j → j < b → (v.val[i.toNat]!).val ≤ (v.val[j.toNat]!).val := fun _ _ hi hij hj =>
  of_adjacent (r := fun i j => (v.val[i.toNat]!).val ≤ (v.val[j.toNat]!).val) (fun _ => Int.le_refl _)
    (fun _ _ _ => Int.le_trans) h hi hij hj

theorem strict_of_adjacent {v : Slice (MInt t)} {a b : Int}
    (h : ∀ k : Int, a ≤ k → k + 1 < b → (v.val[k.toNat]!).val < (v.val[(k + 1).toNat]!).val) :
    ∀ i j : Int, a ≤ i → i < j → j < b → (v.val[i.toNat]!).val < (v.val[j.toNat]!).val := fun i j hi hij hj => by
  have first := h i hi (by omega)
  have rest := sorted_of_adjacent (v := v) (a := a) (b := b) (fun k h1 h2 => Int.le_of_lt (h k h1 h2)) (i + 1) j (by omega)
    (by omega) hj
  omega

/-! ## Products -/

theorem mul_bounds {a b A B : Int} (ha : 0 ≤ a) (hA : a ≤ A) (hb : 0 ≤ b) (hB : b ≤ B) : 0 ≤ a * b ∧ a * b ≤ A * B :=
  ⟨Int.mul_nonneg ha hb, Int.mul_le_mul hA hB hb (by omega)⟩

theorem mul_self_le {a b : Int} (h0 : 0 ≤ a) (h : a ≤ b) : a * a ≤ b * b := Int.mul_le_mul h h h0 (by omega)

theorem mul_self_lt {a b : Int} (h0 : 0 ≤ a) (h : a < b) : a * a < b * b :=
  Int.mul_lt_mul' (Int.le_of_lt h) h h0 (by omega)

theorem lt_of_mul_self_lt {a b : Int} (hb : 0 ≤ b) (h : a * a < b * b) : a < b := by
  by_cases c : a < b
  · exact c
  · have := mul_self_le hb (Int.not_lt.mp c)
    omega

theorem le_of_mul_le {q d n : Int} (hq : 0 ≤ q) (hd : 0 < d) (h : q * d ≤ n) : q ≤ n := by
  have := Int.mul_le_mul_of_nonneg_left (a := 1) (b := d) (c := q) (by omega) hq
  omega

theorem quotient_unique {n d q r : Int} (h : q * d + r = n) (h0 : 0 ≤ r) (h1 : r < d) : n / d = q ∧ n % d = r := by
  subst h
  have e : q * d + r = r + d * q := by rw [Int.mul_comm]; omega
  have hd : d ≠ 0 := by omega
  rw [e, Int.add_mul_ediv_left _ _ hd, Int.add_mul_emod_self_left, Int.ediv_eq_zero_of_lt h0 h1, Int.emod_eq_of_lt h0 h1]
  omega

end Harmonic
