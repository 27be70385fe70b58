module
public import Harmonic.Core
public import Harmonic.Int
public import Harmonic.IntMethods
public import Harmonic.Products
public import Harmonic.Bits
public import Harmonic.BitBlast
public import Harmonic.Slice
public import Harmonic.Std
public import Harmonic.Opaque
public import Harmonic.Lemmas
