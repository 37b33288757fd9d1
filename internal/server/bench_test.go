package server_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkOneOfficeSendsItsMembers measures ordering (each change is one
// member, 50 a batch, each batch durable) and the snapshot of the province, and
// reports the bytes of the file a row. One core; the fake device's own work is
// in the times.
func BenchmarkOneOfficeSendsItsMembers(b *testing.B) {
	for b.Loop() {
		w := newWorld(b)
		a := w.enroll("a", "A", "officer")
		const n = 5000
		for i := range n {
			w.member(a, "A", fmt.Sprint("Nguyễn Văn Thành ", i), fmt.Sprint("0010900", i))
		}
		start := time.Now()
		w.sync(a)
		b.ReportMetric(n/time.Since(start).Seconds(), "changes/s")
		start = time.Now()
		w.enroll("p", "P1", "staff")
		b.ReportMetric(n/time.Since(start).Seconds(), "snapshot-rows/s")
	}
}
