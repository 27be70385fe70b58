module
public import Harmonic.Slice

/-! Facts that proof search uses: elements at integer indices, membership, order. -/

@[expose] public section
noncomputable section

namespace Harmonic

/-! ## Elements at integer indices -/

theorem get_take_nat [Inhabited α] {l : List α} {n : Nat} {j : Int} (h0 : 0 ≤ j) (h : j < n) :
    (l.take n)[j.toNat]! = l[j.toNat]! := by
  rw [List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD,
    List.getElem?_take_of_lt ((Int.toNat_lt h0).mpr h)]

theorem get_take [Inhabited α] {l : List α} {n j : Int} (h0 : 0 ≤ j) (h : j < n) :
    (l.take n.toNat)[j.toNat]! = l[j.toNat]! :=
  get_take_nat h0 (by rwa [Int.toNat_of_nonneg (Int.le_trans h0 (Int.le_of_lt h))])

theorem get_drop [Inhabited α] {l : List α} {n j : Int} (h0 : 0 ≤ j) (h : 0 ≤ n) :
    (l.drop n.toNat)[j.toNat]! = l[(n + j).toNat]! := by
  rw [List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD, List.getElem?_drop, Int.toNat_add h h0]

theorem get_subslice [Inhabited α] {l : List α} {lo n j : Int} (h : 0 ≤ lo) (h0 : 0 ≤ j) (hn : j < n) :
    ((l.drop lo.toNat).take n.toNat)[j.toNat]! = l[(lo + j).toNat]! := by
  rw [get_take h0 hn, get_drop h0 h]

theorem get_append_left [Inhabited α] {l m : List α} {j : Int} (h0 : 0 ≤ j) (h : j < l.length) :
    (l ++ m)[j.toNat]! = l[j.toNat]! := by
  rw [List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD,
    List.getElem?_append_left ((Int.toNat_lt h0).mpr h)]

theorem get_append_right [Inhabited α] {l m : List α} {j : Int} (h : (l.length : Int) ≤ j) :
    (l ++ m)[j.toNat]! = m[(j - l.length).toNat]! := by
  obtain ⟨n, rfl⟩ := Int.eq_ofNat_of_zero_le (Int.le_trans (Int.natCast_nonneg _) h)
  rw [Int.toNat_sub, Int.toNat_natCast, List.getElem!_eq_getElem?_getD, List.getElem!_eq_getElem?_getD,
    List.getElem?_append_right (Int.ofNat_le.mp h)]

theorem get_insert [Inhabited α] {l : List α} {x : α} {i j : Int} (h : 0 ≤ i) (hi : i ≤ l.length) (h0 : 0 ≤ j) :
    (l.take i.toNat ++ x :: l.drop i.toNat)[j.toNat]! =
      if j < i then l[j.toNat]! else if j = i then x else l[(j - 1).toNat]! := by
  have hl : ((l.take i.toNat).length : Int) = i := by
    rw [List.length_take_of_le (Int.toNat_le.mpr hi), Int.toNat_of_nonneg h]
  by_cases c : j < i
  · rw [get_append_left h0 (hl.symm ▸ c), get_take h0 c, if_pos c]
  · have c' := Int.not_lt.mp c
    rw [get_append_right (hl.symm ▸ c'), hl, if_neg c]
    by_cases e : j = i
    · rw [if_pos e, e, Int.sub_self]; rfl
    · have p : 0 ≤ j - i - 1 := Int.le_sub_one_of_lt (Int.sub_pos_of_lt (Int.lt_iff_le_and_ne.mpr ⟨c', Ne.symm e⟩))
      have d := get_drop (l := l) p h
      have a : i + (j - i - 1) = j - 1 := by omega
      have s : (j - i).toNat = (j - i - 1).toNat + 1 := by
        rw [← Int.toNat_natCast_add_one, Int.toNat_of_nonneg p, Int.sub_add_cancel]
      rw [a] at d
      rw [if_neg e, s, ← d]
      rfl

theorem get_push [Inhabited α] {l : List α} {x : α} {j : Int} (h0 : 0 ≤ j) (h : j ≤ l.length) :
    (l ++ [x])[j.toNat]! = if j = l.length then x else l[j.toNat]! := by
  by_cases e : j = l.length
  · rw [get_append_right (by omega)]; simp [e]
  · rw [get_append_left h0 (by omega)]; simp [e]

theorem get_set [Inhabited α] {l : List α} {x : α} {i j : Int} (h : 0 ≤ i) (hi : i < l.length) (h0 : 0 ≤ j) :
    (l.set i.toNat x)[j.toNat]! = if j = i then x else l[j.toNat]! := by
  rw [List.getElem!_eq_getElem?_getD]
  by_cases e : j = i
  · rw [if_pos e, e, List.getElem?_set_self ((Int.toNat_lt h).mpr hi)]; rfl
  · have n : i.toNat ≠ j.toNat := fun q => e (by rw [← Int.toNat_of_nonneg h0, ← q, Int.toNat_of_nonneg h])
    rw [if_neg e, List.getElem?_set_ne n, List.getElem!_eq_getElem?_getD]

/-! The same about what hypotheses say of updated lists of integers, case by case: for linear arithmetic. -/

section updated
variable {t : IntTy} {x y : List (MInt t)} {a b : MInt t} {i j : Int}

theorem same_place (x : List (MInt t)) (h : i = j) : x[i.toNat]!.val = x[j.toNat]!.val := by rw [h]

theorem pushed_before (h : x = y ++ [a]) (k : Int) (h0 : 0 ≤ k) (hk : k < y.length) :
    x[k.toNat]!.val = y[k.toNat]!.val := by
  rw [h, get_push h0 (Int.le_of_lt hk), if_neg (Int.ne_of_lt hk)]

theorem pushed_last (h : x = y ++ [a]) (k : Int) (hk : k = y.length) : x[k.toNat]!.val = a.val := by
  rw [h, get_push (by omega) (Int.le_of_eq hk), if_pos hk]

theorem replaced_elsewhere (h : x = y.set i.toNat a) (k : Int) (hi : 0 ≤ i) (hl : i < y.length) (h0 : 0 ≤ k)
    (n : k ≠ i) : x[k.toNat]!.val = y[k.toNat]!.val := by
  rw [h, get_set hi hl h0, if_neg n]

theorem replaced_at (h : x = y.set i.toNat a) (k : Int) (hi : 0 ≤ i) (hl : i < y.length) (c : k = i) :
    x[k.toNat]!.val = a.val := by
  rw [h, get_set hi hl (c ▸ hi), if_pos c]

theorem swapped_elsewhere (h : x = (y.set i.toNat a).set j.toNat b) (k : Int) (hi : 0 ≤ i) (hil : i < y.length)
    (hj : 0 ≤ j) (hjl : j < y.length) (h0 : 0 ≤ k) (n : k ≠ i) (m : k ≠ j) : x[k.toNat]!.val = y[k.toNat]!.val := by
  rw [replaced_elsewhere h k hj (by rw [List.length_set]; exact hjl) h0 m, replaced_elsewhere rfl k hi hil h0 n]

theorem swapped_first (h : x = (y.set i.toNat a).set j.toNat b) (k : Int) (hi : 0 ≤ i) (hil : i < y.length)
    (hj : 0 ≤ j) (hjl : j < y.length) (c : k = i) (m : k ≠ j) : x[k.toNat]!.val = a.val := by
  rw [replaced_elsewhere h k hj (by rw [List.length_set]; exact hjl) (c ▸ hi) m, replaced_at rfl k hi hil c]

theorem swapped_last (h : x = (y.set i.toNat a).set j.toNat b) (k : Int) (hj : 0 ≤ j) (hjl : j < y.length)
    (c : k = j) : x[k.toNat]!.val = b.val :=
  replaced_at h k hj (by rw [List.length_set]; exact hjl) c

theorem pushed_cases (h : x = y ++ [a]) (k : Int) (h0 : 0 ≤ k) (hk : k ≤ y.length) :
    (k < y.length ∧ x[k.toNat]!.val = y[k.toNat]!.val) ∨ (k = y.length ∧ x[k.toNat]!.val = a.val) := by
  by_cases c : k = y.length
  · exact .inr ⟨c, pushed_last h k c⟩
  · exact .inl ⟨by omega, pushed_before h k h0 (by omega)⟩

theorem replaced_cases (h : x = y.set i.toNat a) (k : Int) (hi : 0 ≤ i) (hl : i < y.length) (h0 : 0 ≤ k) :
    (k ≠ i ∧ x[k.toNat]!.val = y[k.toNat]!.val) ∨ (k = i ∧ x[k.toNat]!.val = a.val) := by
  by_cases c : k = i
  · exact .inr ⟨c, replaced_at h k hi hl c⟩
  · exact .inl ⟨c, replaced_elsewhere h k hi hl h0 c⟩

theorem swapped_cases (h : x = (y.set i.toNat a).set j.toNat b) (k : Int) (hi : 0 ≤ i) (hil : i < y.length)
    (hj : 0 ≤ j) (hjl : j < y.length) (h0 : 0 ≤ k) :
    ((k ≠ i ∧ k ≠ j) ∧ x[k.toNat]!.val = y[k.toNat]!.val) ∨ ((k = i ∧ k ≠ j) ∧ x[k.toNat]!.val = a.val) ∨
      (k = j ∧ x[k.toNat]!.val = b.val) := by
  by_cases d : k = j
  · exact .inr (.inr ⟨d, swapped_last h k hj hjl d⟩)
  · by_cases c : k = i
    · exact .inr (.inl ⟨⟨c, d⟩, swapped_first h k hi hil hj hjl c d⟩)
    · exact .inl ⟨⟨c, d⟩, swapped_elsewhere h k hi hil hj hjl h0 c d⟩

end updated

/-! What adds up over segments of a list and depends on the elements alone, of an updated list: it is the old one, but for what was put there.
These are the three laws that such a function is shown to have. -/

section total
variable {t : IntTy} {x y : Slice (MInt t)} {a : MInt t} {i j lo hi : Int} (F : Slice (MInt t) → Int → Int → Int)
  (total : ∀ v l m h, l ≤ m → m ≤ h → F v l h = F v l m + F v m h)
  (alike : ∀ v w l h, l ≤ h → (∀ k : Int, l ≤ k → k < h → (v.val[k.toNat]!).val = (w.val[k.toNat]!).val) → F v l h = F w l h)
include total alike

theorem replaced_total (h : x.val = y.val.set i.toNat a) (l0 : 0 ≤ lo) (hl : hi ≤ y.val.length) (li : lo ≤ i)
    (ih : i < hi) : F x lo hi = F y lo hi - F y i (i + 1) + F x i (i + 1) := by
  have elsewhere := fun k => replaced_elsewhere h k (by omega) (by omega)
  have cut : ∀ v, F v lo hi = F v lo i + F v i (i + 1) + F v (i + 1) hi := by
    intro v
    rw [total v lo i hi li (by omega), total v i (i + 1) hi (by omega) (by omega)]
    omega
  rw [cut x, cut y, alike x y lo i li (fun k p q => elsewhere k (by omega) (by omega)),
    alike x y (i + 1) hi (by omega) (fun k p q => elsewhere k (by omega) (by omega))]
  omega

theorem swapped_total (one : ∀ v w l m, (v.val[l.toNat]!).val = (w.val[m.toNat]!).val → F v l (l + 1) = F w m (m + 1))
    (h : x.val = (y.val.set i.toNat (y.val[j.toNat]!)).set j.toNat (y.val[i.toNat]!)) (l0 : 0 ≤ lo)
    (hl : hi ≤ y.val.length) (li : lo ≤ i) (ih : i < hi) (lj : lo ≤ j) (jh : j < hi) : F x lo hi = F y lo hi := by
  have elsewhere := fun k => swapped_elsewhere h k (by omega) (by omega) (by omega) (by omega)
  have last := swapped_last h j (by omega) (by omega) rfl
  have first := fun m => swapped_first h i (by omega) (by omega) (by omega) (by omega) rfl m
  have same : ∀ l m, lo ≤ l → l ≤ m → m ≤ hi → (i < l ∨ m ≤ i) → (j < l ∨ m ≤ j) → F x l m = F y l m := by
    intro l m a b c d e
    exact alike x y l m b (fun k p q => elsewhere k (by omega) (by omega) (by omega))
  have cut : ∀ v a b, lo ≤ a → a < b → b < hi →
      F v lo hi = F v lo a + F v a (a + 1) + F v (a + 1) b + F v b (b + 1) + F v (b + 1) hi := by
    intro v a b p q r
    rw [total v lo a hi (by omega) (by omega), total v a (a + 1) hi (by omega) (by omega),
      total v (a + 1) b hi (by omega) (by omega), total v b (b + 1) hi (by omega) (by omega)]
    omega
  rcases Int.lt_trichotomy i j with c | c | c
  · rw [cut x i j li c jh, cut y i j li c jh, same lo i (by omega) li (by omega) (by omega) (by omega),
      same (i + 1) j (by omega) (by omega) (by omega) (by omega) (by omega),
      same (j + 1) hi (by omega) (by omega) (by omega) (by omega) (by omega), one x y i j (first (by omega)), one x y j i last]
    omega
  · subst c
    exact alike x y lo hi (by omega) (fun k p q => by
      by_cases e : k = i
      · subst e; exact last
      · exact elsewhere k (by omega) e e)
  · rw [cut x j i lj c ih, cut y j i lj c ih, same lo j (by omega) lj (by omega) (by omega) (by omega),
      same (j + 1) i (by omega) (by omega) (by omega) (by omega) (by omega),
      same (i + 1) hi (by omega) (by omega) (by omega) (by omega) (by omega), one x y i j (first (by omega)), one x y j i last]
    omega

end total

grind_pattern get_subslice => ((l.drop lo.toNat).take n.toNat)[j.toNat]!
grind_pattern get_insert => (l.take i.toNat ++ x :: l.drop i.toNat)[j.toNat]!

/-! ## Membership -/

theorem get_mem [Inhabited α] {l : List α} {i : Int} (h0 : 0 ≤ i) (h : i < l.length) : l[i.toNat]! ∈ l := by
  have : i.toNat < l.length := (Int.toNat_lt h0).mpr h
  rw [getElem!_pos l _ this]
  exact List.getElem_mem this

theorem mem_iff_get [Inhabited α] {l : List α} {x : α} : x ∈ l ↔ ∃ i : Int, 0 ≤ i ∧ i < l.length ∧ l[i.toNat]! = x := by
  constructor
  · intro h
    obtain ⟨n, hn, e⟩ := List.mem_iff_getElem.mp h
    exact ⟨n, Int.natCast_nonneg n, Int.ofNat_lt.mpr hn, by rw [Int.toNat_natCast, getElem!_pos l n hn, e]⟩
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
  have := h n (Int.natCast_nonneg n) (Int.ofNat_lt.mpr h1)
  rwa [Int.toNat_natCast, getElem!_pos l n h1, getElem!_pos m n h2] at this

theorem slice_ext [Inhabited α] {v w : Slice α} (hl : v.val.length = w.val.length)
    (h : ∀ i : Int, 0 ≤ i → i < v.val.length → v.val[i.toNat]! = w.val[i.toNat]!) : v = w :=
  Slice.ext (list_ext hl h)

/-! ## Order -/

/-- What holds between neighbours holds between any two, for a relation that is reflexive and transitive. -/
theorem of_adjacent {r : Int → Int → Prop} (refl : ∀ i, r i i) (trans : ∀ i j k, r i j → r j k → r i k) {a b : Int}
    (h : ∀ k : Int, a ≤ k → k + 1 < b → r k (k + 1)) {i j : Int} (hi : a ≤ i) (hij : i ≤ j) (hj : j < b) : r i j := by
  obtain ⟨n, rfl⟩ := Int.exists_add_of_le hij
  induction n with
  | zero =>
    have e : i + ((0 : Nat) : Int) = i := Int.add_zero i
    rw [e]; exact refl i
  | succ n ih =>
    have e : i + ((n + 1 : Nat) : Int) = i + n + 1 := (Int.add_assoc i n 1).symm
    have le : i ≤ i + n := Int.le_add_of_nonneg_right (Int.natCast_nonneg n)
    rw [e] at hj ⊢
    exact trans _ _ _ (ih le (Int.lt_trans (Int.lt_succ _) hj)) (h _ (Int.le_trans hi le) hj)

theorem sorted_of_adjacent {v : Slice (MInt t)} {a b : Int}
    (h : ∀ k : Int, a ≤ k → k + 1 < b → (v.val[k.toNat]!).val ≤ (v.val[(k + 1).toNat]!).val) :
    ∀ i j : Int, a ≤ i → i ≤ j → j < b → (v.val[i.toNat]!).val ≤ (v.val[j.toNat]!).val := fun _ _ hi hij hj =>
  of_adjacent (r := fun i j => (v.val[i.toNat]!).val ≤ (v.val[j.toNat]!).val) (fun _ => Int.le_refl _)
    (fun _ _ _ => Int.le_trans) h hi hij hj

theorem strict_of_adjacent {v : Slice (MInt t)} {a b : Int}
    (h : ∀ k : Int, a ≤ k → k + 1 < b → (v.val[k.toNat]!).val < (v.val[(k + 1).toNat]!).val) :
    ∀ i j : Int, a ≤ i → i < j → j < b → (v.val[i.toNat]!).val < (v.val[j.toNat]!).val := fun i j hi hij hj => by
  have first := h i hi (Int.lt_of_le_of_lt (Int.add_one_le_of_lt hij) hj)
  have rest := sorted_of_adjacent (v := v) (a := a) (b := b) (fun k h1 h2 => Int.le_of_lt (h k h1 h2)) (i + 1) j
    (Int.le_trans hi (Int.le_of_lt (Int.lt_succ i))) (Int.add_one_le_of_lt hij) hj
  exact Int.lt_of_lt_of_le first rest

end Harmonic
