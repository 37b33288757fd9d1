package sim

import "testing"

// BenchmarkHistory plays one history after the other on one core.
func BenchmarkHistory(b *testing.B) {
	w := worker{}
	for i := range b.N {
		if _, err := w.history(uint64(i)); err != nil {
			b.Fatal(err)
		}
	}
}
