module
import Harmonic.Int
open Harmonic
example (x : MInt .u8) : 0 ≤ x.val ∧ x.val ≤ 255 := x.bounds
example (x : MInt .i128) : -170141183460469231731687303715884105728 ≤ x.val ∧ x.val ≤ 170141183460469231731687303715884105727 := x.bounds
example : (MInt.lit .i8 (-5) rfl).val = -5 := rfl
noncomputable example : MInt .u128 := MInt.lit .u128 340282366920938463463374607431768211455 rfl
example (x y : MInt .u8) (h : x.val ≤ y.val) (h2 : y.val ≤ x.val) : x = y := by grind
example (x : MInt .u8) : x.val < 256 := by grind
theorem t1 (a b : MInt .u32) (h : a.val + b.val ≤ 10) : (checked .u32 (a.val + b.val)).holds (fun y => y.val = a.val + b.val) :=
  checked_holds (show 0 ≤ a.val + b.val ∧ a.val + b.val ≤ 4294967295 from by have : 0 ≤ a.val ∧ a.val ≤ 4294967295 := a.bounds; have : 0 ≤ b.val ∧ b.val ≤ 4294967295 := b.bounds; omega) (fun y e => e)
theorem t2 (a b : MInt .i32) (k : ∀ y : MInt .i32, y.val = ((a.val * b.val) + 2147483648) % 4294967296 - 2147483648 → 3 = 2) : (wrapped .i32 (a.val * b.val)).holds (fun _ => 3 = 2) :=
  wrapped_holds (fun y e => k y e)
