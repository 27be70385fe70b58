module
public import Harmonic.Bits

/-! Statements about bits, decided by a SAT solver outside and checked by the kernel.

A proof names integers (`f`) and what is known of them (`Fact`s: a sum, a shift, a conjunction of bits, a range). Bit `i` of an integer, in
two's complement without end, is a propositional variable; each fact says which clauses hold of them. A certificate is a list of clauses,
each found by unit propagation from clauses before it (RUP, with hints as in LRAT: Cruz-Filipe et al., "Efficient Certified RAT
Verification", CADE 2017), the last of them empty. `check` is written for the kernel: numbers are literals, which it computes with GMP, and
nothing is evaluated twice.
-/

@[expose] public section
noncomputable section

namespace Harmonic.BitBlast

/-! ## Bits of an integer -/

/-- Bit `i` of `n` in two's complement. -/
def bit (n : Int) : Nat → Bool
  | 0 => n % 2 == 1
  | i + 1 => bit (n / 2) i

theorem bit_zero (n : Int) : bit n 0 = (n % 2 == 1) := rfl
theorem bit_succ (n : Int) (i : Nat) : bit n (i + 1) = bit (n / 2) i := rfl

theorem two_pow_succ (k : Nat) : (2 : Int) ^ (k + 1) = 2 * 2 ^ k := by
  rw [Int.pow_succ, Int.mul_comm]

/-- Above the width of `n`, all bits are its sign. -/
theorem bit_above {w : Nat} {n : Int} (lo : -2 ^ w ≤ n) (hi : n < 2 ^ w) (i : Nat) (h : w ≤ i) : bit n i = decide (n < 0) := by
  induction i generalizing n w with
  | zero =>
    obtain rfl : w = 0 := by omega
    rw [Int.pow_zero] at lo hi
    rcases (by omega : n = 0 ∨ n = -1) with rfl | rfl <;> decide
  | succ i ih =>
    rw [bit_succ]
    cases w with
    | zero =>
      rw [Int.pow_zero] at lo hi
      rw [@ih 0 (n / 2) (by rw [Int.pow_zero]; omega) (by rw [Int.pow_zero]; omega) (by omega)]
      congr 1; apply propext; omega
    | succ w =>
      rw [two_pow_succ] at lo hi
      rw [@ih w (n / 2) (by omega) (by omega) (by omega)]
      congr 1; apply propext; omega

/-- Two of three. -/
def maj (a b c : Bool) : Bool := (a && b) || (a && c) || (b && c)

/-- The carry into bit `i` of `a + b + c`. -/
def carry (a b : Int) (c : Bool) : Nat → Bool
  | 0 => c
  | i + 1 => carry (a / 2) (b / 2) (maj (bit a 0) (bit b 0) c) i

theorem carry_succ (a b : Int) (c : Bool) (i : Nat) :
    carry a b c (i + 1) = maj (bit a i) (bit b i) (carry a b c i) := by
  induction i generalizing a b c with
  | zero => rfl
  | succ i ih => rw [carry, ih]; rfl

theorem bit_add (a b : Int) (c : Bool) (i : Nat) :
    bit (a + b + c.toInt) i = (bit a i ^^ bit b i ^^ carry a b c i) := by
  induction i generalizing a b c with
  | zero =>
    simp only [bit_zero, carry]
    rcases Int.emod_two_eq a with ha | ha <;> rcases Int.emod_two_eq b with hb | hb <;> cases c <;>
      simp only [Bool.toInt, ha, hb] <;> simp <;> omega
  | succ i ih =>
    rw [bit_succ, bit_succ, bit_succ, carry, ← ih]
    congr 1
    simp only [maj, bit_zero]
    rcases Int.emod_two_eq a with ha | ha <;> rcases Int.emod_two_eq b with hb | hb <;> cases c <;>
      simp only [ha, hb] <;> simp [Bool.toInt] <;> omega

theorem bit_shl (n : Int) (k i : Nat) : bit (n * 2 ^ k) i = (decide (k ≤ i) && bit n (i - k)) := by
  induction k generalizing i with
  | zero => simp
  | succ k ih =>
    have e : n * 2 ^ (k + 1) = 2 * (n * 2 ^ k) := by rw [two_pow_succ, Int.mul_left_comm]
    cases i with
    | zero => rw [e, bit_zero]; simp
    | succ i =>
      rw [e, bit_succ, show 2 * (n * 2 ^ k) / 2 = n * 2 ^ k by omega, ih]
      simp

theorem bit_shr (n : Int) (k i : Nat) : bit (n / 2 ^ k) i = bit n (i + k) := by
  induction k generalizing n with
  | zero => simp
  | succ k ih =>
    rw [two_pow_succ, ← Int.ediv_ediv_of_nonneg (by omega), ih]; rfl

theorem bit_mod (n : Int) (k i : Nat) : bit (n % 2 ^ k) i = (decide (i < k) && bit n i) := by
  induction k generalizing n i with
  | zero =>
    rw [Int.pow_zero, Int.emod_one]
    have := @bit_above 0 0 (by decide) (by decide) i (by omega)
    simp [this]
  | succ k ih =>
    cases i with
    | zero =>
      rw [bit_zero, bit_zero, two_pow_succ, Int.emod_emod_of_dvd n (Int.dvd_mul_right 2 (2 ^ k))]
      simp
    | succ i =>
      have e : n % 2 ^ (k + 1) / 2 = n / 2 % 2 ^ k := by
        rw [two_pow_succ, Int.emod_def, Int.emod_def (n / 2), ← Int.ediv_ediv_of_nonneg (by omega), Int.mul_assoc]
        omega
      rw [bit_succ, e, ih, bit_succ]
      simp

/-! ## Facts -/

/-- What is known of the integers `f`; numbers name them. -/
inductive Fact where
  /-- `lo ≤ f j ≤ hi` -/
  | range (j : Nat) (lo hi : Int)
  /-- Bit by bit. -/
  | and (j a b : Nat)
  | or (j a b : Nat)
  | xor (j a b : Nat)
  /-- `f a` or `f b`, by bit 0 of `f c`. -/
  | ite (j c a b : Nat)
  /-- `f j = f a + f b` -/
  | add (j a b : Nat)
  /-- `f j = f a * 2 ^ k` -/
  | shl (j a k : Nat)
  /-- `f j = f a / 2 ^ k`, rounded down -/
  | shr (j a k : Nat)
  /-- `f j = f a % 2 ^ k`, not negative -/
  | mod (j a k : Nat)
  /-- The bits of `f j` are those of `f a` at these places. -/
  | gather (j a : Nat) (places : List Nat)
  /-- Bit 0 of `f j` says whether `f a` is not negative. -/
  | sign (j a : Nat) (lo hi : Int)
  /-- Bit 0 of `f j` says whether `f a = f b`. -/
  | eq (j a b : Nat) (lo hi : Int)
deriving Inhabited

def Fact.holds (f : Nat → Int) : Fact → Prop
  | range j lo hi => lo ≤ f j ∧ f j ≤ hi
  | and j a b => ∀ i, bit (f j) i = (bit (f a) i && bit (f b) i)
  | or j a b => ∀ i, bit (f j) i = (bit (f a) i || bit (f b) i)
  | xor j a b => ∀ i, bit (f j) i = (bit (f a) i ^^ bit (f b) i)
  | ite j c a b => ∀ i, bit (f j) i = cond (bit (f c) 0) (bit (f a) i) (bit (f b) i)
  | add j a b => f j = f a + f b
  | shl j a k => f j = f a * 2 ^ k
  | shr j a k => f j = f a / 2 ^ k
  | mod j a k => f j = f a % 2 ^ k
  | gather j a places => f j = Harmonic.gather places (f a)
  | sign j a lo hi => bit (f j) 0 = decide (0 ≤ f a) ∧ lo ≤ f a ∧ f a ≤ hi
  | eq j a b lo hi => bit (f j) 0 = decide (f a = f b) ∧ (lo ≤ f a ∧ f a ≤ hi) ∧ (lo ≤ f b ∧ f b ≤ hi)

/-- The word that a fact needs besides: the carries of a sum, the differences of an equation. -/
def Fact.aux (f : Nat → Int) : Fact → Nat → Bool
  | add _ a b, i => carry (f a) (f b) false i
  | eq _ a b _ _, i => bit (f a) i ^^ bit (f b) i
  | _, _ => false

/-! ## Clauses -/

/-- A literal: a word, a bit of it, and whether it is negated. -/
abbrev Lit := Nat × Nat × Bool

def Lit.holds (v : Nat → Nat → Bool) (l : Lit) : Bool := v l.1 l.2.1 != l.2.2

/-- Whether `lo … hi` has room in bits `0 … i` in two's complement, bit `i` being the sign. -/
def fits (lo hi : Int) (i : Nat) : Bool := decide (-((2 ^ i : Nat) : Int) ≤ lo) && decide (hi < ((2 ^ i : Nat) : Int))

/-- Bit `i` of `j` is bit `i'` of `a`. -/
def same (i k j a i' : Nat) : Option (List Lit) :=
  match k with
  | 0 => some [(j, i, true), (a, i', false)]
  | _ => some [(j, i, false), (a, i', true)]

/-- Bit `i` of `j` is the sum of those of `a` and `b`. -/
def odd (i k j a b : Nat) : Option (List Lit) :=
  match k with
  | 0 => some [(j, i, true), (a, i, false), (b, i, false)]
  | 1 => some [(j, i, true), (a, i, true), (b, i, true)]
  | 2 => some [(j, i, false), (a, i, true), (b, i, false)]
  | _ => some [(j, i, false), (a, i, false), (b, i, true)]

/-- Element `i`, found by the kernel without a proof that it is there. -/
def at? : List Nat → Nat → Option Nat
  | [], _ => none
  | p :: ps, i => cond (Nat.beq i 0) (some p) (at? ps (Nat.pred i))

/-! Each kind of clause is a definition of its own, with little in it: the kernel copies a definition's whole body where it unfolds it. -/

def lits2 (a i : Nat) (s : Bool) (b i' : Nat) (s' : Bool) : Option (List Lit) := some [(a, i, s), (b, i', s')]
def lits3 (a i : Nat) (s : Bool) (b i' : Nat) (s' : Bool) (c i'' : Nat) (s'' : Bool) : Option (List Lit) :=
  some [(a, i, s), (b, i', s'), (c, i'', s'')]
/-- Of the carry `w` into bit `i` and the bits of a sum there. -/
def sum4 (w i j a b : Nat) (sj sa sb sw : Bool) : Option (List Lit) :=
  some [(j, i, sj), (a, i, sa), (b, i, sb), (w, i, sw)]
def one (j i : Nat) (s : Bool) : Option (List Lit) := some [(j, i, s)]

def rangeClause (i k j : Nat) (lo hi : Int) : Option (List Lit) :=
  match k with
  | 0 => if decide (0 ≤ lo) && decide (hi < ((2 ^ i : Nat) : Int)) then one j i true else none
  | 1 => if decide (lo = hi) then one j i (!bit lo i) else none
  | 2 => if fits lo hi i then lits2 j i true j (Nat.succ i) false else none
  | 3 => if fits lo hi i then lits2 j i false j (Nat.succ i) true else none
  | _ => if decide (hi < 0) && decide (-((2 ^ i : Nat) : Int) ≤ lo) then one j i false else none

def andClause (i k j a b : Nat) : Option (List Lit) :=
  match k with
  | 0 => lits2 j i true a i false
  | 1 => lits2 j i true b i false
  | _ => lits3 j i false a i true b i true

def orClause (i k j a b : Nat) : Option (List Lit) :=
  match k with
  | 0 => lits2 j i false a i true
  | 1 => lits2 j i false b i true
  | _ => lits3 j i true a i false b i false

def iteClause (i k j c a b : Nat) : Option (List Lit) :=
  match k with
  | 0 => lits3 c 0 true j i true a i false
  | 1 => lits3 c 0 true j i false a i true
  | 2 => lits3 c 0 false j i true b i false
  | _ => lits3 c 0 false j i false b i true

/-- What the carry into the next bit is. -/
def carryClause (w i k a b : Nat) : Option (List Lit) :=
  match k with
  | 0 => if i = 0 then one w 0 true else none
  | 1 => lits3 a i true b i true w (Nat.succ i) false
  | 2 => lits3 a i true w i true w (Nat.succ i) false
  | 3 => lits3 b i true w i true w (Nat.succ i) false
  | 4 => lits3 a i false b i false w (Nat.succ i) true
  | 5 => lits3 a i false w i false w (Nat.succ i) true
  | _ => lits3 b i false w i false w (Nat.succ i) true

/-- What the sum is, from clause 7. -/
def sumClause (w i k j a b : Nat) : Option (List Lit) :=
  match k with
  | 0 => sum4 w i j a b false true true true
  | 1 => sum4 w i j a b true false true true
  | 2 => sum4 w i j a b true true false true
  | 3 => sum4 w i j a b true true true false
  | 4 => sum4 w i j a b false false false true
  | 5 => sum4 w i j a b false false true false
  | 6 => sum4 w i j a b false true false false
  | _ => sum4 w i j a b true false false false

def addClause (w i k j a b : Nat) : Option (List Lit) :=
  cond (Nat.ble k 6) (carryClause w i k a b) (sumClause w i (Nat.sub k 7) j a b)

def gatherClause (i k j a : Nat) (places : List Nat) : Option (List Lit) :=
  match at? places i with
  | some p => same i k j a p
  | none => one j i true

def signClause (i k j a : Nat) (lo hi : Int) : Option (List Lit) :=
  if fits lo hi i then
    match k with
    | 0 => lits2 j 0 false a i false
    | _ => lits2 j 0 true a i true
  else none

def eqClause (w i k j a b : Nat) (lo hi : Int) : Option (List Lit) :=
  match k with
  | 4 => lits2 j 0 true w i true
  | 5 => if fits lo hi i then some ((j, 0, false) :: (List.range (Nat.succ i)).map fun i => (w, i, false)) else none
  | _ => odd i k w a b

/-- Clause `k` of a fact at bit `i`; `w` is the word of its [`Fact.aux`]. Empty lists of alternatives stand for no clause. -/
def Fact.clause (w : Nat) (i k : Nat) : Fact → Option (List Lit)
  | range j lo hi => rangeClause i k (Nat.mul 2 j) lo hi
  | and j a b => andClause i k (Nat.mul 2 j) (Nat.mul 2 a) (Nat.mul 2 b)
  | or j a b => orClause i k (Nat.mul 2 j) (Nat.mul 2 a) (Nat.mul 2 b)
  | xor j a b => odd i k (Nat.mul 2 j) (Nat.mul 2 a) (Nat.mul 2 b)
  | ite j c a b => iteClause i k (Nat.mul 2 j) (Nat.mul 2 c) (Nat.mul 2 a) (Nat.mul 2 b)
  | add j a b => addClause w i k (Nat.mul 2 j) (Nat.mul 2 a) (Nat.mul 2 b)
  | shl j a s => if s ≤ i then same i k (Nat.mul 2 j) (Nat.mul 2 a) (Nat.sub i s) else one (Nat.mul 2 j) i true
  | shr j a s => same i k (Nat.mul 2 j) (Nat.mul 2 a) (Nat.add i s)
  | mod j a s => if i < s then same i k (Nat.mul 2 j) (Nat.mul 2 a) i else one (Nat.mul 2 j) i true
  | gather j a places => gatherClause i k (Nat.mul 2 j) (Nat.mul 2 a) places
  | sign j a lo hi => signClause i k (Nat.mul 2 j) (Nat.mul 2 a) lo hi
  | eq j a b lo hi => eqClause w i k (Nat.mul 2 j) (Nat.mul 2 a) (Nat.mul 2 b) lo hi

/-- What the words of a fact are. -/
structure Reads (f : Nat → Int) (v : Nat → Nat → Bool) (w : Nat) (F : Fact) : Prop where
  bits : ∀ j i, v (2 * j) i = bit (f j) i
  aux : ∀ i, v w i = F.aux f i

theorem pow_cast (i : Nat) : ((2 ^ i : Nat) : Int) = 2 ^ i := by simp

theorem fits_iff {lo hi : Int} {i : Nat} (h : fits lo hi i = true) : -2 ^ i ≤ lo ∧ hi < 2 ^ i := by
  simp only [fits, Bool.and_eq_true, decide_eq_true_eq, pow_cast] at h
  exact h

theorem eq_of_bits {i : Nat} {a b : Int} (ha : -2 ^ i ≤ a ∧ a < 2 ^ i) (hb : -2 ^ i ≤ b ∧ b < 2 ^ i)
    (h : ∀ k, k ≤ i → bit a k = bit b k) : a = b := by
  induction i generalizing a b with
  | zero =>
    rw [Int.pow_zero] at ha hb
    have := h 0 (by omega)
    rcases (by omega : a = 0 ∨ a = -1) with rfl | rfl <;> rcases (by omega : b = 0 ∨ b = -1) with rfl | rfl <;>
      first | rfl | simp [bit] at this
  | succ i ih =>
    rw [two_pow_succ] at ha hb
    have e := @ih (a / 2) (b / 2) (by omega) (by omega) fun k hk => h (k + 1) (by omega)
    have m := h 0 (by omega)
    rw [bit_zero, bit_zero] at m
    rcases Int.emod_two_eq a with ha | ha <;> rcases Int.emod_two_eq b with hb | hb <;> simp [ha, hb] at m <;> omega

theorem same_holds {v : Nat → Nat → Bool} {i k j a i' : Nat} {c : List Lit} (h : v j i = v a i')
    (e : same i k j a i' = some c) : c.any (Lit.holds v) = true := by
  unfold same at e
  split at e <;> obtain rfl := Option.some.inj e <;> simp only [List.any_cons, List.any_nil, Lit.holds, h] <;> cases v a i' <;> rfl

theorem odd_holds {v : Nat → Nat → Bool} {i k j a b : Nat} {c : List Lit} (h : v j i = (v a i ^^ v b i))
    (e : odd i k j a b = some c) : c.any (Lit.holds v) = true := by
  unfold odd at e
  split at e <;> obtain rfl := Option.some.inj e <;> simp only [List.any_cons, List.any_nil, Lit.holds, h] <;> cases v a i <;> cases v b i <;> rfl

theorem bit_one_of (n : Int) (p : Nat) : n / 2 ^ p % 2 = (bit n p).toInt := by
  have b := bit_shr n p 0
  rw [bit_zero, Nat.zero_add] at b
  rw [← b]
  rcases Int.emod_two_eq (n / 2 ^ p) with h | h <;> rw [h] <;> rfl

theorem bit_gather (ps : List Nat) (n : Int) (i : Nat) :
    bit (Harmonic.gather ps n) i = match at? ps i with | some p => bit n p | none => false := by
  induction ps generalizing i with
  | nil => exact bit_above (w := 0) (n := 0) (by decide) (by decide) i (by omega)
  | cons p ps ih =>
    have o := bit_one_of n p
    simp only [Harmonic.gather, o]
    cases i with
    | zero =>
      have : at? (p :: ps) 0 = some p := rfl
      rw [this, bit_zero]
      show _ = bit n p
      generalize bit n p = b
      cases b <;> simp [Bool.toInt]
    | succ i =>
      have : at? (p :: ps) (i + 1) = at? ps i := rfl
      rw [this, bit_succ, ← ih i]
      congr 1
      generalize bit n p = b
      cases b <;> simp only [Bool.toInt, cond_true, cond_false] <;> omega

theorem Fact.clause_holds {f : Nat → Int} {v : Nat → Nat → Bool} {w i k : Nat} {F : Fact} {c : List Lit}
    (r : Reads f v w F) (h : F.holds f) (e : F.clause w i k = some c) : c.any (Lit.holds v) = true := by
  cases F with
  | range j lo hi =>
    obtain ⟨hl, hh⟩ := h
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e <;> split at e <;> try contradiction
    all_goals
      rename_i g
      obtain rfl := Option.some.inj e
      try simp only [Bool.and_eq_true, decide_eq_true_eq, pow_cast] at g
      simp only [List.any_cons, List.any_nil, Lit.holds, r.bits, Bool.or_false]
    · have p : (0 : Int) < 2 ^ i := Int.pow_pos (by decide)
      rw [bit_above (w := i) (by omega) (by omega) i (Nat.le_refl _)]
      simp; omega
    · obtain rfl : f j = lo := by omega
      cases bit (f j) i <;> rfl
    · have g := fits_iff g
      rw [bit_above (w := i) (by omega) (by omega) i (by omega), bit_above (w := i) (by omega) (by omega) (i + 1) (by omega)]
      cases decide (f j < 0) <;> rfl
    · have g := fits_iff g
      rw [bit_above (w := i) (by omega) (by omega) i (by omega), bit_above (w := i) (by omega) (by omega) (i + 1) (by omega)]
      cases decide (f j < 0) <;> rfl
    · have p : (0 : Int) < 2 ^ i := Int.pow_pos (by decide)
      rw [bit_above (w := i) (by omega) (by omega) i (Nat.le_refl _)]
      simp; omega
  | and j a b =>
    have h := h i
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e <;> obtain rfl := Option.some.inj e <;> simp only [List.any_cons, List.any_nil, Lit.holds, r.bits, h] <;>
      cases bit (f a) i <;> cases bit (f b) i <;> rfl
  | or j a b =>
    have h := h i
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e <;> obtain rfl := Option.some.inj e <;> simp only [List.any_cons, List.any_nil, Lit.holds, r.bits, h] <;>
      cases bit (f a) i <;> cases bit (f b) i <;> rfl
  | xor j a b =>
    simp only [clause, Nat.mul_eq] at e
    exact odd_holds (by rw [r.bits, r.bits, r.bits]; exact h i) e
  | ite j c a b =>
    have h := h i
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e <;> obtain rfl := Option.some.inj e <;> simp only [List.any_cons, List.any_nil, Lit.holds, r.bits, h] <;>
      cases bit (f a) i <;> cases bit (f b) i <;> cases bit (f c) 0 <;> rfl
  | add j a b =>
    have s := bit_add (f a) (f b) false i
    have n := carry_succ (f a) (f b) false i
    have z : carry (f a) (f b) false 0 = false := rfl
    have h : f j = f a + f b := h
    simp only [Bool.toInt, Int.add_zero, ← h, cond_false] at s
    have x : ∀ i, v w i = carry (f a) (f b) false i := r.aux
    simp only [clause, addClause] at e
    cases q : Nat.ble k 6 <;> rw [q] at e
    · simp only [cond_false, sumClause, sum4, Nat.mul_eq] at e
      split at e
      all_goals
        obtain rfl := Option.some.inj e
        simp only [List.any_cons, List.any_nil, Lit.holds, r.bits, x, s]
        cases bit (f a) i <;> cases bit (f b) i <;> cases carry (f a) (f b) false i <;> rfl
    · simp only [cond_true, carryClause, one, lits3, Nat.mul_eq, Nat.succ_eq_add_one] at e
      split at e
      · split at e
        · obtain rfl := Option.some.inj e; simp [Lit.holds, x, z]
        · contradiction
      all_goals
        obtain rfl := Option.some.inj e
        simp only [List.any_cons, List.any_nil, Lit.holds, r.bits, x, n, maj]
        cases bit (f a) i <;> cases bit (f b) i <;> cases carry (f a) (f b) false i <;> rfl
  | shl j a s =>
    have h : f j = f a * 2 ^ s := h
    have b := bit_shl (f a) s i
    rw [← h] at b
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e <;> rename_i g
    · exact same_holds (by rw [r.bits, r.bits, b]; simp [g]) e
    · obtain rfl := Option.some.inj e
      simp [Lit.holds, r.bits, b, g]
  | shr j a s =>
    have h : f j = f a / 2 ^ s := h
    simp only [clause, Nat.mul_eq, Nat.add_eq] at e
    exact same_holds (by rw [r.bits, r.bits, h, bit_shr]) e
  | mod j a s =>
    have h : f j = f a % 2 ^ s := h
    have b := bit_mod (f a) s i
    rw [← h] at b
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e <;> rename_i g
    · exact same_holds (by rw [r.bits, r.bits, b]; simp [g]) e
    · obtain rfl := Option.some.inj e
      simp [Lit.holds, r.bits, b, g]
  | gather j a places =>
    have h : f j = Harmonic.gather places (f a) := h
    have b := bit_gather places (f a) i
    rw [← h] at b
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e <;> rename_i g
    · exact same_holds (by rw [r.bits, r.bits, b, g]) e
    · obtain rfl := Option.some.inj e
      rw [g] at b
      simp [Lit.holds, r.bits, b]
  | sign j a lo hi =>
    obtain ⟨h, hl, hh⟩ := h
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e
    · rename_i g
      have g := fits_iff g
      have b := bit_above (n := f a) (w := i) (by omega) (by omega) i (by omega)
      by_cases n : 0 ≤ f a
      · have m : ¬ f a < 0 := by omega
        split at e <;> obtain rfl := Option.some.inj e <;> simp [Lit.holds, r.bits, h, b, n, m]
      · have m : f a < 0 := by omega
        split at e <;> obtain rfl := Option.some.inj e <;> simp [Lit.holds, r.bits, h, b, n, m]
    · contradiction
  | eq j a b lo hi =>
    obtain ⟨h, ha, hb⟩ := h
    have x : ∀ i, v w i = (bit (f a) i ^^ bit (f b) i) := r.aux
    simp only [clause, rangeClause, andClause, orClause, iteClause, gatherClause, signClause, eqClause, one, lits2, lits3,
      Nat.mul_eq, Nat.add_eq, Nat.sub_eq, Nat.succ_eq_add_one] at e
    split at e
    · obtain rfl := Option.some.inj e
      simp only [List.any_cons, List.any_nil, Lit.holds, r.bits, x, h]
      by_cases n : f a = f b <;> simp [n]
    · split at e
      · rename_i g
        have g := fits_iff g
        obtain rfl := Option.some.inj e
        by_cases n : f a = f b
        · simp [Lit.holds, r.bits, h, n]
        · refine List.any_eq_true.mpr ?_
          false_or_by_contra
          rename_i none
          apply n
          refine @eq_of_bits i _ _ (by omega) (by omega) fun k hk => ?_
          false_or_by_contra
          rename_i d
          refine none ⟨(w, k, false), ?_, ?_⟩
          · refine List.mem_cons_of_mem _ (List.mem_map.mpr ⟨k, List.mem_range.mpr (by omega), rfl⟩)
          · simp only [Lit.holds, x]
            revert d; cases bit (f a) k <;> cases bit (f b) k <;> simp
      · contradiction
    · exact odd_holds (by rw [r.bits, r.bits]; exact x i) e

/-! ## Tables: read by the kernel in as many steps as the number has bits

Functions that the kernel runs are written with recursors: what Lean makes of equations costs it ten times as much. -/

/-- Goes on with a number: the kernel, which hands arguments on as they stand, evaluates what it recurses over. -/
def strict {β : Type} (n : Nat) (k : Nat → β) : β := Nat.rec (motive := fun _ => β) (k 0) (fun m _ => k m) (Nat.add n 1)

theorem strict_eq {β : Type} (n : Nat) (k : Nat → β) : strict n k = k n := rfl

inductive Table (α : Type) where
  | leaf
  | node (low : Table α) (value : Option α) (high : Table α)

namespace Table
variable {α : Type}

def get (t : Table α) : Nat → Option α :=
  Table.rec (motive := fun _ => Nat → Option α) (fun _ => none)
    (fun _ x _ low high n =>
      cond (Nat.ble n 1) x (cond (Nat.beq (Nat.mod n 2) 0) (low (Nat.div n 2)) (high (Nat.div n 2)))) t

theorem get_node (l r : Table α) (x : Option α) (n : Nat) : get (node l x r) n =
    cond (Nat.ble n 1) x (cond (Nat.beq (Nat.mod n 2) 0) (get l (Nat.div n 2)) (get r (Nat.div n 2))) := rfl

/-- Every value has the property. -/
def All (P : α → Prop) : Table α → Prop
  | leaf => True
  | node l x r => All P l ∧ (∀ y, x = some y → P y) ∧ All P r

/-- What `k` says of the table with `x` at `n`. In this order the table is a value when `k` has it, not something to be computed. -/
def insert (fuel : Nat) : Table α → Nat → α → (Table α → Bool) → Bool :=
  Nat.rec (motive := fun _ => Table α → Nat → α → (Table α → Bool) → Bool) (fun _ _ _ _ => false)
    (fun _ into t n x k => Table.casesOn (motive := fun _ => Bool) t
      (cond (Nat.ble n 1) (k (node leaf (some x) leaf)) (cond (Nat.beq (Nat.mod n 2) 0)
        (into leaf (Nat.div n 2) x fun l => k (node l none leaf))
        (into leaf (Nat.div n 2) x fun r => k (node leaf none r))))
      fun l y r => cond (Nat.ble n 1) (k (node l (some x) r)) (cond (Nat.beq (Nat.mod n 2) 0)
        (into l (Nat.div n 2) x fun l => k (node l y r))
        (into r (Nat.div n 2) x fun r => k (node l y r)))) fuel

theorem insert_leaf (fuel n : Nat) (x : α) (k : Table α → Bool) : insert (fuel + 1) leaf n x k =
    cond (Nat.ble n 1) (k (node leaf (some x) leaf)) (cond (Nat.beq (Nat.mod n 2) 0)
      (insert fuel leaf (Nat.div n 2) x fun l => k (node l none leaf))
      (insert fuel leaf (Nat.div n 2) x fun r => k (node leaf none r))) := rfl

theorem insert_node (fuel n : Nat) (x : α) (l r : Table α) (y : Option α) (k : Table α → Bool) :
    insert (fuel + 1) (node l y r) n x k =
    cond (Nat.ble n 1) (k (node l (some x) r)) (cond (Nat.beq (Nat.mod n 2) 0)
      (insert fuel l (Nat.div n 2) x fun l => k (node l y r))
      (insert fuel r (Nat.div n 2) x fun r => k (node l y r))) := rfl

theorem get_all {P : α → Prop} {t : Table α} {n : Nat} {x : α} (h : t.All P) (e : t.get n = some x) : P x := by
  induction t generalizing n with
  | leaf => exact nomatch (show none = some x from e)
  | node l y r ihl ihr =>
    obtain ⟨hl, hy, hr⟩ := h
    rw [get_node] at e
    cases c : Nat.ble n 1 <;> rw [c] at e
    · cases d : Nat.beq (Nat.mod n 2) 0 <;> rw [d] at e
      · exact ihr hr e
      · exact ihl hl e
    · exact hy x e

theorem insert_all {P : α → Prop} {fuel : Nat} {t : Table α} {n : Nat} {x : α} {k : Table α → Bool} (h : t.All P) (p : P x)
    (e : insert fuel t n x k = true) : ∃ t', All P t' ∧ k t' = true := by
  have self : ∀ y, some x = some y → P y := fun y h => Option.some.inj h ▸ p
  have empty : ∀ y, (none : Option α) = some y → P y := fun y h => by contradiction
  induction fuel generalizing t n k with
  | zero => exact nomatch (show false = true from e)
  | succ fuel ih =>
    cases t with
    | leaf =>
      rw [insert_leaf] at e
      cases c : Nat.ble n 1 <;> rw [c] at e
      · cases d : Nat.beq (Nat.mod n 2) 0 <;> rw [d] at e
        · obtain ⟨t, ht, hk⟩ := ih (k := fun r => k (node leaf none r)) h e
          exact ⟨node leaf none t, ⟨trivial, empty, ht⟩, hk⟩
        · obtain ⟨t, ht, hk⟩ := ih (k := fun l => k (node l none leaf)) h e
          exact ⟨node t none leaf, ⟨ht, empty, trivial⟩, hk⟩
      · exact ⟨node leaf (some x) leaf, ⟨trivial, self, trivial⟩, e⟩
    | node l y r =>
      obtain ⟨hl, hy, hr⟩ := h
      rw [insert_node] at e
      cases c : Nat.ble n 1 <;> rw [c] at e
      · cases d : Nat.beq (Nat.mod n 2) 0 <;> rw [d] at e
        · obtain ⟨t, ht, hk⟩ := ih (k := fun r => k (node l y r)) hr e
          exact ⟨node l y t, ⟨hl, hy, ht⟩, hk⟩
        · obtain ⟨t, ht, hk⟩ := ih (k := fun l => k (node l y r)) hl e
          exact ⟨node t y r, ⟨ht, hy, hr⟩, hk⟩
      · exact ⟨node l (some x) r, ⟨hl, self, hr⟩, e⟩

end Table

/-! ## Stacks: a skew-binary random access list (Okasaki 1998, §9.3.1), so that adding costs little -/

inductive Tree (α : Type) where
  | tip
  | node (value : α) (low high : Tree α)

inductive Stack (α : Type) where
  | empty
  | tree (size : Nat) (top : Tree α) (below : Stack α)

namespace Stack
variable {α : Type}

def push (x : α) (s : Stack α) : Stack α :=
  Stack.rec (motive := fun _ => Stack α) (tree 1 (.node x .tip .tip) empty)
    (fun n t below _ => Stack.rec (motive := fun _ => Stack α) (tree 1 (.node x .tip .tip) (tree n t empty))
      (fun m u rest _ => Bool.rec (motive := fun _ => Stack α) (tree 1 (.node x .tip .tip) (tree n t (tree m u rest)))
        (tree (Nat.add 1 (Nat.add n m)) (.node x t u) rest) (Nat.beq n m)) below) s

/-- Value `i` of a tree of `size` values, the first being at its root. -/
def «in» (t : Tree α) : Nat → Nat → Option α :=
  Tree.rec (motive := fun _ => Nat → Nat → Option α) (fun _ _ => none)
    (fun x _ _ low high size i => Nat.rec (motive := fun _ => Option α) (some x)
      (fun i _ => strict (Nat.div size 2) fun half =>
        Bool.rec (motive := fun _ => Option α) (high half (Nat.sub i half)) (low half i) (Nat.ble (Nat.succ i) half)) i) t

/-- Value `i`, 0 being the one added last. -/
def get (s : Stack α) : Nat → Option α :=
  Stack.rec (motive := fun _ => Nat → Option α) (fun _ => none)
    (fun size t _ below i =>
      Bool.rec (motive := fun _ => Option α) (below (Nat.sub i size)) («in» t size i) (Nat.ble (Nat.succ i) size)) s

def _root_.Harmonic.BitBlast.Tree.All (P : α → Prop) : Tree α → Prop
  | .tip => True
  | .node x l r => P x ∧ l.All P ∧ r.All P

/-- Every value has the property. -/
def All (P : α → Prop) : Stack α → Prop
  | empty => True
  | tree _ t below => t.All P ∧ All P below

theorem push_all {P : α → Prop} {x : α} {s : Stack α} (h : s.All P) (p : P x) : (s.push x).All P := by
  cases s with
  | empty => exact ⟨⟨p, trivial, trivial⟩, trivial⟩
  | tree n t below =>
    obtain ⟨ht, hb⟩ := h
    cases below with
    | empty => exact ⟨⟨p, trivial, trivial⟩, ht, trivial⟩
    | tree m u rest =>
      obtain ⟨hu, hr⟩ := hb
      show All P (Bool.rec _ _ (Nat.beq n m))
      cases Nat.beq n m
      · exact ⟨⟨p, trivial, trivial⟩, ht, hu, hr⟩
      · exact ⟨⟨p, ht, hu⟩, hr⟩

theorem in_all {P : α → Prop} {t : Tree α} {size i : Nat} {x : α} (h : t.All P) (e : «in» t size i = some x) : P x := by
  induction t generalizing size i with
  | tip => exact nomatch (show none = some x from e)
  | node y l r ihl ihr =>
    obtain ⟨hy, hl, hr⟩ := h
    cases i with
    | zero => exact Option.some.inj (show some y = some x from e) ▸ hy
    | succ i =>
      have e : Bool.rec (motive := fun _ => Option α) («in» r (Nat.div size 2) (Nat.sub i (Nat.div size 2)))
        («in» l (Nat.div size 2) i) (Nat.ble (Nat.succ i) (Nat.div size 2)) = some x := e
      cases c : Nat.ble (Nat.succ i) (Nat.div size 2) <;> rw [c] at e
      · exact ihr hr e
      · exact ihl hl e

theorem get_all {P : α → Prop} {s : Stack α} {i : Nat} {x : α} (h : s.All P) (e : s.get i = some x) : P x := by
  induction s generalizing i with
  | empty => exact nomatch (show none = some x from e)
  | tree n t below ih =>
    obtain ⟨ht, hb⟩ := h
    have e : Bool.rec (motive := fun _ => Option α) (below.get (Nat.sub i n)) («in» t n i) (Nat.ble (Nat.succ i) n) = some x := e
    cases c : Nat.ble (Nat.succ i) n <;> rw [c] at e
    · exact ih hb e
    · exact in_all ht e

end Stack

/-! ## The check

A clause is a list of numbers, each for a literal of it that does not hold: a clause is what is not all so. -/

/-- What stands for a literal in a clause, for words of `K` bits: its negation, twice the variable plus one if that is negated.
Numbers begin at 34: those below 32 are kept free in [`put`], and 32 is what ends a list in [`unpack`]. -/
def code (K : Nat) (l : Lit) : Nat := Nat.add (Nat.mul 2 (Nat.add (Nat.add (Nat.mul l.1 K) l.2.1) 17)) (cond l.2.2 0 1)

/-- Whether what a number stands for holds. -/
def means (K : Nat) (v : Nat → Nat → Bool) (n : Nat) : Bool := v ((n / 2 - 17) / K) ((n / 2 - 17) % K) != (n % 2 == 1)

theorem means_code {K : Nat} {v : Nat → Nat → Bool} {l : Lit} (h : l.2.1 < K) : means K v (code K l) = !l.holds v := by
  obtain ⟨w, i, s⟩ := l
  have h : i < K := h
  have d : (2 * (w * K + i + 17) + cond s 0 1) / 2 - 17 = w * K + i := by cases s <;> simp <;> omega
  have m : ((2 * (w * K + i + 17) + cond s 0 1) % 2 == 1) = !s := by cases s <;> simp <;> omega
  have q : (w * K + i) / K = w := by
    rw [Nat.mul_comm, Nat.mul_add_div (by omega), Nat.div_eq_of_lt h, Nat.add_zero]
  have r : (w * K + i) % K = i := by
    rw [Nat.mul_comm, Nat.mul_add_mod, Nat.mod_eq_of_lt h]
  simp only [means, code, Lit.holds, Nat.mul_eq, Nat.add_eq, d, m, q, r]
  cases v w i <;> cases s <;> rfl

theorem code_above (K : Nat) (l : Lit) : 32 ≤ code K l := by
  simp only [code, Nat.mul_eq, Nat.add_eq]; omega

/-- The set `A` with `n`, as bit `n`. The lowest 32 bits mean nothing; they tell sets apart for the kernel, which hashes a number
by its low bits and is slow where many have the same. -/
def put (A n : Nat) : Nat := Nat.xor (Nat.lor A (Nat.shiftLeft 1 n)) (Nat.mod n 4294967296)
def flip (n : Nat) : Nat := Nat.xor n 1

/-- Goes on under the numbers `A` that hold: with one more if a clause asks for it, or not at all if it cannot hold. `other` is a
number of the clause that is not known to hold, or 0. -/
def propagate (A : Nat) (k : Nat → Bool) (c : List Nat) : (other : Nat) → Bool :=
  List.rec (motive := fun _ => Nat → Bool)
    (fun other => Nat.rec (motive := fun _ => Bool) true (fun _ _ => strict (put A (flip other)) k) other)
    (fun n _ rest other => Nat.rec (motive := fun _ => Bool)
      (Nat.rec (motive := fun _ => Bool) (rest n) (fun _ _ => cond (Nat.beq other n) (rest other) false) other)
      (fun _ _ => rest other) (Nat.mod (Nat.shiftRight A n) 2)) c

def codes (K : Nat) (ls : List Lit) : Option (List Nat) :=
  List.rec (motive := fun _ => Option (List Nat)) (some [])
    (fun l _ rest => cond (Nat.ble (Nat.succ l.2.1) K)
      (Option.rec (motive := fun _ => Option (List Nat)) none
        (fun ns => strict (code K l) fun n => some (n :: ns)) rest) none) ls

theorem codes_cons (K : Nat) (l : Lit) (ls : List Lit) : codes K (l :: ls) =
    cond (Nat.ble (Nat.succ l.2.1) K) ((codes K ls).map (code K l :: ·)) none := by
  cases h : codes K ls <;> (show cond _ (Option.rec (motive := fun _ => Option (List Nat)) none _ (codes K ls)) _ = _; rw [h]; rfl)

/-- Clause `h % 16` of fact `h / 16 / K` at bit `h / 16 % K`. The kernel remembers what it was. -/
def given (K : Nat) (facts : Table Fact) (h : Nat) : Option (List Nat) :=
  strict (Nat.div h (Nat.mul 16 K)) fun n => strict (Nat.mod (Nat.div h 16) K) fun i => strict (Nat.mod h 16) fun k =>
    Option.rec (motive := fun _ => Option (List Nat)) none
      (fun F => strict (Nat.succ (Nat.mul 2 n)) fun w =>
        Option.rec (motive := fun _ => Option (List Nat)) none (codes K) (F.clause w i k))
      (facts.get n)

/-- Goes on with what the clause gives that the hint names: one learnt (odd), or one of a fact. -/
def step (K : Nat) (facts : Table Fact) (learnt : Stack (List Nat)) (h A : Nat) (k : Nat → Bool) : Bool :=
  strict (Nat.div h 2) fun i => Option.rec (motive := fun _ => Bool) false (fun c => propagate A k c 0)
    (Nat.rec (motive := fun _ => Option (List Nat)) (given K facts i) (fun _ _ => learnt.get i) (Nat.mod h 2))

/-- Whether unit propagation over the clauses that the hints name comes to one that cannot hold. Hints are numbers below `2 ^ 32`,
one above the other. -/
def follow (K : Nat) (facts : Table Fact) (learnt : Stack (List Nat)) (fuel : Nat) : (hints A : Nat) → Bool :=
  Nat.rec (motive := fun _ => Nat → Nat → Bool) (fun _ _ => false)
    (fun _ rest hints A => Nat.rec (motive := fun _ => Bool) false
      (fun _ _ => step K facts learnt (Nat.mod hints 4294967296) A (rest (Nat.shiftRight hints 32))) hints) fuel

/-- Numbers below `2 ^ 32`, one above the other, each less by 32 than what it stands for. -/
def unpack (fuel : Nat) : Nat → List Nat :=
  Nat.rec (motive := fun _ => Nat → List Nat) (fun _ => [])
    (fun _ rest n => Nat.rec (motive := fun _ => List Nat) []
      (fun _ _ => strict (Nat.add (Nat.mod n 4294967296) 32) fun m => m :: rest (Nat.shiftRight n 32)) n) fuel

/-- Goes on with a list once all of it is there. -/
def whole (ls : List Nat) : (List Nat → Bool) → Bool :=
  List.rec (motive := fun _ => (List Nat → Bool) → Bool) (fun k => k []) (fun l _ rest k => rest fun ls => k (l :: ls)) ls

theorem whole_eq (ls : List Nat) (k : List Nat → Bool) : whole ls k = k ls := by
  induction ls generalizing k with
  | nil => rfl
  | cons l ls ih => exact ih fun ls => k (l :: ls)

/-- That a clause does not hold. -/
def against (A : Nat) (c : List Nat) : Nat :=
  List.rec (motive := fun _ => Nat → Nat) (fun A => A) (fun n _ rest A => rest (put A n)) c A

/-- Steps in a number, by 32 bits: how many hints (above bit 16) and literals there are; the literals of the clause, each less by 32;
the hints by which it follows. The last clause is empty. -/
def chunk (K : Nat) (facts : Table Fact) (fuel : Nat) : (all : Nat) → Stack (List Nat) → (Stack (List Nat) → Bool) → Bool :=
  Nat.rec (motive := fun _ => Nat → Stack (List Nat) → (Stack (List Nat) → Bool) → Bool) (fun _ _ _ => false)
    (fun _ rest all learnt k => Nat.rec (motive := fun _ => Bool) (k learnt)
      (fun _ _ => strict (Nat.mod all 65536) fun literals => strict (Nat.mod (Nat.shiftRight all 16) 65536) fun hints =>
        whole (unpack literals (Nat.shiftRight all 32)) fun c =>
          strict (Nat.shiftRight all (Nat.mul 32 (Nat.succ literals))) fun all => Bool.rec (motive := fun _ => Bool) false
            (List.rec (motive := fun _ => Bool) true
              (fun n ns _ => rest (Nat.shiftRight all (Nat.mul 32 hints)) (learnt.push (n :: ns)) k) c)
            (follow K facts learnt hints all (against 0 c))) all) fuel

def steps (K : Nat) (facts : Table Fact) (learnt : Stack (List Nat)) (chunks : List Nat) : Bool :=
  List.rec (motive := fun _ => Stack (List Nat) → Bool) (fun _ => false)
    (fun n _ rest learnt => chunk K facts 4096 n learnt rest) chunks learnt

def load (t : Table Fact) (n : Nat) (Fs : List Fact) (k : Table Fact → Bool) : Bool :=
  List.rec (motive := fun _ => Table Fact → Nat → Bool) (fun t _ => k t)
    (fun F _ rest t n => t.insert 32 n F fun t => rest t (Nat.succ n)) Fs t n

/-- Whether the certificate shows that the facts cannot all hold. -/
def check (K : Nat) (facts : List Fact) (certificate : List Nat) : Bool :=
  load .leaf 1 facts fun t => steps K t .empty certificate

/-! ## Soundness -/

theorem tst_eq {A n m : Nat} (h : Nat.mod (Nat.shiftRight A n) 2 = m) : A.testBit n = Nat.beq m 1 := by
  subst h
  rw [Nat.testBit_eq_decide_div_mod_eq, ← Nat.shiftRight_eq_div_pow]
  show _ = Nat.beq ((A >>> n) % 2) 1
  rw [Bool.eq_iff_iff, Nat.beq_eq, decide_eq_true_eq]

theorem testBit_put {A n m : Nat} (h : (put A n).testBit m = true) (above : 32 ≤ m) : A.testBit m = true ∨ m = n := by
  have h : ((A ||| 1 <<< n) ^^^ (n % 2 ^ 32)).testBit m = true := h
  have low : (n % 2 ^ 32).testBit m = false := by
    rw [Nat.testBit_mod_two_pow]; simp; omega
  rw [Nat.testBit_xor, low, Bool.xor_false, Nat.testBit_or, Bool.or_eq_true, Nat.one_shiftLeft, Nat.testBit_two_pow] at h
  rcases h with h | h
  · exact .inl h
  · exact .inr (of_decide_eq_true h).symm

theorem means_flip (K : Nat) (v : Nat → Nat → Bool) (n : Nat) : means K v (flip n) = !means K v n := by
  have d : flip n / 2 = n / 2 := by
    have := Nat.xor_div_two_pow (a := n) (b := 1) (n := 1)
    simpa [flip] using this
  have m : (flip n % 2 == 1) = !(n % 2 == 1) := by
    have := Nat.xor_mod_two_eq_one (a := n) (b := 1)
    show ((n ^^^ 1) % 2 == 1) = _
    rcases Nat.mod_two_eq_zero_or_one n with h | h <;>
      rcases Nat.mod_two_eq_zero_or_one (n ^^^ 1) with g | g <;> simp [h, g] at this ⊢
  simp only [means, d, m]
  cases v ((n / 2 - 17) / K) ((n / 2 - 17) % K) <;> cases n % 2 == 1 <;> rfl

section
variable {K : Nat} {v : Nat → Nat → Bool}

/-- All that is in `A` holds. -/
def Held (K : Nat) (v : Nat → Nat → Bool) (A : Nat) : Prop := ∀ n, 32 ≤ n → A.testBit n = true → means K v n = true

def Holds (K : Nat) (v : Nat → Nat → Bool) (c : List Nat) : Prop := ∃ n, n ∈ c ∧ means K v n = false

/-- A clause that holds, with numbers that [`put`] keeps. -/
def Good (K : Nat) (v : Nat → Nat → Bool) (c : List Nat) : Prop := (∀ n, n ∈ c → 32 ≤ n) ∧ Holds K v c

theorem Held.put {A n : Nat} (h : Held K v A) (g : means K v n = true) : Held K v (put A n) := by
  intro m above hm
  rcases testBit_put hm above with t | rfl
  · exact h m above t
  · exact g

theorem propagate_sound {A : Nat} {c : List Nat} {other : Nat} {k : Nat → Bool} (h : Held K v A)
    (above : ∀ n, n ∈ c → 32 ≤ n) (hc : Holds K v c ∨ other ≠ 0 ∧ means K v other = false)
    (e : propagate A k c other = true) : ∃ A', Held K v A' ∧ k A' = true := by
  induction c generalizing other with
  | nil =>
    rcases hc with ⟨_, hn, _⟩ | ⟨hn, hm⟩
    · contradiction
    · cases other with
      | zero => contradiction
      | succ m => exact ⟨BitBlast.put A (flip (m + 1)), h.put (by rw [means_flip, hm]; rfl), e⟩
  | cons n ns ih =>
    have above' : ∀ m, m ∈ ns → 32 ≤ m := fun m hm => above m (.tail _ hm)
    have split : Holds K v (n :: ns) → means K v n = false ∨ Holds K v ns := by
      rintro ⟨m, hm, f⟩
      cases hm with
      | head => exact .inl f
      | tail _ hm => exact .inr ⟨m, hm, f⟩
    have e : Nat.rec (motive := fun _ => Bool)
      (Nat.rec (motive := fun _ => Bool) (propagate A k ns n)
        (fun _ _ => cond (Nat.beq other n) (propagate A k ns other) false) other)
      (fun _ _ => propagate A k ns other) (Nat.mod (Nat.shiftRight A n) 2) = true := e
    cases t : Nat.mod (Nat.shiftRight A n) 2 with
    | zero =>
      rw [t] at e
      cases other with
      | zero =>
        refine ih above' ?_ e
        rcases hc with hc | ⟨hn, _⟩
        · rcases split hc with hc | hc
          · exact .inr ⟨by have := above n (.head _); omega, hc⟩
          · exact .inl hc
        · contradiction
      | succ m =>
        have e : cond (Nat.beq (m + 1) n) (propagate A k ns (m + 1)) false = true := e
        cases b : Nat.beq (m + 1) n <;> rw [b] at e
        · contradiction
        · refine ih above' ?_ e
          rcases hc with hc | hc
          · rcases split hc with hc | hc
            · exact .inr ⟨by omega, Nat.eq_of_beq_eq_true b ▸ hc⟩
            · exact .inl hc
          · exact .inr hc
    | succ m =>
      rw [t] at e
      have one : m + 1 = 1 := by
        have : Nat.mod (Nat.shiftRight A n) 2 < 2 := Nat.mod_lt _ (by decide)
        omega
      have b := tst_eq t
      rw [one] at b
      have holds := h n (above n (.head _)) b
      refine ih above' ?_ e
      rcases hc with hc | hc
      · rcases split hc with hc | hc
        · rw [hc] at holds; contradiction
        · exact .inl hc
      · exact .inr hc

theorem codes_sound {c : List Lit} {ns : List Nat} (e : codes K c = some ns) (h : c.any (Lit.holds v) = true) :
    Good K v ns := by
  have all : ∀ {c : List Lit} {ns : List Nat}, codes K c = some ns →
      (∀ n, n ∈ ns → 32 ≤ n) ∧ (c.any (Lit.holds v) = true → Holds K v ns) := by
    intro c
    induction c with
    | nil =>
      intro ns e
      obtain rfl : [] = ns := Option.some.inj e
      exact ⟨fun _ h => (nomatch h), fun h => (nomatch h)⟩
    | cons l ls ih =>
      intro ns e
      rw [codes_cons] at e
      cases b : Nat.ble (Nat.succ l.2.1) K <;> rw [b] at e
      · contradiction
      · cases r : codes K ls with
        | none => rw [r] at e; contradiction
        | some ms =>
          rw [r] at e
          obtain rfl := Option.some.inj e
          have lt : l.2.1 < K := Nat.le_of_ble_eq_true b
          obtain ⟨above, holds⟩ := ih r
          constructor
          · intro n hn
            cases hn with
            | head => exact code_above K l
            | tail _ hn => exact above n hn
          · intro h
            simp only [List.any_cons, Bool.or_eq_true] at h
            rcases h with h | h
            · exact ⟨_, .head _, by rw [means_code lt, h]; rfl⟩
            · obtain ⟨n, hn, f⟩ := holds h
              exact ⟨n, .tail _ hn, f⟩
  exact ⟨(all e).1, (all e).2 h⟩

/-- The words: integers at even numbers, what facts need besides at odd ones. -/
def words (f : Nat → Int) (facts : Table Fact) (w : Nat) : Nat → Bool :=
  cond (Nat.beq (w % 2) 0) (bit (f (w / 2)))
    (match facts.get (w / 2) with
    | some F => F.aux f
    | none => fun _ => false)

theorem words_reads {f : Nat → Int} {facts : Table Fact} {n : Nat} {F : Fact} (h : facts.get n = some F) :
    Reads f (words f facts) (2 * n + 1) F where
  bits j i := by
    have m : 2 * j % 2 = 0 := by omega
    have d : 2 * j / 2 = j := by omega
    simp only [words, m, d]; rfl
  aux i := by
    have m : (2 * n + 1) % 2 = 1 := by omega
    have d : (2 * n + 1) / 2 = n := by omega
    simp only [words, m, d, h]; rfl

theorem given_sound {f : Nat → Int} {facts : Table Fact} {h : Nat} {c : List Nat} (hf : facts.All (Fact.holds f))
    (e : given K facts h = some c) : Good K (words f facts) c := by
  simp only [given, strict_eq] at e
  generalize Nat.div h (Nat.mul 16 K) = n at e
  cases g : facts.get n with
  | none => rw [g] at e; contradiction
  | some F =>
    rw [g] at e
    have e : Option.rec (motive := fun _ => Option (List Nat)) none (codes K)
      (F.clause (Nat.succ (Nat.mul 2 n)) (Nat.mod (Nat.div h 16) K) (Nat.mod h 16)) = some c := e
    cases s : F.clause (Nat.succ (Nat.mul 2 n)) (Nat.mod (Nat.div h 16) K) (Nat.mod h 16) with
    | none => rw [s] at e; contradiction
    | some c' =>
      rw [s] at e
      exact codes_sound e (Fact.clause_holds (words_reads g) (Table.get_all hf g) s)

theorem step_sound {f : Nat → Int} {facts : Table Fact} {learnt : Stack (List Nat)} {h A : Nat} {k : Nat → Bool}
    (hf : facts.All (Fact.holds f)) (hl : learnt.All (Good K (words f facts))) (ha : Held K (words f facts) A)
    (e : step K facts learnt h A k = true) : ∃ A', Held K (words f facts) A' ∧ k A' = true := by
  have e : Option.rec (motive := fun _ => Bool) false (fun c => propagate A k c 0)
    (Nat.rec (motive := fun _ => Option (List Nat)) (given K facts (Nat.div h 2)) (fun _ _ => learnt.get (Nat.div h 2))
      (Nat.mod h 2)) = true := e
  have good : ∀ {o : Option (List Nat)}, (∀ c, o = some c → Good K (words f facts) c) →
      Option.rec (motive := fun _ => Bool) false (fun c => propagate A k c 0) o = true →
      ∃ A', Held K (words f facts) A' ∧ k A' = true := by
    intro o g e
    cases o with
    | none => contradiction
    | some c => exact propagate_sound ha (g c rfl).1 (.inl (g c rfl).2) e
  cases m : Nat.mod h 2 <;> rw [m] at e
  · exact good (fun _ g => given_sound hf g) e
  · exact good (fun _ g => Stack.get_all hl g) e

theorem follow_sound {f : Nat → Int} {facts : Table Fact} {learnt : Stack (List Nat)} {fuel hints A : Nat}
    (hf : facts.All (Fact.holds f)) (hl : learnt.All (Good K (words f facts))) (h : Held K (words f facts) A)
    (e : follow K facts learnt fuel hints A = true) : False := by
  induction fuel generalizing hints A with
  | zero => exact nomatch (show false = true from e)
  | succ fuel ih =>
    cases hints with
    | zero => exact nomatch (show false = true from e)
    | succ n =>
      obtain ⟨A', ha, hk⟩ := step_sound hf hl h (show step K facts learnt _ A (follow K facts learnt fuel _) = true from e)
      exact ih ha hk

theorem against_sound {c : List Nat} {A : Nat} (h : Held K v A) (n : ¬Holds K v c) : Held K v (against A c) := by
  induction c generalizing A with
  | nil => exact h
  | cons l ls ih =>
    refine ih (h.put ?_) fun ⟨m, hm, f⟩ => n ⟨m, .tail _ hm, f⟩
    cases c : means K v l
    · exact absurd ⟨l, .head _, c⟩ n
    · rfl

theorem unpack_above {fuel n : Nat} : ∀ m, m ∈ unpack fuel n → 32 ≤ m := by
  induction fuel generalizing n with
  | zero => exact fun _ h => nomatch h
  | succ fuel ih =>
    cases n with
    | zero => exact fun _ h => nomatch h
    | succ n =>
      intro m hm
      have hm : m ∈ Nat.add (Nat.mod (n + 1) 4294967296) 32 :: unpack fuel (Nat.shiftRight (n + 1) 32) := hm
      cases hm with
      | head => exact Nat.le_add_left ..
      | tail _ hm => exact ih m hm

theorem chunk_sound {f : Nat → Int} {facts : Table Fact} {learnt : Stack (List Nat)} {fuel all : Nat}
    {k : Stack (List Nat) → Bool} (hf : facts.All (Fact.holds f)) (hl : learnt.All (Good K (words f facts)))
    (e : chunk K facts fuel all learnt k = true) : ∃ learnt', learnt'.All (Good K (words f facts)) ∧ k learnt' = true := by
  induction fuel generalizing all learnt with
  | zero => exact nomatch (show false = true from e)
  | succ fuel ih =>
    cases all with
    | zero => exact ⟨learnt, hl, e⟩
    | succ all =>
      have e : whole (unpack (Nat.mod (all + 1) 65536) (Nat.shiftRight (all + 1) 32)) _ = true := e
      rw [whole_eq] at e
      have none : Held K (words f facts) 0 := by
        intro l _ h
        rw [Nat.zero_testBit] at h
        contradiction
      have above := unpack_above (fuel := Nat.mod (all + 1) 65536) (n := Nat.shiftRight (all + 1) 32)
      generalize unpack (Nat.mod (all + 1) 65536) (Nat.shiftRight (all + 1) 32) = c at e above
      generalize Nat.shiftRight (all + 1) (Nat.mul 32 (Nat.succ (Nat.mod (all + 1) 65536))) = more at e
      generalize Nat.mod (Nat.shiftRight (all + 1) 16) 65536 = hints at e
      have e : Bool.rec (motive := fun _ => Bool) false
        (List.rec (motive := fun _ => Bool) true
          (fun n ns _ => chunk K facts fuel (Nat.shiftRight more (Nat.mul 32 hints)) (learnt.push (n :: ns)) k) c)
        (follow K facts learnt hints more (against 0 c)) = true := e
      cases b : follow K facts learnt hints more (against 0 c) <;> rw [b] at e
      · contradiction
      · have hc : Good K (words f facts) c := by
          refine ⟨above, ?_⟩
          false_or_by_contra
          rename_i n
          exact follow_sound hf hl (against_sound none n) b
        cases c with
        | nil =>
          obtain ⟨_, h, _⟩ := hc.2
          contradiction
        | cons l ls => exact ih (Stack.push_all hl hc) e

theorem steps_sound {f : Nat → Int} {facts : Table Fact} {learnt : Stack (List Nat)} {chunks : List Nat}
    (hf : facts.All (Fact.holds f)) (hl : learnt.All (Good K (words f facts)))
    (e : steps K facts learnt chunks = true) : False := by
  induction chunks generalizing learnt with
  | nil => exact nomatch (show false = true from e)
  | cons n rest ih =>
    obtain ⟨_, h, hk⟩ := chunk_sound hf hl (show chunk K facts 4096 n learnt (fun l => steps K facts l rest) = true from e)
    exact ih h hk

/-- All facts hold. -/
def Hold (f : Nat → Int) : List Fact → Prop
  | [] => True
  | F :: Fs => F.holds f ∧ Hold f Fs

theorem load_sound {f : Nat → Int} {t : Table Fact} {n : Nat} {Fs : List Fact} {k : Table Fact → Bool}
    (ht : t.All (Fact.holds f)) (h : Hold f Fs) (e : load t n Fs k = true) : ∃ t', t'.All (Fact.holds f) ∧ k t' = true := by
  induction Fs generalizing t n with
  | nil => exact ⟨t, ht, e⟩
  | cons F Fs ih =>
    have e : t.insert 32 n F (fun t => load t (Nat.succ n) Fs k) = true := e
    obtain ⟨t', ht', hk⟩ := Table.insert_all ht h.1 e
    exact ih ht' h.2 hk

end

/-- The integers of a proof, by number. -/
def nth (values : Table Int) (j : Nat) : Int :=
  match values.get (Nat.succ j) with
  | some n => n
  | none => 0

/-- All facts of some lists hold. Long lists are awkward for Lean to write and to compare. -/
def HoldAll (f : Nat → Int) : List (List Fact) → Prop
  | [] => True
  | Fs :: rest => Hold f Fs ∧ HoldAll f rest

theorem Hold.append {f : Nat → Int} {Fs Gs : List Fact} (h : Hold f Fs) (g : Hold f Gs) : Hold f (Fs ++ Gs) := by
  induction Fs with
  | nil => exact g
  | cons F Fs ih => exact ⟨h.1, ih h.2⟩

theorem HoldAll.flatten {f : Nat → Int} {lists : List (List Fact)} (h : HoldAll f lists) : Hold f lists.flatten := by
  induction lists with
  | nil => trivial
  | cons Fs rest ih => exact List.flatten_cons ▸ h.1.append (ih h.2)

/-- Facts that a certificate refutes do not all hold. -/
theorem refute (values : Table Int) (facts : List (List Fact)) (K : Nat) (certificate : List Nat)
    (h : check K facts.flatten certificate = true) (all : HoldAll (nth values) facts) : False := by
  obtain ⟨t, ht, hk⟩ := load_sound (t := .leaf) trivial all.flatten h
  exact steps_sound (learnt := .empty) ht trivial hk

/-! ## Where facts come from -/

theorem bit_nat (n i : Nat) : bit (n : Int) i = n.testBit i := by
  induction i generalizing n with
  | zero =>
    rw [bit_zero, Nat.testBit_zero]
    rcases Nat.mod_two_eq_zero_or_one n with h | h
    · have : (n : Int) % 2 = 0 := by omega
      simp [h, this]
    · have : (n : Int) % 2 = 1 := by omega
      simp [h, this]
  | succ i ih =>
    rw [bit_succ, Nat.testBit_succ, ← ih]; rfl

theorem bit_bv (w : Nat) (n : Int) (i : Nat) (h : i < w) : (BitVec.ofInt w n).getLsbD i = bit n i := by
  have b := bit_mod n w i
  have p : (0 : Int) < 2 ^ w := Int.pow_pos (by decide)
  have e : ((BitVec.ofInt w n).toNat : Int) = n % 2 ^ w := by
    rw [BitVec.toNat_ofInt, pow_cast, Int.toNat_of_nonneg (Int.emod_nonneg _ (by omega))]
  rw [← e, bit_nat] at b
  simpa [h] using b

theorem bit_wrap (t : IntTy) (n : Int) (i : Nat) (h : i < t.bits) : bit (t.wrap n) i = bit n i := by
  have a := bit_mod (t.wrap n) t.bits i
  have b := bit_mod n t.bits i
  rw [← pow_cast, ← IntTy.modulus_eq_pow, IntTy.wrap_emod, IntTy.modulus_eq_pow, pow_cast, b] at a
  simpa [h] using a.symm

/-- The bits of a type without that of the sign. -/
theorem top (t : IntTy) : ∃ w, w ≤ t.bits ∧ (w < t.bits ∨ t.min = 0) ∧ -2 ^ w ≤ t.min ∧ t.max < 2 ^ w := by
  cases t
  case u8 => exact ⟨8, by decide, .inr rfl, by decide, by decide⟩
  case u16 => exact ⟨16, by decide, .inr rfl, by decide, by decide⟩
  case u32 => exact ⟨32, by decide, .inr rfl, by decide, by decide⟩
  case u64 => exact ⟨64, by decide, .inr rfl, by decide, by decide⟩
  case u128 => exact ⟨128, by decide, .inr rfl, by decide, by decide⟩
  case usize => exact ⟨64, by decide, .inr rfl, by decide, by decide⟩
  case i8 => exact ⟨7, by decide, .inl (by decide), by decide, by decide⟩
  case i16 => exact ⟨15, by decide, .inl (by decide), by decide, by decide⟩
  case i32 => exact ⟨31, by decide, .inl (by decide), by decide, by decide⟩
  case i64 => exact ⟨63, by decide, .inl (by decide), by decide, by decide⟩
  case i128 => exact ⟨127, by decide, .inl (by decide), by decide, by decide⟩
  case isize => exact ⟨63, by decide, .inl (by decide), by decide, by decide⟩

/-- An operation on the bits of a type is one on all bits of integers of that type, if two signs `0` give one. -/
theorem bitwise {t : IntTy} {op : BitVec t.bits → BitVec t.bits → BitVec t.bits} {g : Bool → Bool → Bool}
    (low : ∀ x y i, i < t.bits → (op x y).getLsbD i = g (x.getLsbD i) (y.getLsbD i)) (zero : g false false = false)
    {a b y : Int} (h : y = ofBv t (op (bv t a) (bv t b))) (ha : t.min ≤ a ∧ a ≤ t.max) (hb : t.min ≤ b ∧ b ≤ t.max)
    (i : Nat) : bit y i = g (bit a i) (bit b i) := by
  have hy : t.min ≤ y ∧ y ≤ t.max := h ▸ t.wrap_bounds _
  have inside : ∀ i, i < t.bits → bit y i = g (bit a i) (bit b i) := by
    intro i hi
    rw [h, ofBv, bit_wrap t _ i hi, bit_nat, ← bit_bv t.bits a i hi, ← bit_bv t.bits b i hi]
    exact low _ _ i hi
  by_cases hi : i < t.bits
  · exact inside i hi
  · obtain ⟨w, hw, s, lo, hi'⟩ := top t
    have above : ∀ n, t.min ≤ n ∧ n ≤ t.max → bit n i = decide (n < 0) := fun n hn =>
      bit_above (w := w) (by omega) (by omega) i (by omega)
    rw [above y hy, above a ha, above b hb]
    rcases s with s | s
    · have sign : ∀ n, t.min ≤ n ∧ n ≤ t.max → bit n w = decide (n < 0) := fun n hn =>
        bit_above (w := w) (by omega) (by omega) w (by omega)
      rw [← sign y hy, ← sign a ha, ← sign b hb]
      exact inside w s
    · have none : ∀ n, t.min ≤ n ∧ n ≤ t.max → decide (n < 0) = false := fun n hn => decide_eq_false (by omega)
      rw [none y hy, none a ha, none b hb, zero]

theorem and_bits {t : IntTy} {a b y : Int} (h : y = iand t a b) (ha : t.min ≤ a ∧ a ≤ t.max)
    (hb : t.min ≤ b ∧ b ≤ t.max) : ∀ i, bit y i = (bit a i && bit b i) :=
  bitwise (op := (· &&& ·)) (g := and) (fun _ _ _ _ => BitVec.getLsbD_and ..) rfl h ha hb

theorem or_bits {t : IntTy} {a b y : Int} (h : y = ior t a b) (ha : t.min ≤ a ∧ a ≤ t.max)
    (hb : t.min ≤ b ∧ b ≤ t.max) : ∀ i, bit y i = (bit a i || bit b i) :=
  bitwise (op := (· ||| ·)) (g := or) (fun _ _ _ _ => BitVec.getLsbD_or ..) rfl h ha hb

theorem xor_bits {t : IntTy} {a b y : Int} (h : y = ixor t a b) (ha : t.min ≤ a ∧ a ≤ t.max)
    (hb : t.min ≤ b ∧ b ≤ t.max) : ∀ i, bit y i = (bit a i ^^ bit b i) :=
  bitwise (op := (· ^^^ ·)) (g := xor) (fun _ _ _ _ => BitVec.getLsbD_xor ..) rfl h ha hb

/-- A proposition as a number. -/
def ind (p : Prop) : Int := @_root_.ite Int p (Classical.propDecidable p) 1 0

theorem ind_yes {p : Prop} (h : p) : 1 ≤ ind p ∧ ind p ≤ 1 := by simp [ind, h]
theorem ind_range (p : Prop) : 0 ≤ ind p ∧ ind p ≤ 1 := by by_cases h : p <;> simp [ind, h]
theorem ind_no {p : Prop} (h : ¬p) : 0 ≤ ind p ∧ ind p ≤ 0 := by simp [ind, h]

theorem ind_bit (p : Prop) [d : Decidable p] : bit (ind p) 0 = decide p := by
  by_cases h : p <;> simp [ind, h, bit]

theorem bit_of_zero (i : Nat) : bit 0 i = false :=
  bit_above (w := 0) (by decide) (by decide) i (by omega)

theorem bit_of_one (i : Nat) : bit 1 i = decide (i = 0) := by
  cases i with
  | zero => rfl
  | succ i => rw [bit_succ]; exact bit_of_zero i

theorem ind_bits (p : Prop) (i : Nat) : bit (ind p) i = (decide (i = 0) && @decide p (Classical.propDecidable p)) := by
  by_cases h : p <;> simp [ind, h, bit_of_zero, bit_of_one]

theorem ind_not (p : Prop) : ∀ i, bit (ind (¬p)) i = (bit (ind p) i ^^ bit 1 i) := by
  intro i
  by_cases h : p <;> simp [ind, h, bit_of_zero, bit_of_one]

theorem ind_lt (a b : Int) : ∀ i, bit (ind (a < b)) i = (bit (ind (b ≤ a)) i ^^ bit 1 i) := by
  rw [← Int.not_le]; exact ind_not _

theorem ind_and (p q : Prop) : ∀ i, bit (ind (p ∧ q)) i = (bit (ind p) i && bit (ind q) i) := by
  intro i
  by_cases h : p <;> by_cases h' : q <;> simp [ind, h, h', bit_of_zero, bit_of_one]

theorem ind_or (p q : Prop) : ∀ i, bit (ind (p ∨ q)) i = (bit (ind p) i || bit (ind q) i) := by
  intro i
  by_cases h : p <;> by_cases h' : q <;> simp [ind, h, h', bit_of_zero, bit_of_one]

theorem ind_imp (p q : Prop) : ∀ i, bit (ind (p → q)) i = (bit (ind (¬p)) i || bit (ind q) i) := by
  intro i
  by_cases h : p <;> by_cases h' : q <;> simp [ind, h, h', bit_of_zero, bit_of_one]

theorem ind_xor (p q : Prop) : ∀ i, bit (ind (¬(p ↔ q))) i = (bit (ind p) i ^^ bit (ind q) i) := by
  intro i
  by_cases h : p <;> by_cases h' : q <;> simp [ind, h, h', bit_of_zero, bit_of_one]

theorem ind_iff (p q : Prop) : ∀ i, bit (ind (p ↔ q)) i = (bit (ind (¬(p ↔ q))) i ^^ bit 1 i) := by
  intro i
  by_cases h : p <;> by_cases h' : q <;> simp [ind, h, h', bit_of_zero, bit_of_one]

theorem le_bit (a b : Int) : bit (ind (a ≤ b)) 0 = decide (0 ≤ b - a) := by
  rw [ind_bit]; congr 1; apply propext; omega

theorem ite_bits {c : Prop} [Decidable c] {a b y : Int} (h : y = if c then a else b) :
    ∀ i, bit y i = cond (bit (ind c) 0) (bit a i) (bit b i) := by
  intro i
  rw [ind_bit, h]
  by_cases h : c <;> simp [h]

/-! ## Ranges and facts from what operations say of their results -/

section
variable {a b c y al ah bl bh lo hi : Int} {k : Nat}

theorem widen (h : al ≤ a ∧ a ≤ ah) (e : (decide (lo ≤ al) && decide (ah ≤ hi)) = true) : lo ≤ a ∧ a ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e; omega

theorem lit_range (h : y = c) : c ≤ y ∧ y ≤ c := by omega
theorem same_range (h : y = a) (r : lo ≤ a ∧ a ≤ hi) : lo ≤ y ∧ y ≤ hi := h ▸ r

theorem add_range (h : y = a + b) (ra : al ≤ a ∧ a ≤ ah) (rb : bl ≤ b ∧ b ≤ bh)
    (e : (decide (lo ≤ al + bl) && decide (ah + bh ≤ hi)) = true) : lo ≤ y ∧ y ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e; omega

theorem sub_range (h : y = a - b) (ra : al ≤ a ∧ a ≤ ah) (rb : bl ≤ b ∧ b ≤ bh)
    (e : (decide (lo ≤ al - bh) && decide (ah - bl ≤ hi)) = true) : lo ≤ y ∧ y ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e; omega

theorem mul_range (h : y = a * c) (ra : al ≤ a ∧ a ≤ ah)
    (e : (decide (lo ≤ al * c) && decide (lo ≤ ah * c) && decide (al * c ≤ hi) && decide (ah * c ≤ hi)) = true) :
    lo ≤ y ∧ y ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e
  rcases Int.le_total 0 c with s | s
  · have := Int.mul_le_mul_of_nonneg_right ra.1 s
    have := Int.mul_le_mul_of_nonneg_right ra.2 s
    omega
  · have := Int.mul_le_mul_of_nonpos_right ra.1 s
    have := Int.mul_le_mul_of_nonpos_right ra.2 s
    omega

theorem div_range (h : y = a / c) (ra : al ≤ a ∧ a ≤ ah)
    (e : (decide (0 < c) && decide (lo ≤ al / c) && decide (ah / c ≤ hi)) = true) : lo ≤ y ∧ y ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e
  have := Int.ediv_le_ediv e.1.1 ra.1
  have := Int.ediv_le_ediv e.1.1 ra.2
  omega

theorem mod_range (h : y = a % c) (e : (decide (0 < c) && decide (lo ≤ 0) && decide (c - 1 ≤ hi)) = true) :
    lo ≤ y ∧ y ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e
  have := Int.emod_nonneg a (b := c) (by omega)
  have := Int.emod_lt_of_pos a e.1.1
  omega

theorem ite_range {p : Prop} [Decidable p] (h : y = if p then a else b) (ra : al ≤ a ∧ a ≤ ah) (rb : bl ≤ b ∧ b ≤ bh)
    (e : (decide (lo ≤ al) && decide (ah ≤ hi) && decide (lo ≤ bl) && decide (bh ≤ hi)) = true) : lo ≤ y ∧ y ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e
  by_cases q : p <;> simp only [q, ↓reduceIte] at h <;> omega

theorem wrap_range {t : IntTy} {n : Int} (h : y = t.wrap n) : t.min ≤ y ∧ y ≤ t.max := h ▸ t.wrap_bounds n

theorem popcount_range {w : Nat} (h : y = popcount w a) : 0 ≤ y ∧ y ≤ w := h ▸ popcount_bounds w a

theorem same_fact (h : y = a) : y = a * 2 ^ 0 := by omega
theorem sub_fact (h : y = a - b) : a = b + y := by omega
theorem shl_fact (h : y = a * c) (e : decide (c = ((2 ^ k : Nat) : Int)) = true) : y = a * 2 ^ k :=
  (pow_cast k ▸ of_decide_eq_true e : c = 2 ^ k) ▸ h
theorem shr_fact (h : y = a / c) (e : decide (c = ((2 ^ k : Nat) : Int)) = true) : y = a / 2 ^ k :=
  (pow_cast k ▸ of_decide_eq_true e : c = 2 ^ k) ▸ h
theorem mod_fact (h : y = a % c) (e : decide (c = ((2 ^ k : Nat) : Int)) = true) : y = a % 2 ^ k :=
  (pow_cast k ▸ of_decide_eq_true e : c = 2 ^ k) ▸ h
theorem swap_mul (h : y = c * a) : y = a * c := h.trans (Int.mul_comm c a)

theorem parts_fact (e : decide (c = lo + hi) = true) : a * c = a * lo + a * hi := by
  rw [of_decide_eq_true e, Int.mul_add]

theorem neg_range (h : y = -a) (r : al ≤ a ∧ a ≤ ah) (e : (decide (lo ≤ -ah) && decide (-al ≤ hi)) = true) :
    lo ≤ y ∧ y ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e; omega

theorem neg_fact (h : y = -a) : (0 : Int) = a + y := by omega

theorem opposite_fact (e : decide (0 = c + b) = true) : (0 : Int) = a * c + a * b := by
  rw [← Int.mul_add, ← of_decide_eq_true e, Int.mul_zero]

theorem divmod_fact (hq : b = a / c) (hr : y = a % c) : a = b * c + y := by
  have := Int.mul_ediv_add_emod a c
  rw [hq, hr, Int.mul_comm]; omega

end

theorem popcount_split (k m : Nat) (n : Int) : popcount (k + m) n = popcount k n + popcount m (n / 2 ^ k) := by
  induction k generalizing n with
  | zero => simp [popcount]
  | succ k ih =>
    rw [Nat.add_right_comm, popcount, ih, popcount, two_pow_succ, ← Int.ediv_ediv_of_nonneg (by omega), Int.add_assoc]

theorem popcount_fact {k m : Nat} {n q c : Int} (h : q = n / c) (e : decide (c = ((2 ^ k : Nat) : Int)) = true) :
    popcount (k + m) n = popcount k n + popcount m q := by
  rw [popcount_split, h, of_decide_eq_true e, pow_cast]

theorem popcount_one (n : Int) : popcount 1 n = n % 2 ^ 1 := by simp [popcount]

/-! Rotations and reversals -/

theorem gather_bounds (ps : List Nat) (n : Int) : 0 ≤ Harmonic.gather ps n ∧ Harmonic.gather ps n < 2 ^ ps.length := by
  induction ps with
  | nil => simp [Harmonic.gather]
  | cons p ps ih =>
    have := two_pow_succ ps.length
    simp only [Harmonic.gather, List.length_cons]
    omega

theorem gather_range {ps : List Nat} {n hi : Int} (e : decide (2 ^ ps.length - 1 = hi) = true) :
    0 ≤ Harmonic.gather ps n ∧ Harmonic.gather ps n ≤ hi := by
  have := gather_bounds ps n
  have := of_decide_eq_true e
  omega

section
variable {t : IntTy} {y a k : Int} {ps : List Nat}

theorem rotl_fact (h : y = irotl t a k) (e : decide (leftward t.bits k.toNat = ps) = true) :
    y = t.wrap (Harmonic.gather ps a) := of_decide_eq_true e ▸ h
theorem rotr_fact (h : y = irotr t a k) (e : decide (rightward t.bits k.toNat = ps) = true) :
    y = t.wrap (Harmonic.gather ps a) := of_decide_eq_true e ▸ h
theorem reverse_fact (h : y = ireverse t a) (e : decide (backward t.bits = ps) = true) :
    y = t.wrap (Harmonic.gather ps a) := of_decide_eq_true e ▸ h
theorem swap_fact (h : y = iswap t a) (e : decide (bytewise t.bits = ps) = true) :
    y = t.wrap (Harmonic.gather ps a) := of_decide_eq_true e ▸ h
end

/-! Shifts by a variable: bit by bit of the amount -/

section
variable {a k c c' p y lo hi : Int} {i : Nat}

theorem emod_succ (k : Int) (i : Nat) : k % 2 ^ (i + 1) = k % 2 ^ i + (k / 2 ^ i % 2) * 2 ^ i := by
  have p : (0 : Int) < 2 ^ i := Int.pow_pos (by decide)
  have e : (2 : Int) ^ (i + 1) = 2 ^ i * 2 := Int.pow_succ ..
  rw [e, Int.emod_def, Int.emod_def k (2 ^ i), Int.emod_def (k / 2 ^ i) 2, ← Int.ediv_ediv_of_nonneg (Int.le_of_lt p),
    Int.sub_mul, Int.mul_assoc, Int.mul_comm (2 * _) (2 ^ i), Int.mul_comm (k / 2 ^ i) (2 ^ i)]
  omega

theorem pow2_stage (k : Int) (i : Nat) :
    pow2 (k % 2 ^ (i + 1)) = cond (bit (k / 2 ^ i) 0) (pow2 (k % 2 ^ i) * 2 ^ 2 ^ i) (pow2 (k % 2 ^ i)) := by
  have p : (0 : Int) < 2 ^ i := Int.pow_pos (by decide)
  have n := Int.emod_nonneg k (b := 2 ^ i) (by omega)
  have q : pow2 (2 ^ i) = 2 ^ 2 ^ i := by
    have : ((2 : Int) ^ i).toNat = 2 ^ i := by rw [← pow_cast, Int.toNat_natCast]
    rw [pow2, this, pow_cast]
  rw [emod_succ, bit_zero]
  rcases Int.emod_two_eq (k / 2 ^ i) with h | h
  · rw [h]; simp
  · rw [h, Int.one_mul, pow2_add n (by omega), q]; simp

theorem pow2_first (k : Int) : pow2 (k % 1) = 1 := by rw [Int.emod_one]; rfl

theorem up_first : a * pow2 (k % 1) = a * 2 ^ 0 := by rw [pow2_first]; rfl
theorem down_first : a / pow2 (k % 1) = a * 2 ^ 0 := by
  rw [pow2_first, Int.ediv_one, Int.pow_zero, Int.mul_one]

/-- The numbers of a stage. -/
def stages (c c' p : Int) (i : Nat) : Bool :=
  decide (c = ((2 ^ i : Nat) : Int)) && decide (c' = ((2 ^ (i + 1) : Nat) : Int)) && decide (p = ((2 ^ 2 ^ i : Nat) : Int))

theorem up_stage (e : stages c c' p i = true) :
    ∀ m, bit (a * pow2 (k % c')) m = cond (bit (k / c) 0) (bit (a * pow2 (k % c) * p) m) (bit (a * pow2 (k % c)) m) := by
  simp only [stages, Bool.and_eq_true, decide_eq_true_eq, pow_cast] at e
  intro m
  rw [e.1.1, e.1.2, e.2, pow2_stage]
  cases bit (k / 2 ^ i) 0
  · rfl
  · simp only [cond_true, Int.mul_assoc]

theorem down_stage (e : stages c c' p i = true) :
    ∀ m, bit (a / pow2 (k % c')) m = cond (bit (k / c) 0) (bit (a / pow2 (k % c) / p) m) (bit (a / pow2 (k % c)) m) := by
  simp only [stages, Bool.and_eq_true, decide_eq_true_eq, pow_cast] at e
  intro m
  rw [e.1.1, e.1.2, e.2, pow2_stage]
  cases bit (k / 2 ^ i) 0
  · rfl
  · have n := pow2_pos (k % 2 ^ i)
    simp only [cond_true, Int.ediv_ediv_of_nonneg (Int.le_of_lt n)]

theorem up_or (e : stages c c' p i = true) :
    a * pow2 (k % c') = a * pow2 (k % c) * p ∨ a * pow2 (k % c') = a * pow2 (k % c) := by
  simp only [stages, Bool.and_eq_true, decide_eq_true_eq, pow_cast] at e
  rw [e.1.1, e.1.2, e.2, pow2_stage]
  cases bit (k / 2 ^ i) 0
  · exact .inr rfl
  · exact .inl (by simp only [cond_true, Int.mul_assoc])

theorem down_or (e : stages c c' p i = true) :
    a / pow2 (k % c') = a / pow2 (k % c) / p ∨ a / pow2 (k % c') = a / pow2 (k % c) := by
  simp only [stages, Bool.and_eq_true, decide_eq_true_eq, pow_cast] at e
  rw [e.1.1, e.1.2, e.2, pow2_stage]
  cases bit (k / 2 ^ i) 0
  · exact .inr rfl
  · exact .inl (by simp only [cond_true, Int.ediv_ediv_of_nonneg (Int.le_of_lt (pow2_pos (k % 2 ^ i)))])

theorem stage_range {u s ul uh sl sh : Int} (o : y = u ∨ y = s) (ru : ul ≤ u ∧ u ≤ uh) (rs : sl ≤ s ∧ s ≤ sh)
    (e : (decide (lo ≤ ul) && decide (uh ≤ hi) && decide (lo ≤ sl) && decide (sh ≤ hi)) = true) : lo ≤ y ∧ y ≤ hi := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e
  omega

theorem amount (r : lo ≤ k ∧ k ≤ hi) (e : (decide (0 ≤ lo) && decide (hi < c)) = true) : k % c = k := by
  simp only [Bool.and_eq_true, decide_eq_true_eq] at e
  exact Int.emod_eq_of_lt (by omega) (by omega)

theorem up_last (h : y = a * pow2 k) (r : lo ≤ k ∧ k ≤ hi) (e : (decide (0 ≤ lo) && decide (hi < c)) = true) :
    y = a * pow2 (k % c) * 2 ^ 0 := by
  rw [amount r e, Int.pow_zero, Int.mul_one]; exact h

theorem down_last (h : y = a / pow2 k) (r : lo ≤ k ∧ k ≤ hi) (e : (decide (0 ≤ lo) && decide (hi < c)) = true) :
    y = a / pow2 (k % c) * 2 ^ 0 := by
  rw [amount r e, Int.pow_zero, Int.mul_one]; exact h

end

/-! Zeros, counted by halves -/

theorem ctz_split (m k : Nat) (n : Int) :
    ctz (m + k) n = if n % 2 ^ m = 0 then m + ctz k (n / 2 ^ m) else ctz m n := by
  induction m generalizing n with
  | zero => simp [Int.emod_one]
  | succ m ih =>
    have p : (0 : Int) < 2 ^ m := Int.pow_pos (by decide)
    have e : n % 2 ^ (m + 1) = n % 2 + 2 * (n / 2 % 2 ^ m) := by
      rw [two_pow_succ, Int.emod_def, Int.emod_def (n / 2), ← Int.ediv_ediv_of_nonneg (by decide), Int.mul_assoc]
      omega
    have q : n / 2 ^ (m + 1) = n / 2 / 2 ^ m := by
      rw [two_pow_succ, ← Int.ediv_ediv_of_nonneg (by decide)]
    have r := Int.emod_nonneg (n / 2) (b := 2 ^ m) (by omega)
    rw [Nat.add_right_comm, ctz, ih, q, ctz]
    by_cases h : n % 2 = 0
    · by_cases g : n / 2 % 2 ^ m = 0
      · have : n % 2 ^ (m + 1) = 0 := by omega
        simp only [h, g, this, ↓reduceIte]; omega
      · have : ¬n % 2 ^ (m + 1) = 0 := by omega
        simp only [h, g, this, ↓reduceIte]
    · have : ¬n % 2 ^ (m + 1) = 0 := by omega
      simp only [h, this, ↓reduceIte]

theorem clz_low (w : Nat) (n m : Int) (h : ∀ i, i < w → bit n i = bit m i) : clz w n = clz w m := by
  induction w with
  | zero => rfl
  | succ w ih =>
    have b := h w (by omega)
    have f (n : Int) : n / pow2 w % 2 = (bit n w).toInt := by
      rw [← bit_one_of, pow2, Int.toNat_natCast, pow_cast]
    rw [clz, clz, f, f, b, ih fun i hi => h i (by omega)]

theorem clz_split (m k : Nat) (n : Int) :
    clz (m + k) n = if n / 2 ^ m % 2 ^ k = 0 then k + clz m n else clz k (n / 2 ^ m) := by
  induction k with
  | zero => simp [Int.emod_one]
  | succ k ih =>
    have p : (0 : Int) < 2 ^ k := Int.pow_pos (by decide)
    have e := emod_succ (n / 2 ^ m) k
    have f (n : Int) (w : Nat) : n / pow2 w % 2 = n / 2 ^ w % 2 := by rw [pow2, Int.toNat_natCast, pow_cast]
    have q : n / 2 ^ (m + k) = n / 2 ^ m / 2 ^ k := by
      rw [Int.pow_add, ← Int.ediv_ediv_of_nonneg (Int.le_of_lt (Int.pow_pos (by decide)))]
    have r := Int.emod_nonneg (n / 2 ^ m) (b := 2 ^ k) (by omega)
    rw [← Nat.add_assoc, clz, ih, clz, f, f, q]
    rcases Int.emod_two_eq (n / 2 ^ m / 2 ^ k) with h | h <;> rw [h] at e ⊢
    · rw [Int.zero_mul, Int.add_zero] at e
      rw [e]
      by_cases g : n / 2 ^ m % 2 ^ k = 0
      · simp only [g, ↓reduceIte]; omega
      · simp only [g, ↓reduceIte]
    · have : ¬n / 2 ^ m % 2 ^ (k + 1) = 0 := by omega
      simp only [this, ↓reduceIte]; simp

/-- Half of the bits decide which half is to be looked at. -/
theorem ctz_half {m : Nat} {n c z s : Int} (hz : z = if n % c = 0 then n / c else n)
    (hs : s = if n % c = 0 then (m : Int) else 0) (e : decide (c = ((2 ^ m : Nat) : Int)) = true) : ctz (m + m) n = s + ctz m z := by
  rw [ctz_split, hz, hs, of_decide_eq_true e, pow_cast]
  by_cases h : n % 2 ^ m = 0 <;> simp [h]

theorem clz_half {m : Nat} {n c z s : Int} (hz : z = if n / c % c = 0 then n else n / c)
    (hs : s = if n / c % c = 0 then (m : Int) else 0) (e : decide (c = ((2 ^ m : Nat) : Int)) = true) : clz (m + m) n = s + clz m z := by
  rw [clz_split, hz, hs, of_decide_eq_true e, pow_cast]
  by_cases h : n / 2 ^ m % 2 ^ m = 0 <;> simp [h]

theorem ctz_one (n : Int) : ctz 1 n = if n % 2 = 0 then 1 else 0 := by
  simp only [ctz]; split <;> rfl
theorem clz_one (n : Int) : clz 1 n = if n % 2 = 0 then 1 else 0 := by
  have : n / pow2 ((0 : Nat) : Int) = n := Int.ediv_one n
  simp only [clz, this]; split <;> rfl

/-! Bounds of variables, made narrower by what else is known of them -/

section
variable {v lo hi n m : Int}
theorem at_most (r : lo ≤ v ∧ v ≤ hi) (h : v ≤ n) : lo ≤ v ∧ v ≤ n := ⟨r.1, h⟩
theorem at_least (r : lo ≤ v ∧ v ≤ hi) (h : n ≤ v) : n ≤ v ∧ v ≤ hi := ⟨h, r.2⟩
theorem below (r : lo ≤ v ∧ v ≤ hi) (h : v < n) (e : decide (n - 1 = m) = true) : lo ≤ v ∧ v ≤ m := by
  have := of_decide_eq_true e; omega
theorem above (r : lo ≤ v ∧ v ≤ hi) (h : n < v) (e : decide (n + 1 = m) = true) : m ≤ v ∧ v ≤ hi := by
  have := of_decide_eq_true e; omega
theorem not_least (r : lo ≤ v ∧ v ≤ hi) (h : v ≠ lo) (e : decide (lo + 1 = m) = true) : m ≤ v ∧ v ≤ hi := by
  have := of_decide_eq_true e; omega
end

/-- An operation on bits sees no more of its arguments than the type has. -/
theorem iand_left_wrap {t : IntTy} {a b a' y : Int} (h : y = iand t a b) (e : a' = t.wrap a) : y = iand t a' b := by
  rw [h, e, iand, iand, bv_wrap]
theorem iand_right_wrap {t : IntTy} {a b b' y : Int} (h : y = iand t a b) (e : b' = t.wrap b) : y = iand t a b' := by
  rw [h, e, iand, iand, bv_wrap]
theorem ior_left_wrap {t : IntTy} {a b a' y : Int} (h : y = ior t a b) (e : a' = t.wrap a) : y = ior t a' b := by
  rw [h, e, ior, ior, bv_wrap]
theorem ior_right_wrap {t : IntTy} {a b b' y : Int} (h : y = ior t a b) (e : b' = t.wrap b) : y = ior t a b' := by
  rw [h, e, ior, ior, bv_wrap]
theorem ixor_left_wrap {t : IntTy} {a b a' y : Int} (h : y = ixor t a b) (e : a' = t.wrap a) : y = ixor t a' b := by
  rw [h, e, ixor, ixor, bv_wrap]
theorem ixor_right_wrap {t : IntTy} {a b b' y : Int} (h : y = ixor t a b) (e : b' = t.wrap b) : y = ixor t a b' := by
  rw [h, e, ixor, ixor, bv_wrap]

end Harmonic.BitBlast
