package wire

// DefaultInUse is the default pool's InUse.
func DefaultInUse() (encoders, decoders int) { return defaultPool.InUse() }
