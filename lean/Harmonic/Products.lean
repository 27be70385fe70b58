module

/-! Facts on products and quotients that proof search uses. -/

@[expose] public section
noncomputable section

namespace Harmonic

theorem mul_bounds {a b A B : Int} (ha : 0 ≤ a) (hA : a ≤ A) (hb : 0 ≤ b) (hB : b ≤ B) : 0 ≤ a * b ∧ a * b ≤ A * B :=
  ⟨Int.mul_nonneg ha hb, Int.mul_le_mul hA hB hb (Int.le_trans ha hA)⟩

theorem mul_abs_bounds {a b A B : Int} (ha : -A ≤ a) (hA : a ≤ A) (hb : -B ≤ b) (hB : b ≤ B) :
    -(A * B) ≤ a * b ∧ a * b ≤ A * B := by
  have h1 := Int.mul_nonneg (a := A + a) (b := B - b) (by omega) (by omega)
  have h2 := Int.mul_nonneg (a := A - a) (b := B + b) (by omega) (by omega)
  have h3 := Int.mul_nonneg (a := A + a) (b := B + b) (by omega) (by omega)
  have h4 := Int.mul_nonneg (a := A - a) (b := B - b) (by omega) (by omega)
  simp only [Int.add_mul, Int.mul_add, Int.sub_mul, Int.mul_sub] at h1 h2 h3 h4
  omega

/-- The square of a number between `-A` and `A`. -/
theorem mul_same_bounds {a b A : Int} (e : a = b) (h : -A ≤ a) (h' : a ≤ A) : 0 ≤ a * b ∧ a * b ≤ A * A := by
  subst e
  refine ⟨?_, (mul_abs_bounds h h' h h').2⟩
  rcases Int.le_total 0 a with p | p
  · exact Int.mul_nonneg p p
  · exact Int.mul_nonneg_of_nonpos_of_nonpos p p

/-- What a remainder leaves over is divisible by a divisor of the modulus if the whole is: the step of Euclid's algorithm. -/
theorem emod_emod_eq_zero_iff {a b d : Int} (h : b % d = 0) : (a % b) % d = 0 ↔ a % d = 0 := by
  have hb : d ∣ b := Int.dvd_of_emod_eq_zero h
  rw [← Int.dvd_iff_emod_eq_zero, ← Int.dvd_iff_emod_eq_zero, Int.emod_def]
  constructor
  · intro k
    have := Int.dvd_add k (Int.dvd_trans hb (Int.dvd_mul_right b (a / b)))
    rwa [Int.sub_add_cancel] at this
  · intro k
    exact Int.dvd_sub k (Int.dvd_trans hb (Int.dvd_mul_right b (a / b)))

theorem le_of_emod_eq_zero {n d : Int} (h : n % d = 0) (p : 0 < n) : d ≤ n :=
  Int.le_of_dvd p (Int.dvd_of_emod_eq_zero h)

theorem upto_zero {P : Int → Prop} (h : P 0) : ∀ k, 0 ≤ k → k ≤ 0 → P k := fun k a b => by
  have e : k = 0 := Int.le_antisymm b a
  rw [e]; exact h

/-- What holds of all numbers up to one, and of the next one. -/
theorem upto_succ {P : Int → Prop} {n m : Int} (h : ∀ k, 0 ≤ k → k ≤ n → P k) (e : n + 1 = m) (p : P m) :
    ∀ k, 0 ≤ k → k ≤ m → P k := fun k a b => by
  by_cases c : k ≤ n
  · exact h k a c
  · have e : k = m := by omega
    rw [e]; exact p

/-- What begins with one and is multiplied at each step by a number up to `M` stays within the powers of `M`. -/
theorem power_bounds (f : Int → Int) (b M : Int) (h0 : f 0 = 1) (hs : ∀ k, 0 < k → f k = b * f (k - 1)) (hb : 0 ≤ b)
    (hM : b ≤ M) (h1 : 1 ≤ M) : ∀ (n : Nat) (k : Int), 0 ≤ k → k ≤ (n : Int) → 0 ≤ f k ∧ f k ≤ M ^ n
  | 0, k, p, q => by
    have e : k = 0 := by omega
    simp [e, h0]
  | n + 1, k, p, q => by
    have pos : 0 ≤ M ^ n := Int.pow_nonneg (by omega)
    rw [Int.pow_succ, Int.mul_comm]
    by_cases c : k ≤ (n : Int)
    · have ih := power_bounds f b M h0 hs hb hM h1 n k p c
      have := Int.mul_le_mul_of_nonneg_right (a := 1) (b := M) (c := M ^ n) h1 pos
      rw [Int.one_mul] at this
      exact ⟨ih.1, Int.le_trans ih.2 this⟩
    · have ih := power_bounds f b M h0 hs hb hM h1 n (k - 1) (by omega) (by omega)
      rw [hs k (by omega)]
      exact mul_bounds hb hM ih.1 ih.2

theorem mul_self_le {a b : Int} (h0 : 0 ≤ a) (h : a ≤ b) : a * a ≤ b * b := Int.mul_le_mul h h h0 (Int.le_trans h0 h)

theorem mul_self_lt {a b : Int} (h0 : 0 ≤ a) (h : a < b) : a * a < b * b :=
  Int.mul_lt_mul' (Int.le_of_lt h) h h0 (Int.lt_of_le_of_lt h0 h)

theorem lt_of_mul_self_lt {a b : Int} (hb : 0 ≤ b) (h : a * a < b * b) : a < b :=
  Int.not_le.mp fun c => absurd h (Int.not_lt.mpr (mul_self_le hb c))

theorem le_of_mul_le {q d n : Int} (hq : 0 ≤ q) (hd : 0 < d) (h : q * d ≤ n) : q ≤ n := by
  have := Int.mul_le_mul_of_nonneg_left (a := 1) (b := d) (c := q) (Int.add_one_le_of_lt hd) hq
  rw [Int.mul_one] at this
  exact Int.le_trans this h

theorem quotient_unique {n d q r : Int} (h : q * d + r = n) (h0 : 0 ≤ r) (h1 : r < d) : n / d = q ∧ n % d = r := by
  subst h
  have e : q * d + r = r + d * q := by rw [Int.mul_comm, Int.add_comm]
  have hd : d ≠ 0 := Int.ne_of_gt (Int.lt_of_le_of_lt h0 h1)
  rw [e, Int.add_mul_ediv_left _ _ hd, Int.add_mul_emod_self_left, Int.ediv_eq_zero_of_lt h0 h1, Int.emod_eq_of_lt h0 h1]
  exact ⟨Int.zero_add q, rfl⟩

/-- The four planes that a product of bounded factors lies between (McCormick, 1976); linear where the bounds are literals. -/
theorem mul_between (a b la ua lb ub : Int) (h1 : la ≤ a) (h2 : a ≤ ua) (h3 : lb ≤ b) (h4 : b ≤ ub) :
    la * b + lb * a - la * lb ≤ a * b ∧ ua * b + ub * a - ua * ub ≤ a * b ∧
      a * b ≤ ua * b + lb * a - ua * lb ∧ a * b ≤ la * b + ub * a - la * ub := by
  have p1 := Int.mul_nonneg (Int.sub_nonneg.mpr h1) (Int.sub_nonneg.mpr h3)
  have p2 := Int.mul_nonneg (Int.sub_nonneg.mpr h2) (Int.sub_nonneg.mpr h4)
  have p3 := Int.mul_nonneg (Int.sub_nonneg.mpr h2) (Int.sub_nonneg.mpr h3)
  have p4 := Int.mul_nonneg (Int.sub_nonneg.mpr h1) (Int.sub_nonneg.mpr h4)
  simp only [Int.sub_mul, Int.mul_sub] at p1 p2 p3 p4
  have c1 := Int.mul_comm lb a
  have c2 := Int.mul_comm ub a
  have c3 := Int.mul_comm a lb
  omega

/-- Products with a common factor, one step apart. -/
theorem mul_lt_step (a b c : Int) (h : a < b) (hc : 0 ≤ c) : a * c + c ≤ b * c := by
  have := Int.mul_le_mul_of_nonneg_right (show a + 1 ≤ b from h) hc
  rwa [Int.add_mul, Int.one_mul] at this

theorem mul_le_step (a b c : Int) (h : a ≤ b) (hc : 0 ≤ c) : a * c ≤ b * c := Int.mul_le_mul_of_nonneg_right h hc

theorem ediv_between (a b : Int) (h : 0 < b) : b * (a / b) ≤ a ∧ a < b * (a / b) + b := by
  have := Int.mul_ediv_add_emod a b
  have := Int.emod_nonneg a (Int.ne_of_gt h)
  have := Int.emod_lt_of_pos a h
  omega

end Harmonic
