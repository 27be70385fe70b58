module
public import Harmonic.Core
public import Harmonic.Int
