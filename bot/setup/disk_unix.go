//go:build linux || darwin

package setup

import (
	"fmt"
	"syscall"
)

// freeDisk is how many bytes of the disk of a folder are free for this user.
func freeDisk(dir string) (free uint64, known bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), true, nil //nolint:gosec // a block size is positive
}
