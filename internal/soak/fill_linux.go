package soak

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// canFill tells whether another process's files can be kept from growing.
const canFill = true

// limitFiles sets how large a file the process may write; -1: any. A process
// that has ended meanwhile has no limit any more.
func limitFiles(pid int, size int64) error {
	if pid == 0 {
		return nil
	}
	var lim unix.Rlimit
	err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &lim)
	if err == nil {
		lim.Cur = lim.Max
		if size >= 0 {
			lim.Cur = min(uint64(size), lim.Max)
		}
		err = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &lim, nil)
	}
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	return err
}

func largest(files []string) (most int64) {
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			most = max(most, info.Size())
		}
	}
	return most
}
