package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// encryptedVolume tells whether the file lies on a dm-crypt volume; nil where
// its file system names no block device.
func encryptedVolume(path string) *bool {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil || unix.Major(st.Dev) == 0 {
		return nil
	}
	yes := encryptedDevice(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev)))
	return &yes
}

// encryptedDevice looks at a block device and those below it.
func encryptedDevice(dir string) bool {
	if uuid, err := os.ReadFile(filepath.Join(dir, "dm", "uuid")); err == nil && strings.HasPrefix(string(uuid), "CRYPT-") {
		return true
	}
	below, _ := filepath.Glob(filepath.Join(dir, "slaves", "*"))
	for _, b := range below {
		if encryptedDevice(b) {
			return true
		}
	}
	return false
}
