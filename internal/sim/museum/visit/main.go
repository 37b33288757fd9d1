// Command visit plays histories on the engine that it was built with, which may
// be a broken one, and prints the report. The museum builds it once for each
// exhibit.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"dongbo/internal/sim"
)

func main() {
	most, err := strconv.ParseUint(os.Args[1], 10, 64)
	if err == nil {
		var r *sim.Report
		r, err = sim.Run(context.Background(), sim.Options{Seed: 1, Histories: most, Workers: runtime.NumCPU(), For: 2 * time.Minute})
		if err != nil { // it cannot even make a world
			r = &sim.Report{Histories: 1, Failure: &sim.Failure{Broke: err.Error()}}
		}
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
