module

/-! What a Rust function computes (`Outcome`), the rules that prove facts about it, and the one loop. -/

@[expose] public section
noncomputable section

namespace Harmonic

/-- What running a Rust expression comes to: a value, a panic, or no end. -/
inductive Outcome (α : Type) where
  | ok (a : α)
  | panic
  | diverge

namespace Outcome
open Lean.Order

def bind (x : Outcome α) (f : α → Outcome β) : Outcome β :=
  match x with
  | .ok a => f a
  | .panic => .panic
  | .diverge => .diverge

instance : Inhabited (Outcome α) := ⟨.panic⟩

instance : Monad Outcome where
  pure := .ok
  bind := bind
  map f x := bind x (fun a => .ok (f a))
  seq f x := bind f (fun g => bind (x ()) (fun a => .ok (g a)))
  seqLeft x y := bind x (fun a => bind (y ()) (fun _ => .ok a))
  seqRight x y := bind x (fun _ => y ())

instance : PartialOrder (Outcome α) := inferInstanceAs (PartialOrder (FlatOrder Outcome.diverge))
instance : CCPO (Outcome α) := inferInstanceAs (CCPO (FlatOrder Outcome.diverge))
instance : MonoBind Outcome where
  bind_mono_left h := by
    cases h
    · exact FlatOrder.rel.bot
    · exact FlatOrder.rel.refl
  bind_mono_right h := by
    rename_i a _ _
    cases a
    · exact h _
    · exact FlatOrder.rel.refl
    · exact FlatOrder.rel.refl

/-- Recursive calls may stand on either side of a `bind`. -/
@[partial_fixpoint_monotone]
theorem monotone_bind {γ : Type v} [PartialOrder γ] (f : γ → Outcome α) (g : γ → α → Outcome β)
    (hf : monotone f) (hg : monotone g) : monotone (fun x => Outcome.bind (f x) (g x)) :=
  Lean.Order.monotone_bind (m := Outcome) f g hf hg

/-- Total correctness: `x` returns, and what it returns satisfies `P`. -/
def holds (x : Outcome α) (P : α → Prop) : Prop := ∃ a, x = .ok a ∧ P a

theorem holds_ok {P : α → Prop} {a : α} (h : P a) : (Outcome.ok a).holds P := ⟨a, rfl, h⟩

theorem holds_panic {P : α → Prop} (h : False) : (Outcome.panic : Outcome α).holds P := h.elim

theorem holds_bind {x : Outcome α} {f : α → Outcome β} {P : β → Prop}
    (h : x.holds (fun a => (f a).holds P)) : (Outcome.bind x f).holds P := by
  obtain ⟨a, rfl, ha⟩ := h
  exact ha

theorem holds_ite {c : Prop} [Decidable c] {x y : Outcome α} {P : α → Prop}
    (ht : c → x.holds P) (hf : ¬c → y.holds P) : (if c then x else y).holds P := by
  split
  · exact ht ‹_›
  · exact hf ‹_›

theorem holds_mono {x : Outcome α} {P Q : α → Prop} (h : x.holds Q) (k : ∀ a, Q a → P a) : x.holds P := by
  obtain ⟨a, e, ha⟩ := h
  exact ⟨a, e, k a ha⟩

theorem holds_and {x : Outcome α} {P Q : α → Prop} (hp : x.holds P) (hq : x.holds Q) :
    x.holds (fun a => P a ∧ Q a) := by
  obtain ⟨a, rfl, ha⟩ := hp
  obtain ⟨b, e, hb⟩ := hq
  cases e
  exact ⟨a, rfl, ha, hb⟩

theorem holds_ok_iff {P : α → Prop} {a : α} : (Outcome.ok a).holds P ↔ P a :=
  ⟨fun ⟨_, e, h⟩ => by cases e; exact h, holds_ok⟩
end Outcome

/-- What `loop_holds` and `rec_holds` count down. -/
theorem measure_lt {a b : Int} (h0 : 0 ≤ a) (h : b < a) : (b + 1).toNat < (a + 1).toNat :=
  (Int.toNat_lt_toNat (Int.lt_add_one_of_le h0)).mpr (Int.add_lt_add_right h 1)

/-! ## Recursion -/

/-- A recursive function by induction on an integer measure that its calls make smaller. -/
theorem rec_holds {f : α → Outcome β} (Pre : α → Prop) (measure : α → Int) {Post : α → β → Prop}
    (body : ∀ a, Pre a →
      (∀ a', Pre a' → 0 ≤ measure a ∧ measure a' < measure a → (f a').holds (Post a')) →
      (f a).holds (Post a))
    (a : α) (entry : Pre a) : (f a).holds (Post a) := by
  generalize hn : (measure a + 1).toNat = n
  induction n using Nat.strongRecOn generalizing a with
  | _ n ih =>
    refine body a entry fun a' pre' dec => ih _ ?_ a' pre' rfl
    exact hn ▸ measure_lt dec.1 dec.2

/-! ## The loop -/

/-- What one round of a loop comes to: another round, or the end. -/
inductive Step (σ ρ : Type) where
  | next (s : σ)
  | done (r : ρ)

/-- What a round of a loop must establish: the invariant and a smaller measure, or the goal. -/
def Step.post (Inv : σ → Prop) (measure : σ → Int) (s : σ) (P : ρ → Prop) : Step σ ρ → Prop
  | .next s' => Inv s' ∧ 0 ≤ measure s ∧ measure s' < measure s
  | .done r => P r

/-- Every Rust loop: rounds until one is the last. -/
def loop (step : σ → Outcome (Step σ ρ)) (s : σ) : Outcome ρ := do
  match ← step s with
  | .next s' => loop step s'
  | .done r => .ok r
partial_fixpoint

theorem loop_holds {step : σ → Outcome (Step σ ρ)} {P : ρ → Prop} (Inv : σ → Prop) (measure : σ → Int)
    (body : ∀ s, Inv s → (step s).holds (Step.post Inv measure s P)) (s : σ) (entry : Inv s) :
    (loop step s).holds P := by
  generalize hn : (measure s + 1).toNat = n
  induction n using Nat.strongRecOn generalizing s with
  | _ n ih =>
    rw [loop]
    obtain ⟨st, e, h⟩ := body s entry
    rw [e]
    cases st with
    | next s' =>
      obtain ⟨inv, dec⟩ := h
      exact ih _ (hn ▸ measure_lt dec.1 dec.2) s' inv rfl
    | done r => exact ⟨r, rfl, h⟩

/-- `loop_holds` with the start taken from the goal, so that Lean knows the loop before it reads the proofs of its parts. -/
theorem loop_intro {step : σ → Outcome (Step σ ρ)} {P : ρ → Prop} {s : σ} (Inv : σ → Prop) (measure : σ → Int)
    (body : ∀ s, Inv s → (step s).holds (Step.post Inv measure s P)) (entry : Inv s) : (loop step s).holds P :=
  loop_holds Inv measure body s entry

theorem step_next {Inv : σ → Prop} {measure : σ → Int} {s s' : σ} {P : ρ → Prop} (inv : Inv s')
    (dec : 0 ≤ measure s ∧ measure s' < measure s) :
    (Outcome.ok (Step.next s')).holds (Step.post Inv measure s P) :=
  Outcome.holds_ok ⟨inv, dec⟩

theorem step_done {Inv : σ → Prop} {measure : σ → Int} {s : σ} {r : ρ} {P : ρ → Prop} (h : P r) :
    (Outcome.ok (Step.done r)).holds (Step.post Inv measure s P) :=
  Outcome.holds_ok h

open Lean.Order in
/-- Recursive calls may stand in a loop. -/
@[partial_fixpoint_monotone]
theorem monotone_loop {γ σ ρ : Type} [PartialOrder γ] (f : γ → σ → Outcome (Step σ ρ)) (s : σ) (hf : monotone f) :
    monotone (fun x => loop (f x) s) := by
  intro x y hxy
  refine loop.fixpoint_induct (f x) (fun g => ∀ s, PartialOrder.rel (g s) (loop (f y) s)) ?_ ?_ s
  · exact admissible_pi_apply (fun s (a : Outcome ρ) => PartialOrder.rel a (loop (f y) s))
      fun s => admissible_flatOrder _ FlatOrder.rel.bot
  · intro g ih s
    change PartialOrder.rel (Outcome.bind (f x s) _) _
    rw [loop]
    have h : FlatOrder.rel (b := Outcome.diverge) (f x s) (f y s) := hf x y hxy s
    generalize f x s = a at h
    generalize f y s = b at h
    cases h with
    | bot => exact FlatOrder.rel.bot
    | refl =>
      cases a with
      | panic => exact FlatOrder.rel.refl
      | diverge => exact FlatOrder.rel.refl
      | ok st =>
        cases st with
        | next s' => exact ih s'
        | done r => exact FlatOrder.rel.refl

/-! ## Glue -/

/-- What two branches go on with, written once. -/
def join {α : Type} {β : Type} (f : α) (g : α → Outcome β) : Outcome β := g f

theorem join_holds {α β : Type} {f : α} {g : α → Outcome β} {P : β → Prop} (h : (g f).holds P) : (join f g).holds P := h

theorem holds_if_pos {α : Type} {c : Prop} [Decidable c] {x y : Outcome α} {P : α → Prop} (hc : c) (h : x.holds P) :
    (if c then x else y).holds P := by
  rw [if_pos hc]; exact h

theorem holds_if_neg {α : Type} {c : Prop} [Decidable c] {x y : Outcome α} {P : α → Prop} (hc : ¬c) (h : y.holds P) :
    (if c then x else y).holds P := by
  rw [if_neg hc]; exact h

theorem holds_of_eq {α : Type} {x y : Outcome α} {P : α → Prop} (e : x = y) (h : y.holds P) : x.holds P := e ▸ h

/-- How a block was left: past its end, or by a jump. -/
def exitElim {α β γ : Type} (e : α ⊕ β) (f : α → γ) (g : β → γ) : γ := match e with | .inl a => f a | .inr b => g b

open Lean.Order in
/-- Recursive calls may come after a loop. -/
@[partial_fixpoint_monotone]
theorem monotone_exitElim {α β δ γ : Type} [PartialOrder γ] (e : α ⊕ β) (f : γ → α → Outcome δ) (g : γ → β → Outcome δ)
    (hf : monotone f) (hg : monotone g) : monotone (fun x => exitElim e (f x) (g x)) := by
  intro x y h
  cases e with
  | inl a => exact hf x y h a
  | inr b => exact hg x y h b

theorem exit_inl {α β γ : Type} {a : α} {f : α → Outcome γ} {g : β → Outcome γ} {P : γ → Prop} (h : (f a).holds P) :
    (exitElim (.inl a) f g).holds P := h

theorem exit_inr {α β γ : Type} {b : β} {f : α → Outcome γ} {g : β → Outcome γ} {P : γ → Prop} (h : (g b).holds P) :
    (exitElim (.inr b) f g).holds P := h

/-- `Result<T, E>`. -/
inductive Result (T E : Type) where
  | ok (a : T)
  | err (e : E)
deriving DecidableEq

instance [Inhabited T] : Inhabited (Result T E) := ⟨.ok default⟩

end Harmonic
