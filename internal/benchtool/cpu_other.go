//go:build !unix

package benchtool

import "time"

var began = time.Now()

// cpuTime is the time passed: on one processor that is the most it can have used.
func cpuTime() time.Duration { return time.Since(began) }
