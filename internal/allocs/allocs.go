// Package allocs tells what a call allocates. A decoder's tests hold with it
// that a forged length never costs more memory than its limit.
package allocs

import "runtime"

// Of runs f and returns the bytes that it allocated, freed ones too. What other
// goroutines allocate meanwhile counts as well.
func Of(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
