package sim

import "testing"

// BenchmarkHistory plays one history after the other on one core.
func BenchmarkHistory(b *testing.B) {
	for _, gear := range []Gear{Pure, SQLite} {
		b.Run(string(gear), func(b *testing.B) {
			w := worker{gear: gear}
			for i := range b.N {
				if _, err := w.history(uint64(i)); err != nil {
					b.Fatal(err)
				}
			}
			if err := w.close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
